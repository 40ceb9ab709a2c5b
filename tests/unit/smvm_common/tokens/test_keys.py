import base64
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from smvm_common.clock import ManualClock
from smvm_common.errors import AuthenticationError, ConfigurationError, NotFoundError
from smvm_common.settings import AuthSettings
from smvm_common.tokens import (
    TokenIssuer,
    TokenVerifier,
    create_key,
    json_web_key_set,
    load_keys,
    retire_key,
)
from support.runs import T0

HOUR = timedelta(hours=1)
_A_LOOK = timedelta(seconds=6)


def _token(settings: AuthSettings, clock: ManualClock) -> str:
    return TokenIssuer(settings, clock).issue("tests", ("validation:read",), HOUR)


def test_keys_are_rotated_without_a_restart(tmp_path: Path) -> None:
    settings, clock = AuthSettings(keys_directory=tmp_path), ManualClock(T0)
    first = create_key(tmp_path)
    verifier = TokenVerifier(settings, clock)
    old = _token(settings, clock)
    verifier.verify(old)

    second = create_key(tmp_path)
    new = _token(settings, clock)
    clock.advance(_A_LOOK)
    assert {verifier.verify(token).subject for token in (old, new)} == {"tests"}
    assert list(load_keys(tmp_path)) == [first, second]

    retire_key(tmp_path, first)
    clock.advance(_A_LOOK)
    verifier.verify(new)
    with pytest.raises(AuthenticationError, match="unknown key"):
        verifier.verify(old)


def test_a_new_key_sorts_last_also_after_one_was_retired(tmp_path: Path) -> None:
    retire_key(tmp_path, create_key(tmp_path))
    kept = create_key(tmp_path)
    assert list(load_keys(tmp_path)) == [kept]
    assert sorted([kept, create_key(tmp_path)])[0] == kept


def test_retiring_needs_a_key_of_that_name(tmp_path: Path) -> None:
    create_key(tmp_path)
    for name in ("0001-00000000", "../other", ""):
        with pytest.raises(NotFoundError):
            retire_key(tmp_path, name)


def test_who_verifies_needs_only_public_keys(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    key_id = create_key(tmp_path / "private")
    public = load_keys(tmp_path / "private")[key_id].public_key()
    (tmp_path / "public").mkdir()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public" / f"{key_id}.pem").write_bytes(pem)
    token = _token(AuthSettings(keys_directory=tmp_path / "private"), clock)
    reader = AuthSettings(keys_directory=tmp_path / "public")
    assert TokenVerifier(reader, clock).verify(token).subject == "tests"
    with pytest.raises(ConfigurationError, match="no signing key"):
        TokenIssuer(reader, clock)


def test_the_key_set_holds_the_public_halves_alone(tmp_path: Path) -> None:
    key_id = create_key(tmp_path)
    (entry,) = json_web_key_set(tmp_path)["keys"]
    assert {k: entry[k] for k in ("kty", "crv", "alg", "kid")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "kid": key_id,
    }
    raw = base64.urlsafe_b64decode(entry["x"] + "=")
    public = load_keys(tmp_path)[key_id].public_key()
    assert raw == public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert "d" not in entry


def test_a_private_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / f"{create_key(tmp_path)}.pem"
    assert path.stat().st_mode & 0o077 == 0


def test_what_is_no_ed25519_key_is_refused_by_name(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "0001-other.pem").write_bytes(pem)
    with pytest.raises(ConfigurationError, match="0001-other"):
        load_keys(tmp_path)
    (tmp_path / "0001-other.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\nx\n")
    with pytest.raises(ConfigurationError, match="0001-other"):
        load_keys(tmp_path)


def test_an_empty_directory_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="smvm token init"):
        TokenVerifier(AuthSettings(keys_directory=tmp_path), ManualClock(T0))
