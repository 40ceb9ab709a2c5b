"""The servers that come with the installation, started for real."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import redis

from smvm_common.embedded import redis as embedded_redis
from smvm_common.embedded.ports import accepts, free_port, free_ports
from smvm_common.embedded.process import ServerProcess
from smvm_common.embedded.redis import find_redis_server
from smvm_common.embedded.s3 import find_weed
from smvm_common.errors import ConfigurationError, UnavailableError
from smvm_common.store.factory import build_store
from support.servers import redis_server, weed_server


def _wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_durable_redis_keeps_its_data_over_kill_and_another_does_not():
    for durable in (True, False):
        with redis_server(durable=durable) as server, redis.Redis.from_url(server.url) as client:
            client.set("a", "1")
            time.sleep(1.1)  # the append-only file is flushed each second
            server.kill()
            assert not server.running
            server.start()
            assert client.get("a") == (b"1" if durable else None)


def test_servers_stand_side_by_side_and_end_with_their_block():
    with redis_server() as one, redis_server() as two:
        ports = {one.port, two.port}
        assert len(ports) == 2
        assert all(accepts(port) for port in ports)
    assert not any(accepts(port) for port in ports)


def test_an_s3_server_beside_another_keeps_its_objects_over_a_restart(s3_server):
    with weed_server() as server:
        build_store(server.settings).put("a.json", b"1")
        server.restart()
        assert build_store(server.settings).get("a.json").body == b"1"
        assert "a.json" not in list(build_store(s3_server.settings).list("", limit=1))


def test_starting_twice_leaves_the_first_one_running(redis_server):
    first = redis_server.pid
    assert redis_server.start().pid == first


def test_a_paused_server_hangs_and_goes_on(redis_server):
    client = redis.Redis.from_url(redis_server.url, socket_timeout=0.2, retry=None)
    client.ping()
    redis_server.pause()
    with pytest.raises(redis.TimeoutError):
        client.ping()
    redis_server.unpause()
    assert client.ping()
    client.close()


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path):
    command = [sys.executable, "-c", "print('no such option'); raise SystemExit(1)"]
    server = ServerProcess(command, lambda: False, tmp_path / "log")
    with pytest.raises(UnavailableError, match="no such option"):
        server.start()
    assert not server.running


def test_a_server_ends_when_its_parent_is_killed(tmp_path):
    port = free_port()
    script = f"""
        import time
        from pathlib import Path
        from smvm_common.embedded.redis import EmbeddedRedis
        server = EmbeddedRedis(Path({str(tmp_path)!r}), {port}).start()
        print(server.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE
    )
    with parent:
        assert int(parent.stdout.readline()) > 0
        assert accepts(port)
        os.kill(parent.pid, signal.SIGKILL)
    _wait_until(lambda: not accepts(port))


def test_the_redis_on_path_comes_first_then_redislites(monkeypatch, tmp_path):
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (find_redis_server().path, find_redis_server().origin) == (own, "PATH")
    own.unlink()
    monkeypatch.setattr(embedded_redis.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="install Redis"):
        find_redis_server()


def test_the_binaries_are_there():
    assert find_weed().is_file()
    assert find_redis_server().path.is_file()


def test_free_ports_differ_and_are_below_those_of_outgoing_connections():
    ports = free_ports(20)
    assert len(set(ports)) == 20
    lowest_outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]
    assert max(ports) + 10_000 < int(lowest_outgoing)
