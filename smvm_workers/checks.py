"""What the workers look at for ``smvm doctor`` and ``smvm config check``."""

from collections.abc import Iterator

from smvm_common.command.checks import Check
from smvm_common.errors import ConfigurationError
from smvm_common.settings import LanguageModelSettings, Settings
from smvm_workers.providers.chat import ChatEndpoint
from smvm_workers.providers.errors import NoAnswerError
from smvm_workers.providers.factory import check_providers

_PATIENCE = 3.0
"""Seconds; an endpoint that cannot list its models in that time is slow for runs, too."""
_OFFLINE = "runs go on without it, marked as degraded"


def check_settings(settings: Settings) -> None:
    """``ConfigurationError`` for providers that no worker would start with."""
    check_providers(settings.providers)


def checks(settings: Settings) -> Iterator[Check]:
    """The operator's companies and the language model."""
    try:
        companies = check_providers(settings.providers).companies
    except ConfigurationError as error:
        yield Check("providers", "fail", error.detail, "no worker starts until this is mended")
        return
    yield Check("own competitors", "ok", f"{len(companies)} companies")
    if settings.providers.kind == "offline":
        yield Check("language model", "ok", "none: the offline provider")
    else:
        yield _language_model(settings.providers.openai_compatible)


def _language_model(model: LanguageModelSettings) -> Check:
    """Whether the endpoint lists its models to this key, which costs no tokens."""
    name, address = "language model", model.base_url
    try:
        status = ChatEndpoint(model).list_models(_PATIENCE)
    except NoAnswerError as error:
        return Check(name, "warn", f"{address}: {error}", _OFFLINE)
    if status in (401, 403):
        advice = "check providers.openai_compatible.api_key"
        return Check(name, "fail", f"{address}: the key is refused", advice)
    if status != 200:
        return Check(name, "warn", f"{address}/models: answers {status}", _OFFLINE)
    return Check(name, "ok", f"{model.model} at {address}")
