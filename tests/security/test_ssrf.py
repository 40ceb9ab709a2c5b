"""A corpus of hostile callback URLs: refused at the door, and not one connection to a forbidden
address where one slips past it.

Every connection that the interpreter begins is seen, and stopped, by an audit hook (PEP 578): the
tests send nothing to anybody's network.
"""

import ipaddress
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from smvm_common.callback_urls import CallbackUrlPolicy, is_public
from smvm_workers.callbacks.transport import CallbackTransport, public_trust
from support.api import make_api

HOSTILE = (
    # loopback in every spelling that some resolver or parser takes
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://foo.localhost/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://0.0.0.0/",
    "https://0/",
    "https://[::]/",
    # private, shared and link-local networks
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://169.254.0.1/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd12:3456:789a::1]/",
    "https://[fec0::1]/",
    # metadata services
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://192.0.0.192/opc/v2/instance/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    # IPv4 inside IPv6
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://[2001:0:7f00:1::]/",
    # reserved, multicast, broadcast, documentation
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://198.18.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[3fff::1]/",
    "https://[5f00::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    # what one parser takes for the host and another does not
    "https://user@receiver.example/",
    "https://user:secret@127.0.0.1/",
    "https://receiver.example@127.0.0.1/",
    "https://127.0.0.1#@receiver.example/",
    "https://127.0.0.1?@receiver.example/",
    "https://receiver.example\\@127.0.0.1/",
    "https://receiver.example%00.127.0.0.1/",
    "https://receiver.example\t/",
    "https://receiver.example\r\nHost: internal/",
    "https://①②⑦.⓪.⓪.①/",
    "https://receiver。example/",
    # other services and schemes
    "https://receiver.example:22/",
    "https://receiver.example:6379/",
    "https://receiver.example:0/",
    "https://receiver.example:65536/",
    "https://receiver.example:-443/",
    "http://receiver.example/",
    "ftp://receiver.example/",
    "gopher://receiver.example/",
    "file:///etc/passwd",
    "unix:///var/run/docker.sock",
    "dict://receiver.example:11211/",
    "//receiver.example/",
    "receiver.example",
    "javascript:alert(1)",
    "https:receiver.example",
    "https://",
    "https://.",
    "https://-/",
    "https://intranet/",
    "https://printer.local/",
    "https://db.internal/",
    "https://router.lan/",
    "https://1.0.0.127.in-addr.arpa/",
)

FORBIDDEN = (
    "127.0.0.1",
    "10.0.0.7",
    "192.168.1.1",
    "169.254.169.254",
    "::1",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "0.0.0.0",  # noqa: S104 (an address to refuse, not one to listen on)
)

TRUST = public_trust()
"""Loaded once: it takes longer than a test."""

_ATTEMPTS: list[str] | None = None


class _StoppedError(OSError):
    """The connection was seen, and did not happen."""


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and _ATTEMPTS is not None:
        address = arguments[1]
        _ATTEMPTS.append(str(address[0] if isinstance(address, tuple) else address))
        raise _StoppedError


sys.addaudithook(_watch)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Yield the addresses to which connections were begun; none of them is made."""
    global _ATTEMPTS
    _ATTEMPTS = seen = []
    try:
        yield seen
    finally:
        _ATTEMPTS = None


def transport(*answers: Sequence[str]) -> CallbackTransport:
    """A sender whose resolver gives each answer once, and the last for ever: DNS that changes."""
    pending = list(answers)

    def resolve(host: str, port: int) -> list[str]:
        return list(pending.pop(0) if len(pending) > 1 else pending[0])

    return CallbackTransport(CallbackUrlPolicy(), 0.3, 0.5, resolve=resolve, trust=TRUST)


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_refused_before_anything_is_looked_up(url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    sender = CallbackTransport(CallbackUrlPolicy(), 0.3, 0.5, resolve=resolve, trust=TRUST)
    with watched() as seen:
        answer = sender.post(url, b"{}", {})
    assert not answer.delivered
    assert seen == []


def test_no_hostile_url_is_accepted_with_a_run(tmp_path) -> None:
    api = make_api(tmp_path)
    for url in HOSTILE:
        answer = api.submit(callback_url=url)
        assert answer.status_code == 400, url
        assert "$.callback_url" in answer.get_json()["errors"], url
    assert list(api.store.list("")) == []


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_public_name_for_a_forbidden_address_is_not_connected_to(address: str) -> None:
    with watched() as seen:
        answer = transport([address]).post("https://receiver.example/hook", b"{}", {})
    assert "not public" in answer.reason
    assert seen == []


@pytest.mark.parametrize("address", FORBIDDEN)
def test_one_forbidden_address_among_public_ones_spoils_all(address: str) -> None:
    with watched() as seen:
        answer = transport(["8.8.8.8", address]).post("https://receiver.example/hook", b"{}", {})
    assert not answer.delivered
    assert seen == []


def test_dns_that_changes_its_answer_is_asked_once_and_the_checked_address_is_used() -> None:
    sender = transport(["8.8.8.8"], ["127.0.0.1"])
    with watched() as seen:
        sender.post("https://receiver.example/hook", b"{}", {})
        answer = sender.post("https://receiver.example/hook", b"{}", {})
    assert seen == ["8.8.8.8"]
    assert all(is_public(ipaddress.ip_address(address)) for address in seen)
    assert "not public" in answer.reason
