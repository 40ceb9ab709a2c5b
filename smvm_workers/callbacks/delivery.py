"""One attempt to deliver one message, through breaker and transport."""

from smvm_common.clock import Clock
from smvm_common.dead_letters import destination_of
from smvm_common.errors import ConfigurationError
from smvm_common.settings import Settings, TenantSettings
from smvm_workers.callbacks.breakers import REFUSED, BreakerBoard
from smvm_workers.callbacks.message import Message, headers_of
from smvm_workers.callbacks.metrics import ATTEMPTS, LATENCY
from smvm_workers.callbacks.policy import GONE, Answer
from smvm_workers.callbacks.slots import DestinationSlots
from smvm_workers.callbacks.transport import CallbackTransport


class Delivery:
    """Attempts; decides nothing about what follows. ``ConfigurationError`` for a tenant whose
    secrets are not in the settings: nothing is sent unsigned."""

    def __init__(
        self,
        settings: Settings,
        transport: CallbackTransport,
        breakers: BreakerBoard,
        slots: DestinationSlots,
        clock: Clock,
    ) -> None:
        self._tenants = settings.tenants
        self._transport = transport
        self._breakers = breakers
        self._slots = slots
        self._clock = clock

    def attempt(self, message: Message) -> Answer | None:
        """Send once; None where the destination holds all the workers it may."""
        destination = destination_of(message.url)
        if not self._slots.take(destination, message.webhook_id):
            return None
        try:
            answer = self._breakers.attempt(destination, lambda: self._post(message))
        finally:
            self._slots.give_back(destination, message.webhook_id)
        ATTEMPTS.labels(_outcome(answer)).inc()
        return answer

    def attempt_by_hand(self, message: Message) -> Answer:
        """Send once whatever the breaker says; success closes it."""
        answer = self._post(message)
        if answer.delivered:
            self._breakers.close(destination_of(message.url))
        ATTEMPTS.labels(_outcome(answer)).inc()
        return answer

    def _post(self, message: Message) -> Answer:
        headers = headers_of(message, self._tenant(message.key.tenant), self._clock.now())
        with LATENCY.time():
            return self._transport.post(message.url, message.body.encode(), headers)

    def _tenant(self, name: str) -> TenantSettings:
        if name not in self._tenants:
            raise ConfigurationError(f"settings.tenants has no callback secrets for {name!r}")
        return self._tenants[name]


def _outcome(answer: Answer) -> str:
    if answer.delivered:
        return "delivered"
    if answer is REFUSED:
        return "breaker_open"
    if answer.status is None:
        return "unreachable"
    return "gone" if answer.status == GONE else "refused"
