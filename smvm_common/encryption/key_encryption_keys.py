"""Key-encryption keys in a directory: one file per key id, the newest wraps, all unwrap."""

import base64
import binascii
import secrets
from pathlib import Path

from smvm_common.encryption.envelope import KEY_BYTES
from smvm_common.errors import ConfigurationError


def create_encryption_key(directory: Path) -> str:
    """Make a key-encryption key (mode 0600) and return its id."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_id = f"{len(list(directory.glob('*.kek*'))) + 1:04d}-{secrets.token_hex(4)}"
    path = directory / f"{key_id}.kek"
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
    return key_id


class KeyEncryptionKeys:
    """Read when first asked for; ``ConfigurationError`` without any, or for a file that is no key."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._keys: dict[str, bytes] | None = None

    @property
    def newest(self) -> str:
        """The id of the key that wraps."""
        return next(reversed(self._all()))

    def get(self, key_id: str) -> bytes:
        """A key by its id; ``ConfigurationError`` where it is gone: what it wrapped cannot be read."""
        found = self._all().get(key_id) or self._reread().get(key_id)
        if found is None:
            raise ConfigurationError(f"{self._directory} lacks the key {key_id}")
        return found

    def _all(self) -> dict[str, bytes]:
        return self._keys if self._keys is not None else self._reread()

    def _reread(self) -> dict[str, bytes]:
        keys = {path.stem: _key(path) for path in sorted(self._directory.glob("*.kek"))}
        if not keys:
            raise ConfigurationError(
                f"no key in {self._directory}; make one with: smvm encryption init"
            )
        self._keys = keys
        return keys


def _key(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigurationError(f"{path} does not hold {KEY_BYTES} bytes in base64")
    return key
