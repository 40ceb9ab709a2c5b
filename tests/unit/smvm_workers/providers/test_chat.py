import json

import pytest

from smvm_workers.engine.domain import Idea
from smvm_workers.providers.chat import ChatEndpoint
from smvm_workers.providers.errors import (
    BusyError,
    EndpointFailedError,
    MalformedError,
    NoAnswerError,
    RefusedError,
    TooSlowError,
    UnreachableError,
    UnsupportedError,
)
from smvm_workers.providers.questions import reading_question
from support.certificates import server_context
from support.chat_server import ChatServer, completion, sensible
from support.providers import API_KEY, model_settings
from support.receivers import drip, drip_body, flood, hang, status
from support.servers import free_port

QUESTION = reading_question(Idea("Budgets for young households", "finance", "high"))
SECONDS = 5.0
SHORT = 0.4


def ask(server: ChatServer, seconds: float = SECONDS, **changes):
    endpoint = ChatEndpoint(model_settings(server.base_url, **changes))
    return endpoint.send(endpoint.request(QUESTION, plain=False), seconds)


def test_asks_by_the_protocol_and_reads_answer_and_use():
    with ChatServer([sensible(tokens=321)]) as server:
        answered = ask(server)
    assert answered.tokens == 321
    assert json.loads(answered.text)["domain"] == "finance"
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {API_KEY}"
    (body,) = server.asked
    assert [m["role"] for m in body["messages"]] == ["system", "user"]
    form = body["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"] == QUESTION.schema
    assert body["max_tokens"] == 800


def test_the_plain_form_holds_only_what_every_server_knows():
    endpoint = ChatEndpoint(model_settings("http://127.0.0.1:1/v1"))
    body = json.loads(endpoint.request(QUESTION, plain=True))
    assert set(body) == {"model", "messages", "max_completion_tokens"}
    # what the server is not given as a form stands in words
    assert json.dumps(QUESTION.schema) in body["messages"][0]["content"]


def test_without_a_key_none_is_sent():
    with ChatServer() as server:
        ask(server, api_key=None)
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("reply", "error", "tokens"),
    [
        (status(400), UnsupportedError, 0),
        (status(401), RefusedError, 0),
        (status(404), RefusedError, 0),
        (status(302, {"Location": "http://127.0.0.1:1/"}), RefusedError, 0),
        (status(429, {"Retry-After": "3"}), BusyError, 0),
        (status(500), EndpointFailedError, 0),
        (status(504), TooSlowError, None),
        (status(200, body=b"not json"), MalformedError, None),
        (status(200, body=b"[" * 60_000), MalformedError, None),
        (status(200, body=b'{"choices": []}'), MalformedError, None),
        (completion(None, tokens=55), MalformedError, 55),
        (flood(1_000_000), MalformedError, None),
        (hang(), TooSlowError, None),
        (drip(), TooSlowError, None),
        (drip_body(), TooSlowError, None),
        (lambda conversation: conversation.write(b"SSH-2.0-x\r\n\r\n"), MalformedError, None),
    ],
)
def test_each_misbehaviour_has_its_error(reply, error, tokens):
    with ChatServer([reply]) as server, pytest.raises(error) as caught:
        ask(server, SHORT if error is TooSlowError else SECONDS)
    assert type(caught.value) is error
    assert caught.value.tokens == tokens
    assert API_KEY not in str(caught.value)


def test_busy_says_how_long():
    busy = status(429, {"Retry-After": "3"})
    with ChatServer([busy]) as server, pytest.raises(BusyError) as caught:
        ask(server)
    assert caught.value.wait == 3.0


def test_nobody_listens():
    endpoint = ChatEndpoint(model_settings(f"http://127.0.0.1:{free_port()}/v1"))
    with pytest.raises(UnreachableError) as caught:
        endpoint.send(b"{}", SECONDS)
    assert caught.value.tokens == 0


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_key_is_sent(tmp_path):
    unknown, _ = server_context(tmp_path, "127.0.0.1")
    with ChatServer(tls=unknown) as server:
        endpoint = ChatEndpoint(model_settings(f"https://127.0.0.1:{server.port}/v1"))
        with pytest.raises(UnreachableError) as caught:
            endpoint.send(b"{}", SECONDS)
    assert server.requests == []
    assert caught.value.tokens == 0


@pytest.mark.parametrize("told", [-1, 10**12, True, "600", None])
def test_a_use_that_makes_no_sense_is_not_known(told):
    body = {"choices": [{"message": {"content": "{}"}}], "usage": {"total_tokens": told}}
    with ChatServer([status(200, body=json.dumps(body).encode())]) as server:
        assert ask(server).tokens is None


def test_the_key_is_in_no_repr():
    endpoint = ChatEndpoint(model_settings("http://127.0.0.1:1/v1"))
    assert API_KEY not in repr(endpoint)
    assert API_KEY not in repr(endpoint.settings)


def test_every_error_says_a_sentence_and_has_its_reason():
    kinds = [NoAnswerError, *NoAnswerError.__subclasses__(), UnsupportedError]
    assert len({kind.reason for kind in kinds}) == len(kinds)
    assert all(str(kind()).endswith(".") for kind in kinds)
