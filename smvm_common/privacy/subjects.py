"""Which runs are whose: an index from pseudonyms to runs."""

import json
from collections.abc import Iterator

from smvm_common.identifiers import RunKey
from smvm_common.store.base import ObjectStore


class SubjectIndex:
    """Entries are written before the run, so they may name a run that never came to be."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def note(self, pseudonym: str, key: RunKey) -> None:
        """The run is this subject's."""
        name = f"{_folder(key.tenant, pseudonym)}{key.validation_id}.json"
        self._store.put(name, json.dumps(key.to_message()).encode())

    def runs(self, tenant: str, pseudonym: str) -> Iterator[RunKey]:
        """Yield the subject's runs, oldest first."""
        for name in self._store.list(_folder(tenant, pseudonym)):
            yield RunKey(**json.loads(self._store.get(name).body))


def _folder(tenant: str, pseudonym: str) -> str:
    return f"index/subjects/{tenant}/{pseudonym}/"
