"""One method per endpoint: what it asks, with which time-out, and what it makes of the answer."""

import hashlib
from datetime import timedelta

import pytest

from smvm_common.client import (
    ClientError,
    IntegrityError,
    Observation,
    OutageError,
    SmvmClient,
    WaitTimeoutError,
)
from smvm_common.client.retries import Backoff
from smvm_common.settings import (
    FeatureFlags,
    IntegrationSettings,
    Settings,
    SmvmEndpointSettings,
    TractionBuildSettings,
)
from support.misbehaving_smvm import Naps, answer, bodies, choose, hang_up, problem, serving, state
from support.receivers import hang, status

RUN = "VAL-20260302-143052-a1b2c3d4-001"
PDF = b"%PDF-1.7 and so on"


def client(server, **options) -> SmvmClient:
    options = {"backoff": Backoff((0.0,)), "sleep": Naps(), **options}
    return SmvmClient(f"http://{server.host}", "t", **options)


@pytest.mark.parametrize(
    ("call", "method", "path", "body"),
    [
        (lambda c: c.results(RUN), "GET", f"{RUN}/results", None),
        (lambda c: c.finalize(RUN), "POST", f"{RUN}/finalize", None),
        (lambda c: c.complete(RUN), "PUT", f"{RUN}/complete", {"evidence": [], "note": ""}),
        (lambda c: c.cancel(RUN, "why"), "POST", f"{RUN}/cancel", {"reason": "why"}),
        (
            lambda c: c.advance_clock(RUN, timedelta(days=1)),
            "POST",
            f"{RUN}/clock",
            {"advance_seconds": 86400.0},
        ),
        (
            lambda c: c.submit_evidence(RUN, [Observation("orders", 10, 2, price=9.5)]),
            "POST",
            f"{RUN}/evidence",
            {
                "observations": [
                    {"kind": "orders", "trials": 10, "successes": 2, "note": "", "price": 9.5}
                ]
            },
        ),
    ],
)
def test_each_call_asks_its_endpoint(call, method, path, body):
    with serving(answer(200)) as server:
        call(client(server))
    (request,) = server.requests
    assert (request.method, request.path) == (method, f"/api/v1/validation/{path}")
    assert bodies([request]) == ([] if body is None else [body])


def test_an_identifier_cannot_leave_its_place_in_the_path():
    with serving(problem(404)) as server:
        with pytest.raises(ClientError):
            client(server).results("../../admin?x=1#")
        with pytest.raises(ClientError):
            client(server).status("a/b")
    paths = [request.path for request in server.requests]
    assert paths == [
        "/api/v1/validation/..%2F..%2Fadmin%3Fx%3D1%23/results",
        "/api/v1/validation/a%2Fb/status",
    ]


def test_an_unchanged_status_is_asked_for_by_its_etag():
    with serving(
        answer(200, state(), ETag='"1"'), status(304), answer(200, state(progress=0.7), ETag='"2"')
    ) as server:
        calls = client(server)
        first, second, third = (calls.status(RUN) for _ in range(3))
    assert first == second
    assert third.progress == 0.7
    assert [r.headers.get("if-none-match") for r in server.requests] == [None, '"1"', '"1"']


def test_only_so_many_statuses_are_remembered(monkeypatch):
    monkeypatch.setattr("smvm_common.client.client._REMEMBERED_STATUSES", 2)
    with serving(answer(200, state(), ETag='"1"')) as server:
        calls = client(server)
        for number in range(5):
            calls.status(f"VAL-{number}")
        assert len(calls._statuses) == 2


def test_status_waits_no_longer_than_the_contract_and_complete_as_long(monkeypatch):
    asked = []
    with serving(answer(200, state())) as server:
        calls = client(server)
        monkeypatch.setattr(
            calls._connection,
            "send",
            lambda *a, timeout=None, **o: asked.append(timeout) or _Answered(),
        )
        calls.status(RUN)
        calls.complete(RUN)
        calls.results(RUN)
    assert asked == [5.0, 60.0, None]


class _Answered:
    status_code = 200

    def __init__(self) -> None:
        self.headers = {}

    def json(self):
        return state()


def test_pages_of_runs_are_walked():
    with serving(
        answer(200, {"runs": [{"n": 1}], "next_cursor": "c/1"}),
        answer(200, {"runs": [{"n": 2}], "next_cursor": None}),
    ) as server:
        assert [run["n"] for run in client(server).runs(status="running")] == [1, 2]
    assert [r.path.split("?")[1] for r in server.requests] == [
        "status=running",
        "status=running&cursor=c%2F1",
    ]


def listed(digest: str):
    entry = {"name": "a.pdf", "bytes": 1, "sha256": digest, "content_type": "application/pdf"}
    return answer(200, {"artifacts": [entry]})


