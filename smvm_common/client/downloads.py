"""Downloads artefacts whole or not at all, each checked against the digest that SMVM gave."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

from smvm_common.client.answers import Artifact
from smvm_common.client.errors import ClientError, IntegrityError

_TRIES = 3
"""An artefact may be written anew between the listing and the download, but not again and again."""


def save_verified(
    name: str, target: Path, listing: Callable[[], list[Artifact]], read: Callable[[], bytes]
) -> Path:
    """Write what ``read`` gives to ``target`` once its SHA-256 is the one in the latest ``listing``.

    Raises ``IntegrityError`` where it never is; ``target`` is then as it was.
    """
    for _ in range(_TRIES):
        expected = _expected(name, listing())
        body = read()
        if hashlib.sha256(body).hexdigest() == expected:
            return _write(target, body)
    raise IntegrityError(f"{name} is not what SMVM says it is: its SHA-256 is not {expected}")


def _expected(name: str, artifacts: list[Artifact]) -> str:
    for artifact in artifacts:
        if artifact.name == name:
            return artifact.sha256
    raise ClientError(f"the run has no artefact {name}")


def _write(target: Path, body: bytes) -> Path:
    """By way of a file beside it, so that a reader never sees half of it."""
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        temporary = Path(file.name)
        file.write(body)
    try:
        temporary.replace(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return target
