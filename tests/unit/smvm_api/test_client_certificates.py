from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from smvm_api.client_certificates import presented_certificate
from smvm_common.certificates import create_authority, issue_client, read_thumbprint
from smvm_common.errors import AuthenticationError
from smvm_common.tokens import TokenIssuer
from support.api import RUNS, ApiUnderTest, make_api

NOW, DAY = datetime(2024, 12, 1, tzinfo=UTC), timedelta(days=400)
HEADER = "X-Client-Certificate"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    create_authority(tmp_path / "certs", NOW, DAY)
    return issue_client(tmp_path / "certs", "one", NOW, DAY).certificate


def _environ(certificate: Path) -> dict[str, str]:
    return {"HTTP_X_CLIENT_CERTIFICATE": quote(certificate.read_text())}


def test_a_proxys_header_is_read_only_where_the_settings_name_it(certificate: Path) -> None:
    environ = _environ(certificate)
    assert presented_certificate(environ, HEADER) == read_thumbprint(certificate)
    assert presented_certificate(environ, None) is None
    assert presented_certificate({}, HEADER) is None


def test_a_header_that_holds_no_certificate_is_refused() -> None:
    with pytest.raises(AuthenticationError, match="no certificate"):
        presented_certificate({"HTTP_X_CLIENT_CERTIFICATE": "x"}, HEADER)


def _guarded(tmp_path: Path, *, required: bool) -> ApiUnderTest:
    def bind(settings):
        auth = replace(
            settings.auth, client_certificate_header=HEADER, require_bound_tokens=required
        )
        return replace(settings, auth=auth)

    return make_api(tmp_path, adjust=bind)


@pytest.mark.parametrize("required", [False, True])
def test_a_bound_token_needs_its_certificate(
    tmp_path: Path, certificate: Path, required: bool
) -> None:
    api = _guarded(tmp_path, required=required)
    issuer = TokenIssuer(api.settings.auth, api.clock)
    bound_to = read_thumbprint(certificate)
    token = issuer.issue("tests", ("validation:read",), DAY, certificate=bound_to)
    headers = {"Authorization": f"Bearer {token}"}
    assert api.client.get(RUNS, headers=headers).status_code == 401
    presented = {**headers, HEADER: quote(certificate.read_text())}
    assert api.client.get(RUNS, headers=presented).status_code == 200


def test_where_bound_tokens_are_required_no_other_is_taken(
    tmp_path: Path, certificate: Path
) -> None:
    api = _guarded(tmp_path, required=True)
    headers = {**api.token(), HEADER: quote(certificate.read_text())}
    answer = api.client.get(RUNS, headers=headers)
    assert answer.status_code == 401
    assert "must be bound" in answer.get_json()["detail"]