def digest_of(body: bytes) -> str:

    return hashlib.sha256(body).hexdigest()


def test_a_download_is_saved_once_its_digest_is_right(tmp_path):
    target = tmp_path / "a.pdf"
    with serving(listed(digest_of(PDF)), status(200, body=PDF)) as server:
        assert client(server).download(RUN, "a.pdf", target) == target
    assert target.read_bytes() == PDF
    assert server.requests[1].path == f"/api/v1/validation/{RUN}/artifacts/a.pdf"


def test_an_artefact_that_was_written_anew_meanwhile_is_read_again(tmp_path):
    with serving(
        listed(digest_of(PDF)),
        status(200, {"Connection": "close"}, b"newer"),
        listed(digest_of(b"newer")),
        status(200, body=b"newer"),
    ) as server:
        target = client(server).download(RUN, "a.pdf", tmp_path / "a.pdf")
    assert target.read_bytes() == b"newer"


def test_a_download_that_is_never_right_leaves_what_was_there(tmp_path):
    target = tmp_path / "a.pdf"
    target.write_bytes(b"old")
    wrong = choose(
        lambda request: (
            listed("0" * 64)
            if request.path.endswith("results")
            else status(200, {"Connection": "close"}, PDF)
        )
    )
    with serving(wrong) as server, pytest.raises(IntegrityError, match="SHA-256"):
        client(server).download(RUN, "a.pdf", target)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_a_download_that_breaks_off_is_begun_again(tmp_path):
    def torn(conversation):
        conversation.write(b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n%PDF")

    with serving(listed(digest_of(PDF)), torn, status(200, body=PDF)) as server:
        target = client(server).download(RUN, "a.pdf", tmp_path / "a.pdf")
    assert target.read_bytes() == PDF


def test_an_artefact_that_is_not_there_is_told(tmp_path):
    with serving(listed("0" * 64)) as server, pytest.raises(ClientError, match="no artefact b"):
        client(server).download(RUN, "b.pdf", tmp_path / "b.pdf")


def test_wait_reports_each_change_and_returns_the_state_reached():
    seen = []
    with serving(
        answer(200, state(progress=0.1)),
        answer(200, state(progress=0.1)),
        answer(200, state(progress=0.5)),
        answer(200, state(progress=0.8, decision={"recommendation": "go"})),
        answer(200, state(progress=0.9, status="awaiting_completion")),
    ) as server:
        naps = Naps()
        found = client(server, sleep=naps).wait(RUN, on_progress=lambda s: seen.append(s.progress))
    assert found.status == "awaiting_completion"
    assert seen == [0.1, 0.5, 0.8, 0.9]
    assert naps.seconds == [0.5] * 4


@pytest.mark.parametrize("resting", ["completed", "finalized", "failed", "cancelled", "incomplete"])
def test_wait_ends_where_nothing_more_comes(resting):
    with serving(answer(200, state(status=resting))) as server:
        assert client(server).wait(RUN).status == resting


def test_wait_gives_up_in_time():
    with (
        serving(answer(200, state())) as server,
        pytest.raises(WaitTimeoutError, match="still running"),
    ):
        client(server).wait(RUN, timeout=timedelta(0))


def test_wait_sits_out_an_outage():
    with serving(
        hang_up(), hang_up(), hang_up(), hang_up(), answer(200, state(status="completed"))
    ) as server:
        assert client(server).wait(RUN).status == "completed"


def test_an_outage_that_lasts_is_told_when_the_time_is_up():
    with serving(hang_up()) as server, pytest.raises(OutageError):
        client(server).wait(RUN, timeout=timedelta(seconds=0.1))


def test_a_server_that_hangs_does_not_hold_the_status_longer_than_its_time_out():
    with serving(hang()) as server, pytest.raises(OutageError, match="Timeout"):
        client(server, timeout=0.1).status(RUN)


def test_is_made_from_the_guides_settings(tmp_path):
    settings = Settings(
        integration=IntegrationSettings(
            tractionbuild=TractionBuildSettings(timeout_seconds=7.0, retry_attempts=3),
            smvm=SmvmEndpointSettings("http://smvm.example/", "v1", "the-token"),
        ),
        features=FeatureFlags(validation_enabled=False),
    )
    made = SmvmClient.from_settings(settings, dead_letter_path=tmp_path / "letters")
    assert made._connection._backoff == Backoff((1.0, 2.0, 4.0))
    assert made._connection._timeout == 7.0
    assert made._connection._base_url == "http://smvm.example"
    assert not made._enabled
    with pytest.raises(ClientError, match="service_account_token is not set"):
        SmvmClient.from_settings(Settings())
