"""The composition root of an API process."""

from dataclasses import dataclass

from redis import Redis

from smvm_api.rate_limits import RateLimiter
from smvm_common.callback_urls import CallbackUrlPolicy
from smvm_common.celery_sender import CelerySender, create_producer
from smvm_common.clock import Clock, SystemClock
from smvm_common.dead_letters import DeadLetterBox
from smvm_common.encryption.daily_keys import DailyKeys
from smvm_common.errors import ConfigurationError
from smvm_common.handover import Handover
from smvm_common.maintenance import MaintenanceSwitch
from smvm_common.metrics import observe_change
from smvm_common.patience import Patience
from smvm_common.privacy import PrivacyDesk
from smvm_common.redis_client import connect
from smvm_common.retention.schedule import RetentionSchedule
from smvm_common.run.announcer import Announcer
from smvm_common.run.repository import RunRepository
from smvm_common.settings import Settings
from smvm_common.status_cache import StatusCache
from smvm_common.store.base import ObjectStore
from smvm_common.store.factory import build_store
from smvm_common.tasks import TaskSender
from smvm_common.tokens import RevocationList, TokenVerifier

_REDIS_SECONDS = 0.5
"""An answer must not wait for a Redis that is down."""


@dataclass(frozen=True, slots=True)
class ApiServices:
    """What the views work with."""

    settings: Settings
    clock: Clock
    store: ObjectStore
    redis: Redis
    sender: TaskSender
    verifier: TokenVerifier
    repository: RunRepository
    announcer: Announcer
    status_cache: StatusCache
    dead_letters: DeadLetterBox
    limiter: RateLimiter
    callback_urls: CallbackUrlPolicy
    maintenance: MaintenanceSwitch
    patience: Patience
    privacy: PrivacyDesk
    retention: RetentionSchedule


def build_services(settings: Settings) -> ApiServices:
    """Compose the services; nothing connects until it is used."""
    return compose(
        settings,
        clock=SystemClock(),
        store=build_store(settings.store),
        redis=connect(settings.redis.url, _REDIS_SECONDS),
        sender=CelerySender(create_producer(settings.redis)),
    )


def compose(
    settings: Settings, *, clock: Clock, store: ObjectStore, redis: Redis, sender: TaskSender
) -> ApiServices:
    """Put services together over given adapters; ``ConfigurationError`` for missing secrets."""
    if not settings.pseudonym_key:
        raise ConfigurationError("settings.pseudonym_key is not set; generate 32 random bytes")
    repository = RunRepository(store, clock)
    announcer = Announcer(sender, async_callbacks=settings.features.async_callbacks)
    cache, patience = StatusCache(redis), Patience()
    handover = Handover(redis, DailyKeys(store, clock))
    for observer in (cache.forget, handover.forget, observe_change, announcer):
        repository.subscribe(observer)
    return ApiServices(
        settings=settings,
        clock=clock,
        store=store,
        redis=redis,
        sender=sender,
        verifier=TokenVerifier(settings.auth, clock, RevocationList(store, clock, patience)),
        repository=repository,
        announcer=announcer,
        status_cache=cache,
        dead_letters=DeadLetterBox(store),
        limiter=RateLimiter(redis, clock),
        callback_urls=CallbackUrlPolicy(settings.callbacks.allowed_hosts),
        maintenance=MaintenanceSwitch(settings.maintenance, store, clock, patience),
        patience=patience,
        retention=RetentionSchedule(store),
        privacy=PrivacyDesk(repository, settings.pseudonym_key, clock),
    )
