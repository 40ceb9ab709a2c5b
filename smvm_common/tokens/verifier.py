"""Checks tokens as RFC 8725 asks: one algorithm, known keys, and who, for whom, when and what for."""

import hashlib
from collections.abc import Mapping
from threading import Lock
from typing import Any, Protocol

import jwt

from smvm_common.clock import Clock
from smvm_common.errors import AuthenticationError
from smvm_common.settings import AuthSettings
from smvm_common.tokens.keys import KeyRing
from smvm_common.tokens.principal import Principal

ALGORITHM = "EdDSA"
TOKEN_TYPE = "at+jwt"  # noqa: S105 (RFC 9068 names the type so)

_CACHE_SIZE = 1024
"""Tokens in use at once; checking a signature costs as much as the rest of a status request."""
_REQUIRED = ["exp", "nbf", "iat", "sub", "jti", "aud", "iss"]


class Revocations(Protocol):
    def is_revoked(self, token_id: str) -> bool:
        """Whether the token with this ``jti`` is refused."""
        ...


class TokenVerifier:
    """What was checked once is remembered by its hash until it expires or the keys change."""

    def __init__(
        self, settings: AuthSettings, clock: Clock, revocations: Revocations | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._revocations = revocations
        self._keys = KeyRing(settings.keys_directory, clock)
        self._checked: dict[bytes, Principal] = {}
        self._checked_under = self._keys.version
        self._lock = Lock()

    def verify(self, token: str) -> Principal:
        """Return who the token speaks for; ``AuthenticationError`` saying why it is refused."""
        if not token.isascii():
            raise AuthenticationError("the token is not valid: it is not ASCII")
        self._forget_if_keys_changed()
        digest = hashlib.sha256(token.encode()).digest()
        principal = self._checked.get(digest)
        if principal is None:
            principal = _principal(self._decode(token))
            self._remember(digest, principal)
        now = self._clock.now().timestamp()
        if now >= principal.expires_at:
            raise AuthenticationError("the token has expired")
        if now < principal.not_before - 1:
            raise AuthenticationError("the token is not valid yet")
        if self._revocations is not None and self._revocations.is_revoked(principal.token_id):
            raise AuthenticationError("the token was revoked")
        return principal

    def _forget_if_keys_changed(self) -> None:
        version = self._keys.refresh()
        if version != self._checked_under:
            with self._lock:
                self._checked.clear()
                self._checked_under = version

    def _remember(self, digest: bytes, principal: Principal) -> None:
        with self._lock:
            if len(self._checked) >= _CACHE_SIZE:
                self._checked.clear()
            self._checked[digest] = principal

    def _decode(self, token: str) -> Mapping[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if str(header.get("typ")).lower() != TOKEN_TYPE:
                raise AuthenticationError("the token is of another type")
            key = self._keys.get(str(header.get("kid")))
            if key is None:
                raise AuthenticationError("the token is signed with an unknown key")
            return jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                options={
                    "require": _REQUIRED,
                    # times are checked against the injected clock by verify()
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError as error:
            raise AuthenticationError(f"the token is not valid: {error}") from error


def _principal(claims: Mapping[str, Any]) -> Principal:
    try:
        return Principal(
            subject=str(claims["sub"]),
            tenant=str(claims["tenant"]),
            scopes=frozenset(str(claims["scope"]).split()),
            token_id=str(claims["jti"]),
            not_before=int(claims["nbf"]),
            expires_at=int(claims["exp"]),
            certificate=_thumbprint(claims),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise AuthenticationError(f"the token lacks the claim {error}") from error


def _thumbprint(claims: Mapping[str, Any]) -> str | None:
    """The certificate that the token is bound to. Another confirmation is one that SMVM cannot check:
    ``KeyError``."""
    confirmation = claims.get("cnf")
    return None if confirmation is None else str(confirmation["x5t#S256"])
