"""Bearer tokens: Ed25519-signed JWTs with scopes and expiry (RFC 7519, RFC 9068, RFC 8725).

They may be bound to a client certificate (RFC 8705) and revoked before they expire.
"""

from smvm_common.tokens.issuer import TokenIssuer
from smvm_common.tokens.keys import KeyRing, create_key, json_web_key_set, load_keys, retire_key
from smvm_common.tokens.principal import Principal
from smvm_common.tokens.revocation import RevocationList
from smvm_common.tokens.roles import ROLES, SCOPES
from smvm_common.tokens.verifier import TokenVerifier

__all__ = [
    "ROLES",
    "SCOPES",
    "KeyRing",
    "Principal",
    "RevocationList",
    "TokenIssuer",
    "TokenVerifier",
    "create_key",
    "json_web_key_set",
    "load_keys",
    "retire_key",
]
