"""Mutual TLS at gunicorn, with real handshakes, and tokens bound to a client certificate."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from smvm_common.certificates import (
    CertificateFiles,
    create_authority,
    issue_client,
    issue_server,
    read_thumbprint,
)
from smvm_common.clock import SystemClock
from smvm_common.command.state import StateDirectory
from smvm_common.embedded.ports import free_port
from smvm_common.embedded.process import ServerProcess
from smvm_common.embedded.redis import EmbeddedRedis
from smvm_common.settings_loader import dump_settings
from smvm_common.tokens import TokenIssuer
from support.stack import stack_environment

DAY = timedelta(days=1)
RUNS = "/api/v1/validation/runs"


@dataclass(frozen=True)
class TlsApi:
    """A gunicorn that ends mutual TLS, its authority's directory, and who signs its tokens."""

    url: str
    directory: Path
    issuer: TokenIssuer

    def client(self, name: str, now: datetime | None = None) -> CertificateFiles:
        return issue_client(self.directory, name, now or datetime.now(UTC), DAY)

    def get(
        self, path: str, files: CertificateFiles | None, token: str | None = None
    ) -> requests.Response:
        return requests.get(
            self.url + path,
            cert=(str(files.certificate), str(files.key)) if files else None,
            verify=str(self.directory / "ca.crt"),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=10,
        )


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsApi]:
    root = tmp_path_factory.mktemp("tls")
    certs, state, port = root / "certs", StateDirectory(root / "state"), free_port()
    create_authority(certs, datetime.now(UTC), DAY)
    server = issue_server(certs, "server", ["127.0.0.1"], datetime.now(UTC), DAY)
    with ExitStack() as cleanup:
        redis = cleanup.enter_context(EmbeddedRedis(root / "redis", durable=False))
        settings = state.prepare(redis_url=redis.url, store=None, port=port, receiver_port=1)
        state.settings_file.write_text(dump_settings(settings))
        environment = {
            **stack_environment(state.root, port),
            "SMVM_TLS_CERTIFICATE": str(server.certificate),
            "SMVM_TLS_KEY": str(server.key),
            "SMVM_TLS_CLIENT_CA": str(certs / "ca.crt"),
        }
        issuer = TokenIssuer(settings.auth, SystemClock())
        running = TlsApi(f"https://127.0.0.1:{port}", certs, issuer)
        probe = running.client("probe")

        def ready() -> bool:
            try:
                return running.get("/readyz", probe).ok
            except requests.RequestException:
                return False

        command = "exec gunicorn -c python:smvm_api.gunicorn_config 'smvm_api.wsgi:create()'"
        log = root / "web.log"
        cleanup.enter_context(ServerProcess(["/bin/sh", "-c", command], ready, log, environment))
        yield running


def test_the_right_certificate_is_let_in(api: TlsApi) -> None:
    assert api.get("/healthz", api.client("right")).json() == {"status": "alive"}


def test_no_certificate_is_not(api: TlsApi) -> None:
    with pytest.raises(requests.ConnectionError):
        api.get("/healthz", None)


def test_a_certificate_of_another_authority_is_not(api: TlsApi, tmp_path: Path) -> None:
    create_authority(tmp_path, datetime.now(UTC), DAY)
    stranger = issue_client(tmp_path, "stranger", datetime.now(UTC), DAY)
    with pytest.raises(requests.ConnectionError):
        api.get("/healthz", stranger)


def test_an_expired_certificate_is_not(api: TlsApi) -> None:
    with pytest.raises(requests.ConnectionError):
        api.get("/healthz", api.client("late", datetime.now(UTC) - 2 * DAY))


def test_a_servers_certificate_does_not_speak_for_a_client(api: TlsApi) -> None:
    server = issue_server(api.directory, "other", ["127.0.0.1"], datetime.now(UTC), DAY)
    with pytest.raises(requests.ConnectionError):
        api.get("/healthz", server)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_old_versions_of_tls_are_refused(api: TlsApi) -> None:
    context = ssl.create_default_context(cafile=str(api.directory / "ca.crt"))
    files = api.client("old")
    context.load_cert_chain(files.certificate, files.key)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    host, port = api.url.removeprefix("https://").split(":")
    with (
        socket.create_connection((host, int(port)), timeout=5) as raw,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(raw, server_hostname=host)


def test_a_bound_token_works_with_its_certificate_alone(api: TlsApi) -> None:
    mine, others = api.client("mine"), api.client("others")
    token = api.issuer.issue(
        "tests", ("validation:read",), DAY, certificate=read_thumbprint(mine.certificate)
    )
    assert api.get(RUNS, mine, token).status_code == 200
    refused = api.get(RUNS, others, token)
    assert refused.status_code == 401
    assert "another client certificate" in refused.json()["detail"]


def test_a_token_that_is_not_bound_works_with_any_certificate(api: TlsApi) -> None:
    token = api.issuer.issue("tests", ("validation:read",), DAY)
    assert api.get(RUNS, api.client("any"), token).status_code == 200
