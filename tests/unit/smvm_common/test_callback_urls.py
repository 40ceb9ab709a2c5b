import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.callback_urls import CallbackUrlPolicy, is_public
from smvm_common.errors import InvalidInputError

STRICT = CallbackUrlPolicy()
SANDBOX = CallbackUrlPolicy(["localhost", "127.0.0.1:9000", "[::1]:9000", "Dev.Internal"])

PRIVATE_V4 = [
    "0.0.0.0",  # noqa: S104 (an address to refuse, not one to listen on)
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize(
    "url",
    [
        "https://tractionbuild.company.com/api/v1/smvm/callback",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]/hook",
        "https://receiver.example:8443/hook",
    ],
)
def test_public_https_is_accepted(url):
    assert STRICT.problems(url) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/hook",
        "ftp://receiver.example/hook",
        "https://receiver.example:22/hook",
        "https://localhost/hook",
        "https://intranet/hook",
        "https://db.internal/hook",
        "https://printer.local/hook",
        "https://2130706433/hook",
        "https://0x7f000001/hook",
        "https://127.1/hook",
        "https://127.0.0.1/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://user:secret@receiver.example/hook",
        "https://receiver.example/hook?next=1",
        "https://receiver.example/hook#part",
        "https://receiver.example\\@127.0.0.1/hook",
        "https://receiver.example/a b",
        "https://receiver.example/\r\nX: y",
        "https://réceiver.example/hook",
        "https:///hook",
        "https://[::1/hook",
        "https://receiver.example:99999/hook",
        "https://receiver.example/" + "x" * 2048,
        "",
    ],
)
def test_anything_else_is_named_a_problem(url):
    assert STRICT.problems(url)


def test_an_allowed_host_may_be_plain_and_private_but_carry_no_credentials():
    assert SANDBOX.problems("http://localhost:1234/hook") == []
    assert SANDBOX.problems("http://127.0.0.1:9000/hook") == []
    assert SANDBOX.problems("http://dev.internal/hook") == []
    assert SANDBOX.problems("http://127.0.0.1:9001/hook")
    assert SANDBOX.problems("http://u:p@localhost/hook")
    assert SANDBOX.problems("gopher://localhost/hook")


@pytest.mark.parametrize("address", PRIVATE_V4)
def test_no_private_address_passes_however_it_is_wrapped(address):
    packed = int(ipaddress.IPv4Address(address))
    wrapped = [
        ipaddress.IPv4Address(address),
        ipaddress.IPv6Address(f"::ffff:{address}"),
        ipaddress.IPv6Address(f"64:ff9b::{address}"),
        ipaddress.IPv6Address((0x2002 << 112) | (packed << 80)),
        ipaddress.IPv6Address(packed),
    ]
    assert not any(is_public(one) for one in wrapped)


@pytest.mark.parametrize(
    "address", ["::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001::1"]
)
def test_no_private_ipv6_address_passes(address):
    assert not is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_what_passes_is_global_to_the_standard_library_too(address):
    assert is_public(address) <= address.is_global


def test_an_address_is_checked_unless_the_host_is_allowed():
    SANDBOX.check_address("http://localhost:1/hook", "127.0.0.1")
    STRICT.check_address("https://receiver.example/hook", "8.8.8.8")
    for address in ("127.0.0.1", "fe80::1%eth0"):
        with pytest.raises(InvalidInputError):
            STRICT.check_address("https://receiver.example/hook", address)
