"""What a stage leaves for the next one in Redis, so that whoever does that need not read the store.

Copies of the record and of documents, sealed, for a minute. They decide nothing: a document is known
by its digest, and a record that is out of date fails at the swap. What is not there, the store has.
"""

import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from redis import Redis, RedisError

from smvm_common.clock import Clock
from smvm_common.encryption.daily_keys import DailyKeys
from smvm_common.encryption.envelope import seal, unseal
from smvm_common.errors import SmvmError
from smvm_common.identifiers import RunKey
from smvm_common.redis_client import ThreadScript, connect
from smvm_common.run.progress import next_stage
from smvm_common.run.repository import Change, StoredRun
from smvm_common.run.serialization import from_bytes
from smvm_common.settings import RedisSettings
from smvm_common.store.base import ObjectStore

_SECONDS = 60
"""How long copies are kept, and a stage may begin on a record that changed since where the process
that changed it died before saying so, or did not reach Redis."""
_PATIENCE = 0.5
"""Seconds to wait for Redis: reading the store takes less."""
_LARGEST = 1 << 20
"""Bytes of a copy, compressed; a usual run's are 90,000 together."""
_RECORD = "record"
_TELL = """
if tonumber(redis.call('HGET', KEYS[1], 'version') or '0') > tonumber(ARGV[1]) then return end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'record', ARGV[2])
end
redis.call('HSET', KEYS[1], 'version', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""
"""A change that is told after a later one of the same run is not listened to."""


class Handover:
    """One hash a run. Nothing that is amiss with it is raised: the store can do without."""

    def __init__(self, redis: Redis, keys: DailyKeys) -> None:
        self._redis = redis
        self._keys = keys
        self._tell = ThreadScript(redis, _TELL)

    def keep(self, change: Change) -> None:
        """An observer of the repository, for workers: keeps the record where a stage is to follow."""
        if change.written is None or next_stage(change.after) is None:
            self.forget(change)
            return
        with suppress(RedisError, SmvmError):
            body = change.written.etag.encode() + b"\n" + change.written.body
            self._note(change, self._closed(change.after.key, _RECORD, body))

    def forget(self, change: Change) -> None:
        """An observer of the repository: what is kept of the run is out of date."""
        with suppress(RedisError):
            self._note(change, b"")

    def record(self, key: RunKey) -> StoredRun | None:
        """The record as its last change left it, to the knowledge of Redis."""
        with suppress(RedisError, SmvmError):
            found = self._find(key, [_RECORD])
            if _RECORD in found:
                etag, _, body = found[_RECORD].partition(b"\n")
                return StoredRun(from_bytes(body), etag.decode())
        return None

    def keep_documents(self, key: RunKey, bodies: Mapping[str, bytes]) -> None:
        """Keep documents by their digests."""
        with suppress(RedisError, SmvmError):
            closed = {digest: self._closed(key, digest, body) for digest, body in bodies.items()}
            small: Any = {name: copy for name, copy in closed.items() if len(copy) <= _LARGEST}
            if small:
                pipeline = self._redis.pipeline(transaction=False)
                pipeline.hset(_name(key), mapping=small)
                pipeline.expire(_name(key), _SECONDS)
                pipeline.execute()

    def documents(self, key: RunKey, digests: Iterable[str]) -> dict[str, bytes]:
        """Those of the documents that are kept, by their digests."""
        with suppress(RedisError, SmvmError):
            return self._find(key, list(digests))
        return {}

    def _note(self, change: Change, record: bytes) -> None:
        # events are only ever appended, so that their number is the record's version
        version = len(change.after.events)
        self._tell((_name(change.after.key),), version, record, _SECONDS)

    def _find(self, key: RunKey, fields: list[str]) -> dict[str, bytes]:
        copies: Any = self._redis.hmget(_name(key), fields) if fields else []
        found = zip(fields, copies, strict=True)
        return {field: self._opened(key, field, copy) for field, copy in found if copy is not None}

    def _closed(self, key: RunKey, field: str, body: bytes) -> bytes:
        return seal(self._keys.current(), zlib.compress(body, 1), f"{_name(key)}:{field}")

    def _opened(self, key: RunKey, field: str, copy: bytes) -> bytes:
        return zlib.decompress(unseal(self._keys.current(), copy, f"{_name(key)}:{field}"))


def build_handover(settings: RedisSettings, store: ObjectStore, clock: Clock) -> Handover:
    """Over a connection of its own, which is given up soon; it connects at first use."""
    return Handover(connect(settings.url, _PATIENCE), DailyKeys(store, clock))


def _name(key: RunKey) -> str:
    return f"smvm:handover:{key.tenant}:{key.validation_id}"
