"""Legal holds: what must be kept whatever else asks for its deletion."""

import json
from collections.abc import Mapping
from typing import Any

from smvm_common.errors import ConflictError, ObjectNotFoundError
from smvm_common.identifiers import RunKey
from smvm_common.store.base import ObjectStore


class LegalHolds:
    """One for each run that is held."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def place(self, key: RunKey, reason: str, actor: str, at: str) -> None:
        """Keep the run until it is released."""
        body = {"reason": reason, "placed_by": actor, "placed_at": at}
        self._store.put(_entry(key), json.dumps(body).encode())

    def release(self, key: RunKey) -> None:
        """Releasing what is not held is no error."""
        self._store.delete(_entry(key))

    def of(self, key: RunKey) -> Mapping[str, Any] | None:
        """The hold, None where there is none."""
        try:
            hold: Mapping[str, Any] = json.loads(self._store.get(_entry(key)).body)
        except ObjectNotFoundError:
            return None
        return hold

    def refuse_if_held(self, key: RunKey) -> None:
        """``ConflictError`` where the run is held."""
        hold = self.of(key)
        if hold is not None:
            raise ConflictError(f"{key.validation_id} is under legal hold: {hold['reason']}")


def _entry(key: RunKey) -> str:
    return f"index/holds/{key.tenant}/{key.validation_id}.json"
