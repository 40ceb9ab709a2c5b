"""Tokens that are refused before they expire, by their ``jti``; kept in the store."""

import json
import re
from datetime import UTC, datetime, timedelta

import structlog

from smvm_common.clock import Clock
from smvm_common.errors import InvalidInputError, StoreUnavailableError
from smvm_common.patience import Patience
from smvm_common.store.base import ObjectStore

_LOG = structlog.get_logger(__name__)
_FOLDER = "index/revoked/"
_TOKEN_ID = re.compile(r"[0-9a-f]{32}")
_REMEMBER = timedelta(seconds=5)
"""How long a process relies on what it last read: a revoked token works at most so long."""

_READ_WITHIN = timedelta(seconds=1.5)
"""A request waits for the list at most so long: some answers are due within five seconds."""


class RevocationList:
    """An entry's name holds all there is to know, when the token expires and its ``jti``, so that one
    listing reads the list and shows from its front what may be forgotten."""

    def __init__(self, store: ObjectStore, clock: Clock, patience: Patience | None = None) -> None:
        self._store = store
        self._clock = clock
        self._patience = patience or Patience()
        self._read_at: datetime | None = None
        self._revoked: frozenset[str] = frozenset()

    def revoke(self, token_id: str, expires_at: datetime, reason: str = "") -> None:
        """Refuse the token from now on; ``InvalidInputError`` for what is no ``jti`` of SMVM."""
        if _TOKEN_ID.fullmatch(token_id) is None:
            raise InvalidInputError(f"{token_id!r} is not a token id")
        revoked_at = self._clock.now().isoformat()
        body = json.dumps({"revoked_at": revoked_at, "reason": reason}).encode()
        self._store.put(_entry(token_id, expires_at), body)
        self._read_at = None

    def is_revoked(self, token_id: str) -> bool:
        """Whether the token is refused. With the store out of reach what was last read holds;
        ``StoreUnavailableError`` where nothing was read yet."""
        now = self._clock.now()
        if self._read_at is None or abs(now - self._read_at) > _REMEMBER:
            self._read(now)
        return token_id in self._revoked

    def forget_expired(self) -> int:
        """Drop the entries of tokens that have expired by themselves; returns how many."""
        stamp = _stamp(self._clock.now())
        expired = []
        for entry in self._store.list(_FOLDER):
            if entry.removeprefix(_FOLDER) >= stamp:
                break
            expired.append(entry)
        for entry in expired:
            self._store.delete(entry)
        return len(expired)

    def _read(self, now: datetime) -> None:
        try:
            entries = self._patience.bound(lambda: list(self._store.list(_FOLDER)), _READ_WITHIN)
        except StoreUnavailableError as error:
            if self._read_at is None:
                raise
            _LOG.warning("revocations_not_read", reason=error.detail)
        else:
            self._revoked = frozenset(_token_id(entry) for entry in entries)
        self._read_at = now


def _entry(token_id: str, expires_at: datetime) -> str:
    return f"{_FOLDER}{_stamp(expires_at)}-{token_id}.json"


def _token_id(entry: str) -> str:
    return entry.removesuffix(".json").rsplit("-", 1)[-1]


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
