"""Makes the providers that the settings name."""

import re
from urllib.parse import SplitResult, urlsplit

from smvm_common.clock import Clock
from smvm_common.errors import ConfigurationError
from smvm_common.settings import LanguageModelSettings, ProvidersSettings
from smvm_common.store.base import ObjectStore
from smvm_workers.providers.base import Providers
from smvm_workers.providers.budget import TokenBudget
from smvm_workers.providers.budget_alerts import BudgetAlerts
from smvm_workers.providers.cache import AnswerCache
from smvm_workers.providers.chat import ChatEndpoint
from smvm_workers.providers.companies import read_companies
from smvm_workers.providers.consultant import Consultant
from smvm_workers.providers.offline import OfflineProvider
from smvm_workers.providers.openai_compatible import LanguageModelProviders
from smvm_workers.providers.outcomes import OutcomeBook

_KEY = re.compile(r"[\x21-\x7e]*")
"""What a header can carry, without blanks."""


def build_providers(settings: ProvidersSettings, store: ObjectStore, clock: Clock) -> Providers:
    """The providers; nothing connects. ``ConfigurationError`` for what cannot be used."""
    offline = check_providers(settings)
    if settings.kind == "offline":
        return offline
    model = settings.openai_compatible
    budget = build_budget(settings, store, clock)
    return LanguageModelProviders(
        offline=offline,
        consultant=Consultant(ChatEndpoint(model), budget),
        cache=AnswerCache(store, clock, model.cache_days),
        outcomes=OutcomeBook(store),
        budget_alerts=BudgetAlerts(store, budget),
    )


def check_providers(settings: ProvidersSettings) -> OfflineProvider:
    """``ConfigurationError`` for companies that name no source and an endpoint that cannot be used;
    else the offline provider."""
    if settings.kind == "openai_compatible":
        _check_endpoint(settings.openai_compatible)
    return OfflineProvider(read_companies(settings.companies_csv))


def build_budget(settings: ProvidersSettings, store: ObjectStore, clock: Clock) -> TokenBudget:
    """The budget that the settings grant."""
    model = settings.openai_compatible
    return TokenBudget(store, clock, model.tokens_per_run, model.tokens_per_month)


def _check_endpoint(settings: LanguageModelSettings) -> None:
    """``ConfigurationError`` for an address, a model or bounds that cannot be used; no message holds
    the key."""
    parts = _parts(settings.base_url)
    plain = not (parts.query or parts.fragment or parts.username)
    bounds = {
        "timeout_seconds": settings.timeout_seconds > 0,
        "max_answer_tokens": settings.max_answer_tokens > 0,
        "tokens_per_run": settings.tokens_per_run >= 0,
        "tokens_per_month": settings.tokens_per_month >= 0,
        "cache_days": settings.cache_days > 0,
        "base_url": parts.scheme in ("http", "https") and bool(parts.hostname) and plain,
        "model": bool(settings.model.strip()),
        "api_key": _KEY.fullmatch(settings.api_key or "") is not None,
    }
    for name, usable in bounds.items():
        if not usable:
            raise ConfigurationError(f"settings.providers.openai_compatible.{name} cannot be used")


def _parts(url: str) -> SplitResult:
    """The parts of an address; those of an empty one where it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts
