"""The provider of a language model, on a store in memory and a server of the test's choice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from smvm_common.clock import ManualClock
from smvm_common.settings import LanguageModelSettings, ProvidersSettings
from smvm_common.store.base import ObjectStore
from smvm_common.store.memory import MemoryStore
from smvm_workers.providers.factory import build_providers
from smvm_workers.providers.openai_compatible import LanguageModelProviders

UNREACHABLE_REDIS = Redis.from_url("redis://127.0.0.1:1/0")
"""Each process then counts the failures of an endpoint for itself."""
API_KEY = "sk-test-0123456789abcdef"
NOW = datetime(2026, 3, 2, 14, 30, 52, tzinfo=UTC)
STAGE_TIME = timedelta(seconds=30)


def model_settings(base_url: str, **changes: Any) -> LanguageModelSettings:
    settings = LanguageModelSettings(base_url=base_url, model="test-model", api_key=API_KEY)
    return replace(settings, **changes)


def providers(
    base_url: str,
    store: ObjectStore | None = None,
    clock: ManualClock | None = None,
    **changes: Any,
) -> LanguageModelProviders:
    """As the factory makes them, without the pause between attempts."""
    settings = ProvidersSettings(
        kind="openai_compatible", openai_compatible=model_settings(base_url, **changes)
    )
    built = build_providers(
        settings, store or MemoryStore(), clock or ManualClock(NOW), UNREACHABLE_REDIS
    )
    assert isinstance(built, LanguageModelProviders)
    return replace(built, consultant=replace(built.consultant, sleep=lambda _: None))
