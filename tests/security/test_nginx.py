"""The nginx configuration of deploy/, in front of a real gunicorn: handshakes, headers, bounds."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
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
from smvm_common.embedded.ports import free_port
from smvm_common.embedded.process import ServerProcess
from smvm_common.settings import Settings
from smvm_common.tokens import TokenIssuer
from support.stack import ROOT, RunningStack, running_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DAY = timedelta(days=1)
RUNS = "/api/v1/validation/runs"
HEADER = "X-Client-Certificate"


@dataclass(frozen=True)
class Proxy:
    """nginx as configured, the stack behind it, and the authority it trusts."""

    url: str
    certs: Path
    stack: RunningStack

    def client(self, name: str, now: datetime | None = None) -> CertificateFiles:
        return issue_client(self.certs, name, now or datetime.now(UTC), DAY)

    def token(self, files: CertificateFiles | None = None) -> str:
        issuer = TokenIssuer(self.stack.settings.auth, SystemClock())
        bound_to = read_thumbprint(files.certificate) if files else None
        return issuer.issue("tests", ("validation:read",), DAY, certificate=bound_to)

    def get(
        self, path: str, files: CertificateFiles | None = None, **headers: str
    ) -> requests.Response:
        return requests.get(
            self.url + path,
            cert=(str(files.certificate), str(files.key)) if files else None,
            verify=str(self.certs / "ca.crt"),
            headers=headers,
            timeout=10,
        )


def _configuration(certs: Path, api_port: int, port: int) -> str:
    """What deploy/ holds, with this machine's addresses, in the frame that the image gives it."""
    server = (ROOT / "deploy/nginx/smvm.conf").read_text(encoding="utf-8")
    server = server.replace("server api:8080", f"server 127.0.0.1:{api_port}")
    server = server.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    server = server.replace("/etc/nginx/tls", str(certs))
    # the directive is younger than the nginx of some distributions
    server = re.sub(r"^\s*http2 on;\n", "", server, flags=re.MULTILINE)
    return (
        "daemon off; pid nginx.pid; error_log stderr;\n"
        "events {}\n"
        f"http {{ access_log off; client_body_temp_path b; proxy_temp_path p;\n{server}}}\n"
    )


def _behind_nginx(settings: Settings) -> Settings:
    auth = replace(settings.auth, client_certificate_header=HEADER, trusted_proxies=1)
    return replace(settings, auth=auth)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert nginx is not None, "nginx is not installed"
    root = tmp_path_factory.mktemp("nginx")
    certs, port = root / "certs", free_port()
    create_authority(certs, datetime.now(UTC), DAY)
    issue_server(certs, "server", ["127.0.0.1"], datetime.now(UTC), DAY)
    with ExitStack() as cleanup:
        stack = cleanup.enter_context(
            running_stack(root / "stack", adjust=_behind_nginx, names=("web",))
        )
        (root / "nginx.conf").write_text(_configuration(certs, stack.port, port))
        running = Proxy(f"https://127.0.0.1:{port}", certs, stack)
        probe = running.client("probe")

        def ready() -> bool:
            try:
                return running.get("/healthz", probe).ok
            except requests.RequestException:
                return False

        command = [nginx, "-p", str(root), "-c", str(root / "nginx.conf"), "-e", "stderr"]
        cleanup.enter_context(ServerProcess(command, ready, root / "nginx.log"))
        yield running


def test_the_right_certificate_is_let_in(proxy: Proxy) -> None:
    assert proxy.get("/healthz", proxy.client("right")).json() == {"status": "alive"}


def test_no_other_is(proxy: Proxy, tmp_path: Path) -> None:
    """nginx finishes the handshake and answers 400 itself: nothing of it reaches SMVM."""
    create_authority(tmp_path, datetime.now(UTC), DAY)
    stranger = issue_client(tmp_path, "stranger", datetime.now(UTC), DAY)
    late = proxy.client("late", datetime.now(UTC) - 2 * DAY)
    for files in (None, stranger, late):
        answer = proxy.get("/healthz", files)
        assert answer.status_code == 400
        assert "X-Correlation-ID" not in answer.headers


def test_a_bound_token_works_with_its_certificate_alone(proxy: Proxy) -> None:
    mine, others = proxy.client("mine"), proxy.client("others")
    bearer = f"Bearer {proxy.token(mine)}"
    assert proxy.get(RUNS, mine, Authorization=bearer).status_code == 200
    assert proxy.get(RUNS, others, Authorization=bearer).status_code == 401


def test_a_certificate_that_a_client_writes_into_the_header_is_not_believed(proxy: Proxy) -> None:
    mine, others = proxy.client("mine"), proxy.client("others")
    forged = mine.certificate.read_text().replace("\n", "%0A").replace(" ", "%20")
    headers = {"Authorization": f"Bearer {proxy.token(mine)}", HEADER: forged}
    assert proxy.get(RUNS, others, **headers).status_code == 401


def test_metrics_stay_inside_and_security_headers_go_out(proxy: Proxy) -> None:
    files = proxy.client("curious")
    assert proxy.get("/metrics", files).status_code == 404
    answer = proxy.get("/healthz", files)
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_body_beyond_the_bound_ends_at_nginx(proxy: Proxy) -> None:
    files = proxy.client("large")
    began = time.monotonic()
    answer = requests.post(
        proxy.url + RUNS,
        data=b"x" * 10_000_000,
        cert=(str(files.certificate), str(files.key)),
        verify=str(proxy.certs / "ca.crt"),
        timeout=30,
    )
    assert answer.status_code == 413
    assert time.monotonic() - began < 30
