"""``smvm doctor`` and ``smvm config check``, as far as they look at providers."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from smvm_common.command import main
from smvm_common.errors import ConfigurationError
from smvm_common.settings import ProvidersSettings, Settings
from smvm_common.settings_loader import CONFIG_VARIABLE, dump_settings
from smvm_workers import celery
from smvm_workers.checks import checks
from support.chat_server import ChatServer
from support.providers import API_KEY, model_settings
from support.receivers import status
from support.servers import free_port

UNSOURCED = "name,domains,description,source,year\nLarkspur,finance,Budgets,,2025\n"


def with_model(base_url, **changes):
    providers = ProvidersSettings("openai_compatible", None, model_settings(base_url, **changes))
    return replace(Settings(), providers=providers)


def found(settings):
    return {check.name: check for check in checks(settings)}


def test_offline_there_is_nothing_to_look_for():
    assert {check.result for check in checks(Settings())} == {"ok"}


@pytest.mark.parametrize(
    ("code", "result"),
    [(200, "ok"), (401, "fail"), (403, "fail"), (302, "warn"), (404, "warn"), (500, "warn")],
)
def test_the_endpoint_is_asked_for_its_models(code, result):
    with ChatServer([status(code)]) as server:
        check = found(with_model(server.base_url))["language model"]
    assert check.result == result
    assert [request.path for request in server.requests] == ["/v1/models"]
    assert server.requests[0].headers["authorization"] == f"Bearer {API_KEY}"
    assert API_KEY not in repr(check)


def test_an_endpoint_that_is_down_is_a_warning_for_runs_go_on():
    check = found(with_model(f"http://127.0.0.1:{free_port()}/v1"))["language model"]
    assert check.result == "warn"
    assert "degraded" in check.advice


@pytest.fixture
def unsourced(tmp_path):
    """A settings file that names a table with an unsourced row."""
    companies, path = tmp_path / "companies.csv", tmp_path / "settings.yaml"
    companies.write_text(UNSOURCED)
    settings = replace(Settings(), providers=ProvidersSettings(companies_csv=companies))
    path.write_text(dump_settings(settings))
    return path


@pytest.mark.parametrize("command", [["config", "check"], ["doctor"]])
def test_both_commands_name_the_line_of_an_unsourced_row(unsourced, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    answer = CliRunner().invoke(main, [*command, "--config", str(unsourced)])
    assert answer.exit_code == 1
    assert "line 2: no source or year" in " ".join(answer.output.split())


def test_no_worker_starts_with_it(unsourced, monkeypatch):
    monkeypatch.setenv(CONFIG_VARIABLE, str(unsourced))
    celery._application.cache_clear()
    with pytest.raises(ConfigurationError, match="line 2: no source or year"):
        _ = celery.app


def test_config_check_is_content_with_what_a_worker_would_start_with(tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text(dump_settings(with_model("https://host/v1")))
    answer = CliRunner().invoke(main, ["config", "check", "--config", str(path)])
    assert answer.exit_code == 0
    shown = CliRunner().invoke(main, ["config", "show", "--config", str(path)])
    assert "test-model" in shown.output
    assert API_KEY not in shown.output
