"""``smvm token``: retire, revoke, roles and bound tokens."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smvm_common.certificates import create_authority, issue_client, read_thumbprint
from smvm_common.clock import SystemClock
from smvm_common.command import main
from smvm_common.settings_loader import load_settings
from smvm_common.store.factory import build_store
from smvm_common.tokens import ROLES, RevocationList, TokenVerifier


class Home:
    def __init__(self, directory: Path) -> None:
        self.config = directory / "settings.yaml"
        self.config.write_text(
            f"auth: {{keys_directory: {directory / 'keys'}}}\nstore: {{path: {directory / 'store'}}}\n"
        )
        self.settings = load_settings({}, self.config)
        self.clock = SystemClock()

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["token", *arguments, "--config", str(self.config)])

    def issue(self, *arguments: str) -> str:
        return self.run("issue", "--subject", "someone", *arguments).output.strip()

    def verifier(self) -> TokenVerifier:
        revocations = RevocationList(build_store(self.settings.store), self.clock)
        return TokenVerifier(self.settings.auth, self.clock, revocations)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    assert made.run("init").exit_code == 0
    return made


def test_a_role_gives_its_scopes_and_a_scope_adds_to_them(home: Home) -> None:
    scopes = home.verifier().verify(home.issue("--role", "operator", "--scope", "sandbox")).scopes
    assert scopes == {*ROLES["operator"], "sandbox"}
    assert home.verifier().verify(home.issue()).scopes == {"validation:read"}


def test_a_revoked_token_is_refused_by_its_text_or_its_id(home: Home) -> None:
    one, other = home.issue(), home.issue()
    other_id = home.verifier().verify(other).token_id
    assert home.run("revoke", one, "--reason", "lost").exit_code == 0
    assert home.run("revoke", other_id).exit_code == 0
    for token in (one, other):
        with pytest.raises(Exception, match="revoked"):
            home.verifier().verify(token)


def test_revoking_what_is_no_token_says_so(home: Home) -> None:
    for argument in ("x", "a.b.c"):
        answer = home.run("revoke", argument)
        assert answer.exit_code == 1
        assert "Error" in answer.output


def test_a_retired_key_no_longer_verifies(home: Home) -> None:
    token = home.issue()
    (key,) = json.loads(home.run("jwks").output)["keys"]
    home.run("init")
    assert home.run("retire", key["kid"]).exit_code == 0
    with pytest.raises(Exception, match="unknown key"):
        home.verifier().verify(token)
    assert home.run("retire", key["kid"]).exit_code == 1


def test_a_token_is_bound_to_a_certificate(home: Home, tmp_path: Path) -> None:
    create_authority(tmp_path, datetime.now(UTC), timedelta(days=1))
    certificate = issue_client(tmp_path, "one", datetime.now(UTC), timedelta(days=1)).certificate
    token = home.issue("--certificate", str(certificate))
    assert home.verifier().verify(token).certificate == read_thumbprint(certificate)
