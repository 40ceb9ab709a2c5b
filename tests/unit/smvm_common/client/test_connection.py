"""One request against a real server that misbehaves."""

import ssl
import time
from threading import Event, Thread

import pytest

from smvm_common.client.connection import Connection, Credentials
from smvm_common.client.errors import ApiError, OutageError, UnexpectedAnswerError
from smvm_common.client.retries import Backoff
from support.certificates import server_context
from support.misbehaving_smvm import Naps, answer, choose, hang_up, problem, serving
from support.receivers import ScriptedReceiver, drip_body, gated, hang, status
from support.servers import free_port

PROXY_PAGE = b"<html>Bad Gateway</html>"


def connection(server, naps=None, timeout=5.0, **options) -> Connection:
    url = server if isinstance(server, str) else f"http://{server.host}"
    sleep = naps if naps is not None else Naps()
    return Connection(url, Credentials("the-token"), timeout, Backoff(), sleep, **options)


def test_sends_the_token_the_body_and_the_clients_name():
    with serving(answer(200, {"a": 1})) as server:
        response = connection(server).send("POST", "/x", json={"b": 2}, headers={"X-Extra": "1"})
    (request,) = server.requests
    assert response.json() == {"a": 1}
    assert request.headers["authorization"] == "Bearer the-token"
    assert request.headers["user-agent"].startswith("smvm-client/")
    assert request.headers["x-extra"] == "1"
    assert request.body == b'{"b": 2}'


@pytest.mark.parametrize("reply", [problem(c) for c in (429, 500, 502, 503, 504)] + [hang_up()])
def test_what_may_pass_is_sent_again_after_the_guides_waits(reply):
    naps = Naps()
    with serving(reply, reply, reply, reply, reply, answer(200)) as server:
        assert connection(server, naps).send("POST", "/x").status_code == 200
    assert len(server.requests) == 6
    for waited, delay in zip(naps.seconds, (1, 2, 4, 8, 16), strict=True):
        assert 0.8 * delay <= waited <= 1.2 * delay


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_after_five_retries_it_is_an_outage(code):
    naps = Naps()
    with serving(problem(code)) as server, pytest.raises(OutageError, match=str(code)) as raised:
        connection(server, naps).send("POST", "/x")
    assert len(server.requests) == 6
    assert raised.value.status == code


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 413, 415])
def test_a_refusal_is_never_repeated(code):
    body = {"type": "urn:x", "detail": "wrong", "errors": {"$.idea": ["is missing"]}}
    with serving(answer(code, body)) as server, pytest.raises(ApiError) as raised:
        connection(server).send("POST", "/x")
    assert len(server.requests) == 1
    assert (raised.value.status, raised.value.type) == (code, "urn:x")
    assert str(raised.value) == f"{code} wrong ($.idea: is missing)"


def test_a_refusal_that_is_no_problem_document_is_still_told():
    with serving(status(403, body=PROXY_PAGE)) as server, pytest.raises(ApiError, match="403"):
        connection(server).send("GET", "/x")
    with serving(status(404, body=b"[1]")) as server, pytest.raises(ApiError, match="404"):
        connection(server).send("GET", "/x")


def test_waits_as_long_as_it_is_asked_to():
    naps = Naps()
    with serving(problem(429, Retry_After="42"), answer(200)) as server:
        connection(server, naps).send("GET", "/x")
    assert naps.seconds == [42.0]


def test_asked_to_wait_more_than_a_minute_it_says_so_at_once():
    naps = Naps()
    with serving(problem(429, Retry_After="3600")) as server, pytest.raises(ApiError) as limited:
        connection(server, naps).send("POST", "/x")
    with serving(problem(503, Retry_After="7200")) as server, pytest.raises(OutageError) as closed:
        connection(server, naps).send("POST", "/x")
    assert (limited.value.status, limited.value.retry_after) == (429, 3600.0)
    assert closed.value.retry_after == 7200.0
    assert naps.seconds == []


def test_silence_ends_at_the_time_out():
    began = time.monotonic()
    with serving(hang()) as server, pytest.raises(OutageError, match="ReadTimeout"):
        connection(server, timeout=0.2).send("GET", "/x")
    assert time.monotonic() - began < 30
    assert len(server.requests) == 6


def test_nobody_there_is_an_outage():
    with pytest.raises(OutageError, match="ConnectionError"):
        connection(f"http://127.0.0.1:{free_port()}").send("GET", "/x")


