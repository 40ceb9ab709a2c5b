"""Answers of language models, kept by content for some days, so that none is asked for twice.

Data class ``confidential``: an answer says something of a client's idea, though not whose it is.
"""

import json
from datetime import date, timedelta
from typing import Any

from smvm_common.clock import Clock, rfc3339
from smvm_common.errors import ObjectNotFoundError, PreconditionFailedError
from smvm_common.store.base import ObjectStore

_ANSWERS = "answers/"
_EXPIRING = "index/answers/"


class AnswerCache:
    """``days`` is how long an answer is kept, from when it was given."""

    def __init__(self, store: ObjectStore, clock: Clock, days: int) -> None:
        self._store = store
        self._clock = clock
        self._days = days

    def get(self, digest: str) -> dict[str, Any] | None:
        """The answer to the question of this digest, if it was given lately."""
        try:
            kept = json.loads(self._store.get(_name(digest)).body)
        except ObjectNotFoundError:
            return None
        answer: dict[str, Any] = kept["answer"]
        return answer if self._today() <= date.fromisoformat(kept["keep_until"]) else None

    def put(self, digest: str, model: str, answer: dict[str, Any]) -> None:
        """Keep an answer; of two given at once either may stay."""
        now = self._clock.now()
        until = self._today() + timedelta(days=self._days)
        body = {
            "schema_version": "1.0",
            "created_at": rfc3339(now),
            "data_class": "confidential",
            "retention_days": self._days,
            "keep_until": until.isoformat(),
            "sources": [{"name": f"language model {model}", "kind": "model"}],
            "answer": answer,
        }
        self._mark(until, digest)
        self._store.put(_name(digest), json.dumps(body, ensure_ascii=False).encode())

    def _mark(self, until: date, digest: str) -> None:
        """Note when to forget, before there is anything to forget."""
        try:
            self._store.create(f"{_EXPIRING}{until.isoformat()}/{digest}", b"{}")
        except PreconditionFailedError:
            return

    def forget_expired(self) -> int:
        """Delete what was kept long enough; how many. Costs as much as there is to delete."""
        count = 0
        for mark in self._store.list(_EXPIRING):
            until, digest = mark.removeprefix(_EXPIRING).split("/")
            if date.fromisoformat(until) >= self._today():
                break
            # one that was given again lately has a later mark, and stays
            if self.get(digest) is None:
                self._store.delete(_name(digest))
            self._store.delete(mark)
            count += 1
        return count

    def _today(self) -> date:
        return self._clock.now().date()


def _name(digest: str) -> str:
    return f"{_ANSWERS}{digest}.json"
