"""Free TCP ports on loopback."""

import random
import socket
from contextlib import suppress

_LOWEST, _HIGHEST = 10_000, 19_999
"""Below the ports that systems hand to outgoing connections, also after adding the offset."""
_OFFSET = 10_000
"""weed derives a gRPC port from each port, Redis Cluster a bus port, by adding this."""


def free_port() -> int:
    """A TCP port on loopback that, with the port 10,000 above, nothing listens on at this moment."""
    choices = random.SystemRandom()
    while True:
        port = choices.randint(_LOWEST, _HIGHEST)
        if _is_free(port) and _is_free(port + _OFFSET):
            return port


def free_ports(count: int) -> list[int]:
    """So many different free ports."""
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(free_port())
    return list(ports)


def accepts(port: int) -> bool:
    """Whether something listens on the loopback port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
        return True
    return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # as servers do: ports of connections that are just closed may be listened on again
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
