"""Signed checkpoints: where each chain that moved stood on a day.

A chain alone can be written anew from any point by whoever can write the store; a checkpoint is signed
(JWS, RFC 7515) with a key that is not in the store, and names the digest of the checkpoint before it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt

from smvm_common.audit.chain import Head, head_of
from smvm_common.clock import rfc3339
from smvm_common.errors import NotFoundError, PreconditionFailedError
from smvm_common.identifiers import RunKey
from smvm_common.run.repository import RunRepository
from smvm_common.tokens.keys import load_keys, load_public_keys

_FOLDER = "audit/checkpoints/"
_ALGORITHM = "EdDSA"
_TYPE = "smvm-audit+jws"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``day`` as YYYYMMDD; ``heads`` by ``tenant/validation_id``; ``previous`` the digest of the
    checkpoint before, empty for the first; ``problem`` says why its signature does not hold."""

    day: str
    heads: Mapping[str, Head]
    previous: str
    digest: str
    problem: str | None = None


class Checkpoints:
    """``keys_directory`` holds the signing keys; who only verifies needs the public ones."""

    def __init__(self, repository: RunRepository, keys_directory: Path) -> None:
        self._repository = repository
        self._store = repository.store
        self._keys_directory = keys_directory

    def take(self, now: datetime) -> bool:
        """Write the day's checkpoint unless it is there; whether it was written. Two at once write one.

        Its cost grows with the runs that moved since the last one.
        """
        name = f"{_FOLDER}{now:%Y%m%d}.jws"
        if any(True for _ in self._store.list(name, limit=1)):
            return False
        heads = {key: self._head(key) for key in self._repository.index.changed()}
        token = self._sign(now, {chain_name(key): head for key, head in heads.items()})
        try:
            self._store.create(name, token.encode(), "application/jose")
        except PreconditionFailedError:
            return False
        for key, head in heads.items():
            if self._head(key) == head:  # else it moved meanwhile, and the next one must see it
                self._repository.index.forget_change(key)
        return True

    def read(self) -> Iterator[Checkpoint]:
        """Yield the checkpoints, oldest first, each with what is wrong with it."""
        previous = ""
        for entry in self._store.list(_FOLDER):
            body = self._store.get(entry).body
            checkpoint = self._open(entry.removeprefix(_FOLDER).removesuffix(".jws"), body)
            if checkpoint.problem is None and checkpoint.previous != previous:
                missing = "the checkpoint before it was removed or replaced"
                checkpoint = Checkpoint(
                    checkpoint.day, checkpoint.heads, previous, checkpoint.digest, missing
                )
            previous = checkpoint.digest
            yield checkpoint

    def _sign(self, now: datetime, heads: Mapping[str, Head]) -> str:
        key_id, key = list(load_keys(self._keys_directory).items())[-1]
        payload = {
            "day": f"{now:%Y%m%d}",
            "created_at": rfc3339(now),
            "previous": self._last_digest(),
            "chains": {name: [head.count, head.digest] for name, head in sorted(heads.items())},
        }
        return jwt.api_jws.encode(
            json.dumps(payload, separators=(",", ":")).encode(),
            key,
            algorithm=_ALGORITHM,
            headers={"kid": key_id, "typ": _TYPE},
        )

    def _open(self, day: str, body: bytes) -> Checkpoint:
        digest = hashlib.sha256(body).hexdigest()
        try:
            payload = self._verified(body.decode("ascii"))
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            return Checkpoint(day, {}, "", digest, f"its signature does not hold: {error}")
        if payload["day"] != day:
            return Checkpoint(day, {}, "", digest, f"it is that of {payload['day']}")
        heads = {name: Head(*head) for name, head in payload["chains"].items()}
        return Checkpoint(day, heads, payload["previous"], digest)

    def _verified(self, token: str) -> Mapping[str, Any]:
        header = jwt.get_unverified_header(token)
        known = load_public_keys(self._keys_directory, with_retired=True)
        key = known[str(header.get("kid"))]
        if header.get("typ") != _TYPE:
            raise ValueError("it is something else that is signed")
        signed = jwt.api_jws.decode(token, key, algorithms=[_ALGORITHM])
        payload: Mapping[str, Any] = json.loads(signed)
        return payload

    def _last_digest(self) -> str:
        entries = list(self._store.list(_FOLDER))
        if not entries:
            return ""
        return hashlib.sha256(self._store.get(entries[-1]).body).hexdigest()

    def _head(self, key: RunKey) -> Head:
        try:
            return head_of(self._repository.load(key).events)
        except NotFoundError:  # claimed by a POST that died half-way
            return Head(0, "")


def chain_name(key: RunKey) -> str:
    """How a checkpoint names a run's chain."""
    return f"{key.tenant}/{key.validation_id}"
