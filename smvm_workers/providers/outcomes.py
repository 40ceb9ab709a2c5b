"""What a run was told, once and for all: the answer to each question, or that there was none.

The first worker that writes an outcome decides it. So a stage that is done twice, or at once in two
places, writes the same bytes, and a replay needs no network.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from smvm_common.errors import ObjectNotFoundError, PreconditionFailedError
from smvm_common.run.record import Run
from smvm_common.store.base import ObjectStore

_RETENTION_DAYS = 90
"""As for the other working documents of a run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``answer`` as checked, or the ``reason`` (of a ``NoAnswerError``) why there is none."""

    model: str
    answer: dict[str, Any] | None = None
    reason: str | None = None


class OutcomeBook:
    """Outcomes in the working folder of each run."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def settle(self, run: Run, name: str, digest: str, decide: Callable[[], Outcome]) -> Outcome:
        """The outcome that stands; ``decide`` makes it where there is none yet."""
        key = run.key.document(f"consultations/{name}-{run.round}-{digest[:16]}.json")
        standing = self._read(key)
        if standing is not None:
            return standing
        outcome = decide()
        head = {"schema_version": "1.0", "data_class": "confidential"}
        body = {**head, "retention_days": _RETENTION_DAYS, "outcome": asdict(outcome)}
        try:
            self._store.create(key, json.dumps(body, ensure_ascii=False).encode())
        except PreconditionFailedError:
            return self._read(key) or outcome
        return outcome

    def _read(self, key: str) -> Outcome | None:
        try:
            body = json.loads(self._store.get(key).body)
        except ObjectNotFoundError:
            return None
        return Outcome(**body["outcome"])
