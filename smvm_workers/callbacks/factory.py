"""Composes the callback side of a worker."""

from redis import Redis

from smvm_common.callback_urls import CallbackUrlPolicy
from smvm_common.clock import Clock
from smvm_common.dead_letters import DeadLetterBox
from smvm_common.outbox import Outbox
from smvm_common.run.repository import RunRepository
from smvm_common.settings import Settings
from smvm_common.tasks import TaskSender
from smvm_workers.callbacks.breakers import BreakerBoard
from smvm_workers.callbacks.delivery import Delivery
from smvm_workers.callbacks.dispatcher import CallbackDispatcher
from smvm_workers.callbacks.lease import DispatchLease
from smvm_workers.callbacks.policy import DeliveryPolicy
from smvm_workers.callbacks.replayer import Replayer
from smvm_workers.callbacks.slots import DestinationSlots
from smvm_workers.callbacks.transport import CallbackTransport

_LEASE_SLACK = 10.0
"""Seconds a lease outlives the longest attempt, for the store operations around it."""


def build_callbacks(
    settings: Settings,
    repository: RunRepository,
    dead_letters: DeadLetterBox,
    redis: Redis,
    sender: TaskSender,
    clock: Clock,
) -> tuple[CallbackDispatcher, Replayer]:
    """The dispatcher and the replayer, sharing breakers and transport."""
    callbacks, receiver = settings.callbacks, settings.integration.tractionbuild
    lease_seconds = receiver.timeout_seconds + callbacks.connect_timeout_seconds + _LEASE_SLACK
    transport = CallbackTransport(
        CallbackUrlPolicy(callbacks.allowed_hosts),
        callbacks.connect_timeout_seconds,
        receiver.timeout_seconds,
    )
    breakers = BreakerBoard(
        redis, callbacks.breaker_failures, callbacks.breaker_reset_seconds, lease_seconds
    )
    slots = DestinationSlots(redis, callbacks.concurrency_per_destination, lease_seconds)
    delivery = Delivery(settings, transport, breakers, slots, clock)
    dispatcher = CallbackDispatcher(
        repository,
        Outbox(repository.store, enabled=settings.features.async_callbacks),
        dead_letters,
        delivery,
        DeliveryPolicy(callbacks.retry_delays_seconds[: receiver.retry_attempts]),
        DispatchLease(redis, lease_seconds),
        sender,
        clock,
    )
    return dispatcher, Replayer(dead_letters, delivery, redis, lease_seconds, clock)
