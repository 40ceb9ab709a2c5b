"""Sealed bytes: AES-256-GCM (NIST SP 800-38D) with the object's place as associated data, so that a
ciphertext moved elsewhere does not open."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smvm_common.errors import IntegrityError

_MAGIC = b"SMVM\x01"
_NONCE_BYTES = 12
KEY_BYTES = 32


def is_sealed(body: bytes) -> bool:
    """Whether the bytes were sealed; what was written before encryption was switched on was not."""
    return body.startswith(_MAGIC)


def seal(key: bytes, body: bytes, place: str) -> bytes:
    """Encrypt; the same body gives other bytes each time."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _MAGIC + nonce + AESGCM(key).encrypt(nonce, body, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """Decrypt; ``IntegrityError`` for bytes that were changed, moved, or sealed with another key."""
    start = len(_MAGIC)
    nonce = sealed[start : start + _NONCE_BYTES]
    try:
        return AESGCM(key).decrypt(nonce, sealed[start + _NONCE_BYTES :], place.encode())
    except (InvalidTag, ValueError) as error:
        raise IntegrityError(f"{place} was changed, or sealed with another key") from error
