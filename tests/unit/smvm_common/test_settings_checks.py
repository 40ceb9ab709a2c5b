from dataclasses import replace

import pytest

from smvm_common.settings import ProvidersSettings, Settings
from smvm_common.settings_checks import problems
from support.providers import API_KEY, model_settings


def found(kind="openai_compatible", **changes):
    model = model_settings(**{"base_url": "https://host/v1"} | changes)
    providers = ProvidersSettings(kind, None, model)
    return list(problems(replace(Settings(), providers=providers)))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"base_url": ""}, "base_url"),
        ({"base_url": "ftp://host/v1"}, "base_url"),
        ({"base_url": "https://"}, "base_url"),
        ({"base_url": "https://host:port/v1"}, "base_url"),
        ({"base_url": "https://user:secret@host/v1"}, "base_url"),
        ({"base_url": "https://host/v1?key=secret"}, "base_url"),
        ({"model": " "}, "model"),
        ({"timeout_seconds": 0.0}, "timeout_seconds"),
        ({"tokens_per_run": -1}, "tokens_per_run"),
        ({"tokens_per_month": -1}, "tokens_per_month"),
        ({"cache_days": 0}, "cache_days"),
        ({"api_key": API_KEY + "\nX-Other: 1"}, "api_key"),
        ({"api_key": "schlüssel"}, "api_key"),
    ],
)
def test_an_endpoint_that_cannot_be_used_is_named_without_its_secrets(changes, named):
    (problem,) = found(**changes)
    assert problem.startswith(f"settings.providers.openai_compatible.{named} must ")
    assert API_KEY not in problem
    assert "secret" not in problem


def test_an_endpoint_that_is_not_used_may_be_anything():
    assert found(kind="offline", base_url="") == []
    assert found() == []
