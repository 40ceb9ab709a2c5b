"""Reads and writes the documents of a run: the envelope around what a stage computed."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any, Protocol

from smvm_common.clock import rfc3339
from smvm_common.errors import IntegrityError, ObjectNotFoundError
from smvm_common.identifiers import ARTIFACT_NAMES, RunKey
from smvm_common.retention.classes import RETENTION_DAYS, RetentionClass
from smvm_common.run.record import DocumentInfo, Run
from smvm_common.store.base import ObjectStore
from smvm_common.store.keys import content_type_of
from smvm_workers.engine import VERSION as ENGINE_VERSION
from smvm_workers.stages.base import Document

SCHEMA_VERSION = "1.0"
_CACHED_DOCUMENTS = 128
"""Some runs' worth: a worker often does several stages of one run in a row."""


def seed_of(run_id: str) -> int:
    """The seed of everything random in a run: 63 bits of the hash of its identifier."""
    return int.from_bytes(hashlib.sha256(run_id.encode()).digest()[:8]) >> 1


class Copies(Protocol):
    """Copies of documents that workers keep for each other, by digest; any may be missing."""

    def documents(self, key: RunKey, digests: Iterable[str]) -> dict[str, bytes]:
        """Those of the documents that are kept."""
        ...

    def keep_documents(self, key: RunKey, bodies: Mapping[str, bytes]) -> None:
        """Keep documents for a while."""
        ...


class DocumentShelf:
    """Documents of runs in a store. What is read is what the record lists, by its digest: from this
    process's memory, from another's copies, or from the store."""

    def __init__(self, store: ObjectStore, copies: Copies) -> None:
        self._store = store
        self._copies = copies
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def read(self, run: Run, names: Iterable[str]) -> dict[str, Document]:
        """Read documents that the record lists; ``ObjectNotFoundError`` if one is gone,
        ``IntegrityError`` if it is another than the one listed."""
        digests = {name: run.documents[name].sha256 for name in names}
        self._fetch_copies(run.key, digests.values())
        return {
            name: json.loads(self._bytes(run.key.document(name), digest))
            for name, digest in digests.items()
        }

    def read_evidence(self, run: Run) -> tuple[Document, ...]:
        """The observations that this round uses, in the order in which they came."""
        observations: list[Document] = []
        for reference in run.evidence:
            if 0 < reference.round <= run.round:
                body = self._bytes(run.key.evidence(reference.sha256), reference.sha256)
                observations.extend(json.loads(body)["observations"])
        return tuple(observations)

    def write(
        self, run: Run, documents: Mapping[str, Document | bytes], over: Mapping[str, str]
    ) -> dict[str, DocumentInfo]:
        """Write documents durably over the versions ``over`` (etags by name; a document without one is
        new); ``PreconditionFailedError`` where one is another. The same run and content give the same
        bytes."""
        bodies = {name: _body(run, name, content) for name, content in documents.items()}
        infos = {
            name: self._write(run.key.document(name), body, over.get(name))
            for name, body in bodies.items()
        }
        texts = {infos[name].sha256: bodies[name] for name in infos if name.endswith(".json")}
        for digest, body in texts.items():
            self._remember(digest, body)
        self._copies.keep_documents(run.key, texts)
        return infos

    def versions(self, key: RunKey, names: Iterable[str]) -> dict[str, str]:
        """The etags of those of the documents that are stored."""
        found = {}
        for name in names:
            with suppress(ObjectNotFoundError):
                found[name] = self._store.head(key.document(name)).etag
        return found

    def _write(self, key: str, body: bytes, over: str | None) -> DocumentInfo:
        kind = content_type_of(key)
        if over is None:
            etag = self._store.create(key, body, kind)
        else:
            etag = self._store.replace(key, body, over, kind)
        return DocumentInfo(hashlib.sha256(body).hexdigest(), len(body), kind, etag)

    def _fetch_copies(self, key: RunKey, digests: Iterable[str]) -> None:
        with self._lock:
            unknown = [digest for digest in digests if digest not in self._cache]
        if unknown:
            for digest, body in self._copies.documents(key, unknown).items():
                self._remember(digest, body)

    def _bytes(self, key: str, digest: str) -> bytes:
        with self._lock:
            body = self._cache.get(digest)
        if body is None:
            body = self._store.get(key).body
            if hashlib.sha256(body).hexdigest() != digest:
                raise IntegrityError(f"{key} is not what the run's record lists")
            self._remember(digest, body)
        return body

    def _remember(self, digest: str, body: bytes) -> None:
        with self._lock:
            self._cache[digest] = body
            self._cache.move_to_end(digest)
            while len(self._cache) > _CACHED_DOCUMENTS:
                self._cache.popitem(last=False)


def _body(run: Run, name: str, content: Document | bytes) -> bytes:
    return content if isinstance(content, bytes) else encode(envelope(run, name), content)


def envelope(run: Run, name: str) -> dict[str, Any]:
    """What every JSON document says of itself."""
    kept_as: RetentionClass = "artefacts" if name in ARTIFACT_NAMES else "working"
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": run.key.run_id,
        "validation_id": run.key.validation_id,
        "project_id": run.key.project_id,
        "created_at": rfc3339(run.round_started_at),
        "round": run.round,
        "engine": {"version": ENGINE_VERSION, "seed": seed_of(run.key.run_id)},
        "data_class": "confidential",
        "retention_days": RETENTION_DAYS[kept_as],
    }


def encode(head: Mapping[str, Any], body: Document) -> bytes:
    """The document's bytes; ``ValueError`` for NaN and infinities, which JSON does not know."""
    text = json.dumps({**head, **body}, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"
