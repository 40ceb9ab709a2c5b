"""Bearer tokens: what is issued verifies, and everything else is refused with a reason."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.clock import ManualClock
from smvm_common.errors import AuthenticationError, ConfigurationError
from smvm_common.settings import AuthSettings
from smvm_common.tokens import SCOPES, TokenIssuer, TokenVerifier, create_key, load_keys
from support.runs import T0

HOUR = timedelta(hours=1)


@pytest.fixture
def settings(tmp_path) -> AuthSettings:
    create_key(tmp_path / "keys")
    return AuthSettings(keys_directory=tmp_path / "keys")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T0)


@pytest.fixture
def verifier(settings, clock) -> TokenVerifier:
    return TokenVerifier(settings, clock)


def claims(clock: ManualClock, **changes):
    now = clock.now()
    return {
        "iss": "smvm",
        "aud": "smvm-api",
        "sub": "tests",
        "tenant": "tractionbuild",
        "scope": "validation:read",
        "iat": now,
        "nbf": now,
        "exp": now + HOUR,
        "jti": "1",
    } | changes


def signed(settings: AuthSettings, body, **headers) -> str:
    key_id, key = next(iter(load_keys(settings.keys_directory).items()))
    return jwt.encode(
        body, key, algorithm="EdDSA", headers={"kid": key_id, "typ": "at+jwt", **headers}
    )


def test_what_is_issued_verifies(settings, clock, verifier):
    token = TokenIssuer(settings, clock).issue("svc", ("validation:read", "sandbox"), HOUR, "acme")
    found = verifier.verify(token)
    assert (found.subject, found.tenant) == ("svc", "acme")
    assert found.scopes == {"validation:read", "sandbox"}
    assert found.expires_at - found.not_before == 3600
    assert len(found.token_id) == 32


def test_no_two_tokens_are_the_same(settings, clock, verifier):
    issuer = TokenIssuer(settings, clock)
    one, two = (verifier.verify(issuer.issue("svc", SCOPES, HOUR)) for _ in range(2))
    assert one.token_id != two.token_id


def test_a_token_ends_also_once_it_is_remembered(settings, clock, verifier):
    token = TokenIssuer(settings, clock).issue("svc", (), HOUR)
    verifier.verify(token)
    clock.advance(HOUR - timedelta(seconds=1))
    verifier.verify(token)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(AuthenticationError, match="expired"):
        verifier.verify(token)


def test_a_token_of_tomorrow_is_not_valid_yet(settings, clock, verifier):
    later = clock.now() + timedelta(seconds=5)
    token = signed(settings, claims(clock, nbf=later))
    with pytest.raises(AuthenticationError, match="not valid yet"):
        verifier.verify(token)
    clock.advance(timedelta(seconds=5))
    verifier.verify(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"aud": "another-api"},
        {"aud": ["another-api"]},
        {"exp": "tomorrow"},
        {"exp": None},
        {"nbf": "x"},
        {"sub": 5},
        {"jti": 5},
    ],
)
def test_wrong_claims_are_refused(settings, clock, verifier, changes):
    with pytest.raises(AuthenticationError):
        verifier.verify(signed(settings, claims(clock, **changes)))


@pytest.mark.parametrize("name", sorted(claims(ManualClock(T0))))
def test_each_claim_is_needed(settings, clock, verifier, name):
    body = claims(clock)
    del body[name]
    with pytest.raises(AuthenticationError):
        verifier.verify(signed(settings, body))


def test_an_unknown_key_is_refused(settings, clock, verifier):
    for headers in ({"kid": "other"}, {"kid": "../keys/x"}):
        with pytest.raises(AuthenticationError, match="unknown key"):
            verifier.verify(signed(settings, claims(clock), **headers))
    stranger = Ed25519PrivateKey.generate()
    key_id = next(iter(load_keys(settings.keys_directory)))
    forged = jwt.encode(
        claims(clock), stranger, algorithm="EdDSA", headers={"kid": key_id, "typ": "at+jwt"}
    )
    with pytest.raises(AuthenticationError, match="not valid"):
        verifier.verify(forged)


def unsigned(header, body, signature=b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(body).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)


def test_neither_no_algorithm_nor_another_is_taken(settings, clock, verifier):
    key_id, key = next(iter(load_keys(settings.keys_directory).items()))
    stamp = int(clock.now().timestamp())
    body = claims(clock, iat=stamp, nbf=stamp, exp=stamp + 3600)
    public = key.public_key().public_bytes_raw()
    confused = jwt.encode(body, public, algorithm="HS256", headers={"kid": key_id, "typ": "at+jwt"})
    elliptic = jwt.encode(
        body,
        ec.generate_private_key(ec.SECP256R1()),
        algorithm="ES256",
        headers={"kid": key_id, "typ": "at+jwt"},
    )
    for token in (
        confused,
        elliptic,
        unsigned({"alg": "none", "kid": key_id}, body),
        unsigned({"alg": "None", "kid": key_id}, body),
        unsigned({"alg": "EdDSA", "kid": key_id}, body),
        unsigned({"kid": key_id}, body),
    ):
        with pytest.raises(AuthenticationError):
            verifier.verify(token)


def test_a_changed_token_is_refused(settings, clock, verifier):
    token = TokenIssuer(settings, clock).issue("svc", ("validation:read",), HOUR)
    header, _, signature = token.split(".")
    body = base64.urlsafe_b64encode(
        json.dumps({"scope": " ".join(SCOPES), "sub": "svc"}).encode()
    ).decode()
    with pytest.raises(AuthenticationError):
        verifier.verify(f"{header}.{body.rstrip('=')}.{signature}")


@given(st.text())
def test_nothing_hostile_does_more_than_being_refused(tmp_path_factory, text):
    keys = tmp_path_factory.getbasetemp() / "hostile-keys"
    if not keys.exists():
        create_key(keys)
    verifier = TokenVerifier(AuthSettings(keys_directory=keys), ManualClock(T0))
    with pytest.raises(AuthenticationError):
        verifier.verify(text)


def test_surrogates_are_refused(verifier):
    with pytest.raises(AuthenticationError):
        verifier.verify("a.b\ud800.c")


def test_the_newest_key_signs_and_all_verify(settings, clock):
    old = TokenIssuer(settings, clock).issue("svc", (), HOUR)
    newest = create_key(settings.keys_directory)
    new = TokenIssuer(settings, clock).issue("svc", (), HOUR)
    assert jwt.get_unverified_header(new)["kid"] == newest
    verifier = TokenVerifier(settings, clock)
    verifier.verify(old)
    verifier.verify(new)


def test_keys_are_nobody_elses_to_read(settings):
    (path,) = settings.keys_directory.glob("*.pem")
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings.keys_directory.stat().st_mode & 0o777 == 0o700


def test_what_is_no_key_is_told(settings, tmp_path):
    with pytest.raises(ConfigurationError, match="smvm token init"):
        load_keys(tmp_path / "nowhere")
    (settings.keys_directory / "z.pem").write_text("no key")
    with pytest.raises(ConfigurationError, match=r"z\.pem"):
        load_keys(settings.keys_directory)
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (settings.keys_directory / "z.pem").write_bytes(other)
    with pytest.raises(ConfigurationError, match="not an Ed25519"):
        load_keys(settings.keys_directory)


def test_only_known_scopes_and_tenants_are_issued(settings, clock):
    issuer = TokenIssuer(settings, clock)
    with pytest.raises(ConfigurationError, match="unknown scopes: everything"):
        issuer.issue("svc", ("everything",), HOUR)
    for tenant in ("", "A", "a/b", "a\n", "x" * 33):
        with pytest.raises(ConfigurationError, match="tenant"):
            issuer.issue("svc", (), HOUR, tenant)


def test_another_issuers_settings_refuse(settings, clock):
    token = TokenIssuer(settings, clock).issue("svc", (), HOUR)
    with pytest.raises(AuthenticationError):
        TokenVerifier(replace(settings, audience="other"), clock).verify(token)
