"""What types cannot say about settings: bounds, times, URLs, names."""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from smvm_common.identifiers import TENANT
from smvm_common.settings import LanguageModelSettings, Settings

_HEADER_TEXT = re.compile(r"[\x21-\x7e]*")
"""What a header can carry, without blanks."""

_Check = tuple[str, Callable[[Any], bool], str]
"""A key's path, what must hold of its value, and how that is said."""


def _positive(value: float) -> bool:
    return value > 0


def _not_negative(value: float) -> bool:
    return value >= 0


def _is_time(text: str) -> bool:
    try:
        return time.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _is_web_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _is_broker(text: str) -> bool:
    return text.startswith(("redis://", "rediss://", "unix://"))


def _are_ordered(low: str, high: str) -> Callable[[Any], bool]:
    """Two probabilities or utilities of a section."""
    return lambda section: 0 <= getattr(section, low) < getattr(section, high) <= 1


_CHECKS: tuple[_Check, ...] = (
    ("integration.tractionbuild.base_url", _is_web_address, "must be an http or https URL"),
    ("integration.tractionbuild.timeout_seconds", _positive, "must be above 0"),
    ("integration.tractionbuild.retry_attempts", _not_negative, "must not be negative"),
    ("integration.tractionbuild.rate_limit_rpm", _positive, "must be above 0"),
    ("integration.smvm.base_url", _is_web_address, "must be an http or https URL"),
    ("redis.url", _is_broker, "must be a redis, rediss or unix URL"),
    ("redis.visibility_timeout_seconds", _positive, "must be above 0"),
    ("callbacks.connect_timeout_seconds", _positive, "must be above 0"),
    (
        "callbacks.retry_delays_seconds",
        lambda d: all(map(_not_negative, d)),
        "must not be negative",
    ),
    ("callbacks.breaker_failures", _positive, "must be above 0"),
    ("callbacks.breaker_reset_seconds", _positive, "must be above 0"),
    ("callbacks.concurrency_per_destination", _positive, "must be above 0"),
    ("timeline.gate_seconds", _positive, "must be above 0"),
    ("timeline.gate_margin_seconds", _not_negative, "must not be negative"),
    ("timeline.completion_days", _positive, "must be above 0"),
    ("timeline.final_days", _positive, "must be above 0"),
    ("decision.gate.minimum_tam", _positive, "must be above 0"),
    (
        "decision.gate",
        _are_ordered("reject_probability", "proceed_probability"),
        "must have reject_probability below proceed_probability, both in 0 to 1",
    ),
    (
        "decision.gate",
        _are_ordered("minimum_feasibility", "comfortable_feasibility"),
        "must have minimum_feasibility below comfortable_feasibility, both in 0 to 1",
    ),
    ("decision.gate.required_competitors", _positive, "must be above 0"),
    (
        "decision.final",
        _are_ordered("no_go_utility", "go_utility"),
        "must have no_go_utility below go_utility, both in 0 to 1",
    ),
    ("decision.risk_escalation", _positive, "must be above 0"),
    ("decision.final.bearable_loss", _positive, "must be above 0"),
    ("decision.final.downside_weight", _not_negative, "must not be negative"),
    ("decision.final.criteria_weight", _not_negative, "must not be negative"),
    ("maintenance.weekday", lambda day: 0 <= day <= 6, "must be 0 (Monday) to 6 (Sunday)"),
    ("maintenance.start", _is_time, 'must be a time such as "02:00", in quotes'),
    ("maintenance.end", _is_time, 'must be a time such as "04:00", in quotes'),
    ("limits.max_body_bytes", _positive, "must be above 0"),
    ("limits.max_json_depth", _positive, "must be above 0"),
    ("limits.status_rpm", _positive, "must be above 0"),
    ("limits.results_rpm", _positive, "must be above 0"),
    ("limits.complete_rpm", _positive, "must be above 0"),
    ("limits.finalize_rpm", _positive, "must be above 0"),
    ("limits.other_rpm", _positive, "must be above 0"),
    ("scheduler.milestone_tick_seconds", _positive, "must be above 0"),
    ("scheduler.reconcile_tick_seconds", _positive, "must be above 0"),
    ("scheduler.stalled_after_seconds", _positive, "must be above 0"),
    ("simulation.agents", lambda agents: 100 <= agents <= 10**7, "must be 100 to 10,000,000"),
    ("simulation.shards", _positive, "must be above 0"),
    ("simulation.threads", _positive, "must be above 0"),
)


def problems(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each setting that has the right type and a wrong value."""
    for path, holds, said in _CHECKS:
        value: Any = settings
        for name in path.split("."):
            value = getattr(value, name)
        if not holds(value):
            yield f"settings.{path} {said}"
    if settings.timeline.final_days < settings.timeline.completion_days:
        yield "settings.timeline.final_days must not be before completion_days"
    yield from _tenants(settings)
    if settings.providers.kind == "openai_compatible":
        yield from _language_model(settings.providers.openai_compatible)


def _tenants(settings: Settings) -> Iterator[str]:
    for name, tenant in settings.tenants.items():
        where = f"settings.tenants.{name}"
        if TENANT.fullmatch(name) is None:
            yield f"{where} is no tenant's name: 1 to 32 of a-z, 0-9 and '-'"
        if not tenant.callback_api_key:
            yield f"{where}.callback_api_key must not be empty"
        if not _is_webhook_secret(tenant.webhook_secret):
            yield f"{where}.webhook_secret must be whsec_ and base64, as Standard Webhooks has it"


def _is_webhook_secret(text: str) -> bool:
    try:
        return len(b64decode(text.removeprefix("whsec_"), validate=True)) > 0
    except binascii.Error:
        return False


def _language_model(model: LanguageModelSettings) -> Iterator[str]:
    """No sentence holds the address or the key, which may be secret."""
    where = "settings.providers.openai_compatible"
    if not _is_endpoint(model.base_url):
        yield f"{where}.base_url must be an http or https URL without user, query or fragment"
    if not model.model.strip():
        yield f"{where}.model must not be empty"
    if _HEADER_TEXT.fullmatch(model.api_key or "") is None:
        yield f"{where}.api_key must be ASCII without blanks"
    for name in ("timeout_seconds", "max_answer_tokens", "cache_days"):
        if getattr(model, name) <= 0:
            yield f"{where}.{name} must be above 0"
    for name in ("tokens_per_run", "tokens_per_month"):
        if getattr(model, name) < 0:
            yield f"{where}.{name} must not be negative"


def _is_endpoint(text: str) -> bool:
    try:
        parts = urlsplit(text)
        # reading the port checks it
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and _is_web_address(text) and not (parts.username or parts.query or parts.fragment)
