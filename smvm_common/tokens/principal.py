"""Who calls."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """From a verified token. ``not_before`` and ``expires_at`` in seconds since the epoch;
    ``certificate`` is the SHA-256 thumbprint of the only client certificate with which the token may
    be used (RFC 8705, 3.1), None for a token of whoever bears it."""

    subject: str
    tenant: str
    scopes: frozenset[str]
    token_id: str
    not_before: int
    expires_at: int
    certificate: str | None = None
