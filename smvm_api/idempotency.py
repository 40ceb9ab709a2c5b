"""``Idempotency-Key``: the same key means the same run, whichever process answers."""

import hashlib
import json
from typing import Any

from smvm_common.errors import ConflictError, InvalidInputError, PreconditionFailedError
from smvm_common.store.base import ObjectStore

_MAX_LENGTH = 255


def bind_idempotency_key(
    store: ObjectStore, tenant: str, key: str | None, digest: str, body: dict[str, Any]
) -> str:
    """The run id that the key stands for: the body's at first, and the same ever after.

    Raises ``ConflictError`` if the key came with another body before. Written before the run, so
    that a request that died half-way finds its run again.
    """
    run_id: str = body["run_id"]
    if key is None:
        return run_id
    if not 1 <= len(key) <= _MAX_LENGTH or not key.isprintable():
        raise InvalidInputError(
            errors={"Idempotency-Key": [f"must be 1 to {_MAX_LENGTH} printable characters"]}
        )
    name = f"index/idempotency/{tenant}/{hashlib.sha256(key.encode()).hexdigest()}.json"
    try:
        store.create(name, json.dumps({"run_id": run_id, "digest": digest}).encode())
    except PreconditionFailedError:
        bound = json.loads(store.get(name).body)
        if bound["digest"] != digest:
            raise ConflictError("this Idempotency-Key came with another body before") from None
        return str(bound["run_id"])
    return run_id
