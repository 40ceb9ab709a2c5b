"""What a storage key may look like, whatever the backend."""

import hashlib
import unicodedata

_MAX_BYTES = 900
"""S3 allows 1,024 bytes; a backend's prefix needs some of them."""
_MAX_SEGMENT_BYTES = 255
"""The longest file name of the usual file systems."""


def check_key(key: str) -> str:
    """Return the key; ``ValueError`` for anything that is not a plain relative path."""
    segments = key.split("/")
    if any(segment in ("", ".", "..") for segment in segments):
        raise ValueError(f"{key!r} has an empty, '.' or '..' segment")
    if any(unicodedata.category(character)[0] == "C" for character in key) or "\\" in key:
        raise ValueError(f"{key!r} has control characters or backslashes")
    longest = max(len(segment.encode()) for segment in segments)
    if len(key.encode()) > _MAX_BYTES or longest > _MAX_SEGMENT_BYTES:
        raise ValueError(f"a key of {len(key.encode())} bytes is too long")
    return key


_CONTENT_TYPES = {
    "json": "application/json",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}


def content_type_of(key: str) -> str:
    """By extension: what the project stores is JSON, PDF and HTML."""
    return _CONTENT_TYPES.get(key.rpartition(".")[2], "application/octet-stream")


def content_etag(body: bytes) -> str:
    """A version tag that names the content."""
    return hashlib.sha256(body).hexdigest()[:32]
