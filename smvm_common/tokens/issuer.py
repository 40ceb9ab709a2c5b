"""Signs tokens."""

import secrets
from datetime import timedelta
from typing import Any

import jwt

from smvm_common.clock import Clock
from smvm_common.errors import ConfigurationError
from smvm_common.identifiers import DEFAULT_TENANT, TENANT
from smvm_common.settings import AuthSettings
from smvm_common.tokens.keys import load_keys
from smvm_common.tokens.roles import SCOPES
from smvm_common.tokens.verifier import ALGORITHM, TOKEN_TYPE


class TokenIssuer:
    """Signs with the newest key."""

    def __init__(self, settings: AuthSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = load_keys(settings.keys_directory)

    def issue(
        self,
        subject: str,
        scopes: tuple[str, ...],
        lifetime: timedelta,
        tenant: str = DEFAULT_TENANT,
        certificate: str | None = None,
    ) -> str:
        """Make a token, bound to the client certificate of this thumbprint if one is given;
        ``ConfigurationError`` for an unknown scope or a malformed tenant."""
        unknown = set(scopes) - set(SCOPES)
        if unknown:
            raise ConfigurationError(f"unknown scopes: {', '.join(sorted(unknown))}")
        if TENANT.fullmatch(tenant) is None:
            raise ConfigurationError(f"{tenant!r} is not a tenant name")
        key_id = next(reversed(self._keys))
        now = self._clock.now()
        claims: dict[str, Any] = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": subject,
            "tenant": tenant,
            "scope": " ".join(scopes),
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "jti": secrets.token_hex(16),
        }
        if certificate is not None:
            claims["cnf"] = {"x5t#S256": certificate}
        headers = {"kid": key_id, "typ": TOKEN_TYPE}
        return jwt.encode(claims, self._keys[key_id], algorithm=ALGORITHM, headers=headers)
