"""Makes the providers that the settings name."""

from redis import Redis

from smvm_common.clock import Clock
from smvm_common.settings import ProvidersSettings
from smvm_common.store.base import ObjectStore
from smvm_workers.callbacks.breakers import BreakerBoard
from smvm_workers.providers.base import Providers
from smvm_workers.providers.budget import TokenBudget
from smvm_workers.providers.budget_alerts import BudgetAlerts
from smvm_workers.providers.cache import AnswerCache
from smvm_workers.providers.chat import ChatEndpoint
from smvm_workers.providers.companies import read_companies
from smvm_workers.providers.consultant import Consultant
from smvm_workers.providers.guard import GuardedEndpoint
from smvm_workers.providers.offline import OfflineProvider
from smvm_workers.providers.openai_compatible import LanguageModelProviders
from smvm_workers.providers.outcomes import OutcomeBook

_FAILURES, _REST = 5, 30.0
"""Failures in a row after which the endpoint is left alone, as the guide asks, and for how many
seconds."""


def build_providers(
    settings: ProvidersSettings, store: ObjectStore, clock: Clock, redis: Redis
) -> Providers:
    """The providers; nothing connects. ``ConfigurationError`` for companies that name no source."""
    offline = check_providers(settings)
    if settings.kind == "offline":
        return offline
    model = settings.openai_compatible
    budget = build_budget(settings, store, clock)
    breakers = BreakerBoard(redis, _FAILURES, _REST, probe_seconds=2 * model.timeout_seconds)
    return LanguageModelProviders(
        offline=offline,
        consultant=Consultant(GuardedEndpoint(ChatEndpoint(model), breakers), budget),
        cache=AnswerCache(store, clock, model.cache_days),
        outcomes=OutcomeBook(store),
        budget_alerts=BudgetAlerts(store, budget),
    )


def check_providers(settings: ProvidersSettings) -> OfflineProvider:
    """The offline provider; ``ConfigurationError`` for companies that name no source."""
    return OfflineProvider(read_companies(settings.companies_csv))


def build_budget(settings: ProvidersSettings, store: ObjectStore, clock: Clock) -> TokenBudget:
    """The budget that the settings grant."""
    model = settings.openai_compatible
    return TokenBudget(store, clock, model.tokens_per_run, model.tokens_per_month)
