"""Signing keys in a directory: one PEM file per key id. The newest private key signs, all verify.

A process that only verifies may hold public keys alone.
"""

import base64
import secrets
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from smvm_common.clock import Clock
from smvm_common.errors import ConfigurationError, NotFoundError

_IN_USE, _RETIRED = "*.pem", "*.pem.retired"
_LOOK_EVERY = 5.0
"""Seconds between looks at the directory: how long a retired key may still verify."""


def create_key(directory: Path) -> str:
    """Make a new signing key in the directory and return its key id."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    # retired keys count too: the newest must sort last
    key_id = f"{len(list(directory.glob('*.pem*'))) + 1:04d}-{secrets.token_hex(4)}"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = directory / f"{key_id}.pem"
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(pem)
    return key_id


def retire_key(directory: Path, key_id: str) -> None:
    """Take a key out of use: what it signed is refused from now on. ``NotFoundError`` if unknown."""
    path = directory / f"{key_id}.pem"
    if path not in set(directory.glob("*.pem")):
        raise NotFoundError(f"there is no key {key_id!r} in {directory}")
    path.rename(directory / f"{key_id}.pem.retired")


def load_keys(directory: Path) -> dict[str, Ed25519PrivateKey]:
    """Read the private keys by key id, oldest first; ``ConfigurationError`` if there are none."""
    found = {name: key for name, key in _read(directory).items() if not isinstance(key, _Public)}
    if not found:
        raise ConfigurationError(f"no signing key in {directory}; make one with: smvm token init")
    return found


def load_public_keys(directory: Path, *, with_retired: bool = False) -> dict[str, Ed25519PublicKey]:
    """Read what verifies, oldest first; ``ConfigurationError`` if there is nothing. Retired keys verify
    only what lasts longer than they do."""
    patterns = (_IN_USE, _RETIRED) if with_retired else (_IN_USE,)
    found = {
        name: key if isinstance(key, _Public) else key.public_key()
        for pattern in patterns
        for name, key in _read(directory, pattern).items()
    }
    if not found:
        raise ConfigurationError(f"no key in {directory}; make one with: smvm token init")
    return found


def json_web_key_set(directory: Path) -> dict[str, Any]:
    """The public keys as a JWK set (RFC 7517; Ed25519 by RFC 8037)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": key_id,
                "x": _base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw)),
            }
            for key_id, key in load_public_keys(directory).items()
        ]
    }


class KeyRing:
    """The verifying keys of a directory, read again when its files change. ``version`` rises with
    each change: what was verified under an earlier one must be verified again."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._keys = load_public_keys(directory)
        self._seen = self._listing()
        self._looked_at = clock.now().timestamp()
        self.version = 1

    def get(self, key_id: str) -> Ed25519PublicKey | None:
        """The key, None where there is none of this id."""
        return self._keys.get(key_id)

    def refresh(self) -> int:
        """Look at the directory if that was not done lately; returns the version."""
        now = self._clock.now().timestamp()
        if abs(now - self._looked_at) >= _LOOK_EVERY:
            self._looked_at = now
            listing = self._listing()
            if listing != self._seen:
                self._keys, self._seen = load_public_keys(self._directory), listing
                self.version += 1
        return self.version

    def _listing(self) -> tuple[tuple[str, int], ...]:
        files = sorted(self._directory.glob("*.pem"))
        return tuple((path.name, path.stat().st_mtime_ns) for path in files)


_Public = Ed25519PublicKey


def _read(
    directory: Path, pattern: str = _IN_USE
) -> dict[str, Ed25519PrivateKey | Ed25519PublicKey]:
    return {path.name.split(".")[0]: _key(path) for path in sorted(directory.glob(pattern))}


def _key(path: Path) -> Ed25519PrivateKey | Ed25519PublicKey:
    pem = path.read_bytes()
    try:
        if b"PRIVATE KEY" in pem:
            key: Any = load_pem_private_key(pem, password=None)
        else:
            key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"{path} is not an unencrypted PEM key") from error
    if not isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
        raise ConfigurationError(f"{path} is not an Ed25519 key")
    return key


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
