"""Where callbacks may go: https only, and no address inside anybody's network (SSRF)."""

import ipaddress
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from smvm_common.errors import InvalidInputError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MAX_LENGTH = 2048
_PORTS = frozenset({443, 8443})
"""Where receivers speak https; any other port is somebody's other service."""


class CallbackUrlPolicy:
    """``allowed_hosts`` (``host`` or ``host:port``) may be plain http, private and on any port."""

    def __init__(self, allowed_hosts: Collection[str] = ()) -> None:
        self._allowed = frozenset(host.lower() for host in allowed_hosts)

    def problems(self, url: str) -> list[str]:
        """What is wrong with the URL as text, without looking anything up; empty if nothing."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return ["is not a valid URL"]
        if len(url) > _MAX_LENGTH or not url.isascii() or any(c <= " " or c == "\\" for c in url):
            return ["is not a plain ASCII URL of at most 2048 characters"]
        if not parts.hostname:
            return ["names no host"]
        found = []
        if parts.username is not None or parts.query or parts.fragment:
            found.append("must not carry credentials, a query or a fragment")
        if not self._is_allowed(parts):
            found += self._network_problems(parts, port)
        elif parts.scheme not in ("http", "https"):
            found.append("must be an http or https URL")
        return found

    def check_address(self, url: str, address: str) -> None:
        """Refuse an address that the URL's host resolved to; ``InvalidInputError``."""
        if self._is_allowed(urlsplit(url)):
            return
        if not is_public(ipaddress.ip_address(address.split("%", 1)[0])):
            raise InvalidInputError("the callback host resolves to an address that is not public")

    def _network_problems(self, parts: SplitResult, port: int | None) -> list[str]:
        found = []
        if parts.scheme != "https":
            found.append("must be an https URL")
        if port is not None and port not in _PORTS:
            found.append("must use port 443 or 8443")
        if not _plausible_host(parts.hostname or ""):
            found.append("must name a public host")
        return found

    def _is_allowed(self, parts: SplitResult) -> bool:
        host = (parts.hostname or "").lower()
        return host in self._allowed or f"{host}:{parts.port}" in self._allowed


def _plausible_host(host: str) -> bool:
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        pass
    labels = host.rstrip(".").split(".")
    numeric = labels[-1].isdigit() or labels[-1].lower().startswith("0x")
    internal = labels[-1].lower() in ("localhost", "local", "internal", "lan", "home", "arpa")
    return len(labels) > 1 and not numeric and not internal


def is_public(address: Address) -> bool:
    """Whether an address is on the public internet, however it is wrapped."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
        if address.is_site_local:
            return False
    special = any(address in network for network in _SPECIAL)
    return address.is_global and not (
        special or address.is_multicast or address.is_reserved or address.is_unspecified
    )


_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments (RFC 6890), with one cloud's metadata service
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "64:ff9b:1::/48",  # translation inside a network (RFC 8215)
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
    )
)
"""Of IANA's special-purpose registries, what some release of Python takes for global."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