def test_an_answer_that_breaks_off_is_asked_for_again():
    broken = status(200, {"Content-Type": "application/json"}, b'{"a": 1}')

    def torn(conversation):
        conversation.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    with serving(torn, broken) as server:
        assert connection(server).send("GET", "/x").json() == {"a": 1}
    assert len(server.requests) == 2


def test_an_answer_that_trickles_ends_with_the_time_out_of_silence():
    with serving(drip_body(every=5)) as server, pytest.raises(OutageError):
        connection(server, timeout=0.2).send("GET", "/x")


def test_redirections_are_not_followed_and_the_token_stays():
    with serving(answer(200)) as elsewhere:
        away = status(307, {"Location": f"http://{elsewhere.host}/x"})
        with serving(away) as server, pytest.raises(UnexpectedAnswerError, match="307"):
            connection(server).send("POST", "/x", json={})
    assert elsewhere.requests == []


def test_a_netrc_does_not_replace_the_token(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(answer(200)) as server:
        connection(server).send("GET", "/x")
    assert server.requests[0].headers["authorization"] == "Bearer the-token"


def test_the_breaker_opens_after_five_failures_and_then_lets_one_through():
    with serving(*[problem(500)] * 6, problem(500), answer(200)) as server:
        calls = connection(server, breaker_reset_seconds=0.2)
        with pytest.raises(OutageError, match="HTTP 500"):
            calls.send("POST", "/x")
        with pytest.raises(OutageError, match="nothing is sent"):
            calls.send("POST", "/x")
        assert len(server.requests) == 6
        time.sleep(0.3)
        with pytest.raises(OutageError, match="HTTP 500"):  # one try, without retries
            calls.send("POST", "/x")
        assert len(server.requests) == 7
        time.sleep(0.3)
        assert calls.send("POST", "/x").status_code == 200
        assert not calls._writes.open


def test_being_rate_limited_is_no_failure_of_the_service():
    with serving(problem(429)) as server:
        calls = connection(server)
        for _ in range(3):
            with pytest.raises(ApiError, match="429"):
                calls.send("POST", "/x")
    assert len(server.requests) == 18


def test_reads_go_on_while_writes_are_closed():
    closed = choose(
        lambda request: (
            problem(503, Retry_After="7200") if request.method == "POST" else answer(200)
        )
    )
    with serving(closed) as server:
        calls = connection(server)
        for _ in range(6):
            with pytest.raises(OutageError):
                calls.send("POST", "/x")
        assert calls.send("GET", "/x").status_code == 200


def test_what_must_not_be_repeated_is_repeated_only_if_it_did_not_begin():
    with serving(problem(429), problem(503), answer(200)) as server:
        assert connection(server).send("POST", "/x", repeatable=False).status_code == 200
    for reply in (hang_up(), problem(500), problem(504)):
        with serving(reply, answer(200)) as server, pytest.raises(OutageError):
            connection(server).send("POST", "/x", repeatable=False)
        assert len(server.requests) == 1


def test_threads_do_not_wait_for_each_other():
    gate = Event()
    slow = choose(lambda r: gated(gate, answer(200)) if r.path == "/slow" else answer(200))
    with serving(slow) as server:
        calls = connection(server, timeout=30.0)
        waiting = Thread(target=calls.send, args=("GET", "/slow"))
        waiting.start()
        try:
            assert calls.send("GET", "/fast").status_code == 200
            assert waiting.is_alive()
        finally:
            gate.set()
            waiting.join()


def test_speaks_mutual_tls_with_its_own_authority(tmp_path):
    context, _ = server_context(tmp_path, "localhost")
    pem = str(tmp_path / "receiver.pem")
    context.load_verify_locations(pem)
    context.verify_mode = ssl.CERT_REQUIRED
    with ScriptedReceiver([answer(200)], tls=context) as server:
        url = f"https://localhost:{server.port}"

        def send(**options):
            Connection(url, Credentials("t", **options), 5.0, Backoff(()), Naps()).send("GET", "/x")

        send(certificate=(pem, pem), ca_bundle=pem)
        for incomplete in ({"ca_bundle": pem}, {"certificate": (pem, pem)}):
            with pytest.raises(OutageError):
                send(**incomplete)
    assert len(server.requests) == 1
