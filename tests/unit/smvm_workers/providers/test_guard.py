import pytest
from redis import Redis

from smvm_workers.callbacks.breakers import BreakerBoard
from smvm_workers.providers.chat import ChatEndpoint
from smvm_workers.providers.errors import EndpointFailedError, MalformedError, PausedError
from smvm_workers.providers.guard import GuardedEndpoint
from support.chat_server import ChatServer, completion
from support.providers import UNREACHABLE_REDIS, model_settings
from support.receivers import status


def guarded(server, redis=UNREACHABLE_REDIS, rest=30.0):
    endpoint = ChatEndpoint(model_settings(server.base_url))
    return GuardedEndpoint(endpoint, BreakerBoard(redis, 3, rest, 5.0))


def fail(of, error, times):
    for _ in range(times):
        with pytest.raises(error):
            of.send(b"{}", 5.0)


def test_after_failures_in_a_row_it_is_left_alone():
    with ChatServer([status(500)]) as server:
        endpoint = guarded(server)
        fail(endpoint, EndpointFailedError, 3)
        fail(endpoint, PausedError, 2)
    assert len(server.requests) == 3


def test_after_its_rest_one_success_lets_all_through():
    script = [status(500)] * 3 + [completion("{}")]
    with ChatServer(script) as server:
        endpoint = guarded(server, rest=0.0)
        fail(endpoint, EndpointFailedError, 3)
        assert [endpoint.send(b"{}", 5.0).text for _ in range(2)] == ["{}", "{}"]


def test_an_odd_answer_says_that_it_is_there():
    with ChatServer([status(200, body=b"odd")]) as server:
        fail(guarded(server), MalformedError, 5)
    assert len(server.requests) == 5


def test_workers_share_what_they_found(redis_url):
    with ChatServer([status(500)]) as server:
        fail(guarded(server, Redis.from_url(redis_url)), EndpointFailedError, 3)
        fail(guarded(server, Redis.from_url(redis_url)), PausedError, 1)
    assert len(server.requests) == 3
