"""The attacks that RFC 8725 (JSON Web Token Best Current Practices) names are refused."""

import base64
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smvm_common.clock import ManualClock
from smvm_common.errors import AuthenticationError
from smvm_common.settings import AuthSettings
from smvm_common.tokens import SCOPES, TokenIssuer, TokenVerifier, create_key, load_keys
from support.runs import T0

HOUR = timedelta(hours=1)


class Case:
    def __init__(self, directory: Path) -> None:
        self.settings = AuthSettings(keys_directory=directory)
        self.key_id = create_key(directory)
        self.key = load_keys(directory)[self.key_id]
        self.clock = ManualClock(T0)
        self.verifier = TokenVerifier(self.settings, self.clock)
        self.token = TokenIssuer(self.settings, self.clock).issue("tests", SCOPES, HOUR)
        self.claims: dict[str, Any] = jwt.decode(self.token, options={"verify_signature": False})

    def forge(
        self, key: Any = None, algorithm: str = "EdDSA", header: Any = None, **claims: Any
    ) -> str:
        merged = {k: v for k, v in (self.claims | claims).items() if v is not None}
        headers = {"kid": self.key_id, "typ": "at+jwt"} | (header or {})
        return jwt.encode(merged, key or self.key, algorithm=algorithm, headers=headers)

    def refuses(self, token: str, why: str) -> None:
        with pytest.raises(AuthenticationError, match=why):
            self.verifier.verify(token)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path / "keys")


def test_the_real_token_passes_and_a_forgery_of_nothing_too(case: Case) -> None:
    assert case.verifier.verify(case.token).subject == "tests"
    assert case.verifier.verify(case.forge()).tenant == "tractionbuild"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_no_algorithm_at_all(case: Case, algorithm: str) -> None:
    header = {"alg": algorithm, "kid": case.key_id, "typ": "at+jwt"}
    case.refuses(_encoded(header, case.claims) + ".", "not valid")


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.Raw, Encoding.DER])
def test_the_public_key_is_no_secret_to_sign_with(case: Case, encoding: Encoding) -> None:
    form = PublicFormat.Raw if encoding is Encoding.Raw else PublicFormat.SubjectPublicKeyInfo
    public = case.key.public_key().public_bytes(encoding, form)
    # by hand: PyJWT will not sign with a public key, an attacker will
    signed = _encoded({"alg": "HS256", "kid": case.key_id, "typ": "at+jwt"}, case.claims)
    mac = hmac.digest(public, signed.encode(), "sha256")
    case.refuses(f"{signed}.{_base64url(mac)}", "not valid")


def _encoded(*parts: Any) -> str:
    return ".".join(_base64url(json.dumps(part).encode()) for part in parts)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_another_key_under_a_known_key_id(case: Case) -> None:
    case.refuses(case.forge(key=Ed25519PrivateKey.generate()), "not valid")


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "unknown"},
        {"kid": "../../../../etc/passwd"},
        {"kid": ""},
        {"kid": "unknown", "jku": "https://attacker.example/jwks.json"},
        {"kid": "unknown", "x5u": "https://attacker.example/cert.pem"},
    ],
)
def test_a_key_that_the_token_brings_or_names_elsewhere(case: Case, header: Any) -> None:
    case.refuses(case.forge(key=Ed25519PrivateKey.generate(), header=header), "unknown key")


@pytest.mark.parametrize("typ", ["JWT", "dpop+jwt", "logout+jwt", "secevent+jwt"])
def test_a_token_of_another_type(case: Case, typ: str) -> None:
    case.refuses(case.forge(header={"typ": typ}), "another type")


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "another-api"}, "(?i)audience"),
        ({"aud": ["another-api", "third"]}, "(?i)audience"),
        ({"aud": None}, "aud"),
        ({"iss": "another"}, "(?i)issuer"),
        ({"iss": None}, "iss"),
        ({"exp": None}, "exp"),
        ({"nbf": None}, "nbf"),
        ({"iat": None}, "iat"),
        ({"sub": None}, "sub"),
        ({"jti": None}, "jti"),
        ({"tenant": None}, "lacks the claim"),
        ({"scope": None}, "lacks the claim"),
        ({"exp": "soon"}, "."),
        ({"cnf": {"jkt": "another confirmation"}}, "lacks the claim"),
        ({"cnf": "x"}, "lacks the claim"),
    ],
)
def test_a_claim_that_is_wrong_or_missing(case: Case, claims: Any, why: str) -> None:
    case.refuses(case.forge(**claims), why)


def test_expired_and_not_yet_valid(case: Case) -> None:
    case.clock.advance(HOUR)
    case.refuses(case.token, "expired")
    later = int((T0 + 3 * HOUR).timestamp())
    case.refuses(case.forge(nbf=later, exp=later + 60), "not valid yet")


def test_any_changed_byte_is_refused(case: Case) -> None:
    for position in range(0, len(case.token), 7):
        swapped = "A" if case.token[position] != "A" else "B"
        changed = case.token[:position] + swapped + case.token[position + 1 :]
        with pytest.raises(AuthenticationError):
            case.verifier.verify(changed)


@pytest.mark.parametrize("garbage", ["", ".", "..", "a.b.c", "é", "\x00", "a" * 100_000])
def test_garbage(case: Case, garbage: str) -> None:
    with pytest.raises(AuthenticationError):
        case.verifier.verify(garbage)
