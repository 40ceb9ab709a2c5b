"""Accounts of language-model tokens, in the store: what is used, and what calls under way may use.

Every change is a compare-and-swap, so that workers cannot spend the same token twice, and nothing of
it is lost with Redis.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from smvm_common.errors import (
    ObjectNotFoundError,
    PreconditionFailedError,
    UnavailableError,
)
from smvm_common.store.base import ObjectStore

_SWAP_TRIES = 12
"""Two changes a call, and calls take seconds: a dozen tries outlast the other workers."""


@dataclass(frozen=True, slots=True)
class Account:
    """In tokens. ``reserved`` is what calls under way may use at most (what a killed worker had
    reserved stays so); ``refused`` says that something was asked for and not granted."""

    used: int = 0
    reserved: int = 0
    refused: bool = False

    def reserve(self, tokens: int, limit: int) -> "Account":
        """Grant the tokens, or note that they were refused."""
        if self.used + self.reserved + tokens > limit:
            return replace(self, refused=True)
        return replace(self, reserved=self.reserved + tokens)

    def settle(self, reserved: int, used: int) -> "Account":
        """Turn a reservation into what was used of it."""
        return replace(self, used=self.used + used, reserved=max(0, self.reserved - reserved))


class Ledger:
    """Accounts by storage key."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def read(self, key: str) -> Account:
        """The account; an empty one where nothing was booked yet."""
        return self._read(key)[0]

    def change(self, key: str, booking: Callable[[Account], Account]) -> tuple[Account, Account]:
        """Apply a booking; the account before and after. ``UnavailableError`` if it never got
        through."""
        for attempt in range(_SWAP_TRIES):
            before, etag = self._read(key)
            after = booking(before)
            if after == before or self._swap(key, after, etag):
                return before, after
            time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 5)))  # noqa: S311 (jitter)
        raise UnavailableError("an account of tokens is being changed by too many at once")

    def _read(self, key: str) -> tuple[Account, str | None]:
        try:
            stored = self._store.get(key)
        except ObjectNotFoundError:
            return Account(), None
        return Account(**json.loads(stored.body)), stored.etag

    def _swap(self, key: str, account: Account, etag: str | None) -> bool:
        body = json.dumps(asdict(account)).encode()
        try:
            if etag is None:
                self._store.create(key, body)
            else:
                self._store.replace(key, body, etag)
        except PreconditionFailedError:
            return False
        return True
