"""A thread's script on a real Redis that forgets it, restarts, and goes."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import RedisError

from smvm_common.redis_client import ThreadScript, connect
from support.servers import free_port

_COUNT = "return redis.call('INCR', KEYS[1]) + ARGV[1]"


@pytest.fixture
def redis(redis_server):
    with connect(redis_server.url, patience=1.0) as client:
        yield client


def test_runs_with_keys_and_arguments(redis):
    count = ThreadScript(redis, _COUNT)
    assert [count(("a",), 10), count(("a",), 20), count(("b",), 0)] == [11, 22, 1]


def test_a_server_that_forgot_the_script_is_told_again(redis):
    count = ThreadScript(redis, _COUNT)
    assert count(("a",), 0) == 1
    redis.script_flush()
    assert count(("a",), 0) == 2


def test_a_server_that_restarted_is_connected_to_again(redis, redis_server):
    count = ThreadScript(redis, _COUNT)
    assert count(("a",), 0) == 1
    redis_server.kill()
    with pytest.raises(RedisError):
        count(("a",), 0)
    redis_server.start()
    assert count(("a",), 0) == 1


def test_threads_do_not_read_each_others_answers(redis):
    echo = ThreadScript(redis, "return ARGV[1]")

    def same(number: int) -> bool:
        return echo((), number) == str(number).encode()

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(same, range(2000)))


def test_without_a_server_it_says_so():
    with connect(f"redis://127.0.0.1:{free_port()}/0", patience=1.0) as nobody:
        count = ThreadScript(nobody, _COUNT)
        for _ in range(2):
            with pytest.raises(RedisError):
                count(("a",), 0)


def test_a_forked_process_connects_for_itself(redis):
    echo = ThreadScript(redis, "return ARGV[1]")
    assert echo((), "parent") == b"parent"
    child = multiprocessing.get_context("fork").Process(target=_repeat, args=(echo, "child"))
    child.start()
    _repeat(echo, "parent")
    child.join(30)
    assert child.exitcode == 0


def _repeat(echo: ThreadScript, word: str) -> None:
    assert all(echo((), word) == word.encode() for _ in range(500))
