"""Makes what a run says of people unreadable."""

from smvm_common.encryption import scope_of
from smvm_common.identifiers import RunKey
from smvm_common.store.base import ObjectStore
from smvm_common.store.encrypted import EncryptedStore

_RECORD = "validation_summary.json"


def shred(store: ObjectStore, key: RunKey, at: str) -> int:
    """Destroy the run's key, where there is encryption, and delete its documents; the record with the
    audit trail stays. How many were deleted; doing it again does no harm."""
    if isinstance(store, EncryptedStore):
        scope = scope_of(key.document("idea.input.json"))
        if scope is not None:
            store.keys.destroy(scope, at)
    return delete_below(store, key.prefix, but=_RECORD) + delete_below(store, key.working_prefix)


def delete_below(store: ObjectStore, folder: str, but: str | None = None) -> int:
    """Delete every object of a folder, except one by name; how many there were."""
    names = [name for name in store.list(folder) if name != f"{folder}{but}"]
    for name in names:
        store.delete(name)
    return len(names)
