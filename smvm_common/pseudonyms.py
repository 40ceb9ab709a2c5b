"""Pseudonyms of submitters: the same person always has the same one, and it leads back to nobody."""

import hashlib
import hmac


def pseudonym_of(key: str, person: str) -> str:
    """HMAC-SHA-256 under the installation's key, shortened to 96 bits; letter case does not count."""
    digest = hmac.digest(key.encode(), person.strip().lower().encode(), hashlib.sha256)
    return "sub_" + digest.hex()[:24]
