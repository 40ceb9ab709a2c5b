"""Redis as the broker of a worker that outlives a restart of it.

Where a connection was lost, kombu still settles what came over it: it gives unacknowledged messages
back and acknowledges those whose task has ended since. On Redis both look up the lost connection and
end the worker with an AttributeError.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis


class _QoS(redis.QoS):
    """Leaves what came over a lost connection: Redis gives it out again after the visibility
    timeout, and the reconciler is sooner."""

    def restore_unacked(self, client: Any = None) -> Any:
        return None if self._lost else super().restore_unacked(client)

    def ack(self, delivery_tag: str) -> None:
        if not self._lost:
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not self._lost:
            super().reject(delivery_tag, requeue)

    @property
    def _lost(self) -> bool:
        transport = self.channel.connection
        return transport is None or transport.client is None


class _Channel(redis.Channel):
    QoS = _QoS


class Transport(redis.Transport):
    """kombu's transport but for that."""

    Channel = _Channel


def use_lasting_transport() -> None:
    """Have this process reach ``redis://`` and ``rediss://`` brokers through :class:`Transport`."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
