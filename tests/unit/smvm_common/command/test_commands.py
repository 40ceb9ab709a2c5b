"""Every command: its help, its answers, and its errors in a sentence with exit code 1."""

import json
from importlib import import_module
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from smvm_common.command import main
from smvm_common.embedded.process import ServerProcess
from smvm_common.errors import ConfigurationError
from support.servers import free_port

doctor_module = import_module("smvm_common.command.doctor")
SECRET = "whsec_c2VjcmV0"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty current directory and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMVM_CONFIG", raising=False)
    return tmp_path


def run(*arguments: str, **environ: str):
    return CliRunner().invoke(main, arguments, env=environ)


def failed(*arguments: str, **environ: str) -> str:
    """What a command says that ends with 1, without a traceback."""
    result = run(*arguments, **environ)
    assert result.exit_code == 1, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result.output


def commands(group: click.Group, path: tuple[str, ...] = ()):
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize(("path", "command"), list(commands(main)), ids=lambda p: str(p)[:40])
def test_every_command_and_option_has_help(path, command):
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            assert parameter.opts[-1] in result.output


def test_config_shows_what_is_in_force_and_hides_secrets(home):
    (home / "s.yaml").write_text(
        "redis: {url: 'redis://:hush@h:1'}\npseudonym_key: hush\n"
        f"tenants: {{a: {{callback_api_key: hush, webhook_secret: {SECRET}}}}}\n"
    )
    result = run("config", "show", "--config", "s.yaml", SMVM__LIMITS__STATUS_RPM="7")
    shown = yaml.safe_load(result.output)
    assert shown["limits"]["status_rpm"] == 7
    assert "hush" not in result.output
    assert SECRET not in result.output
    assert "in order (s.yaml)" in run("config", "check", "--config", "s.yaml").output


def test_config_names_what_is_wrong(home):
    (home / "s.yaml").write_text("redis: {ulr: x}")
    assert "settings.redis has the unknown keys ulr" in failed(
        "config", "check", "--config", "s.yaml"
    )
    assert "cannot read the settings file" in failed("config", "show", SMVM_CONFIG="/nowhere")


def test_a_token_is_issued_shown_and_refused(home):
    assert "smvm token init" in failed("token", "issue", "--subject", "svc")
    assert "key 0001-" in run("token", "init").output
    issued = run("token", "issue", "--subject", "svc", "--scope", "sandbox", "--expires", "30m")
    claims = json.loads(run("token", "show", issued.output.strip()).output)
    assert (claims["sub"], claims["scope"]) == ("svc", "sandbox")
    assert "not valid" in failed("token", "show", "a.b.c")
    assert "tenant" in failed("token", "issue", "--subject", "svc", "--tenant", "A/B")
    for wrong in ("0m", "5y", "-5m", ""):
        assert run("token", "issue", "--subject", "x", "--expires", wrong).exit_code == 2


def test_maintenance_is_switched_on_and_off(home, monkeypatch):
    monkeypatch.setenv("SMVM__MAINTENANCE__ENABLED", "false")
    assert run("maintenance", "status").output == "open\n"
    assert "closed until" in run("maintenance", "on", "--minutes", "90").output
    assert "closed for 90 minutes more" in run("maintenance", "status").output
    assert run("maintenance", "off").output == "open\n"
    assert run("maintenance", "status").output == "open\n"


def test_a_store_that_is_away_is_told(home):
    said = failed(
        "maintenance",
        "on",
        SMVM__STORE__KIND="s3",
        SMVM__STORE__ENDPOINT_URL=f"http://127.0.0.1:{free_port()}",
        SMVM__STORE__ACCESS_KEY_ID="a",
        SMVM__STORE__SECRET_ACCESS_KEY="b",
    )
    assert "the store does not answer" in said


def test_metrics_says_what_it_needs(home, monkeypatch):
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    assert "set PROMETHEUS_MULTIPROC_DIR" in failed("metrics")
    assert "nowhere" in failed("metrics", PROMETHEUS_MULTIPROC_DIR=str(home / "nowhere"))


def test_metrics_says_that_its_port_is_taken(home, redis_url):
    port = redis_url.rsplit(":", 1)[1].split("/")[0]
    said = failed("metrics", "--port", port, PROMETHEUS_MULTIPROC_DIR=str(home))
    assert "--port" in said


def test_up_says_that_its_port_is_taken(home, redis_url):
    port = redis_url.rsplit(":", 1)[1].split("/")[0]
    assert "choose another with --port" in failed("up", "--port", port)


def test_demo_refuses_a_bad_idea_before_it_starts_anything(home, monkeypatch):
    monkeypatch.setattr(ServerProcess, "start", lambda self: pytest.fail("started"))
    (home / "idea.yaml").write_text("domain: x")
    assert "$.idea.description" in failed("demo", "--idea", "idea.yaml")
    assert run("demo", "--idea", "nowhere.yaml").exit_code == 2


@pytest.fixture
def healthy(home, redis_url, monkeypatch):
    """An installation that has all it needs."""
    settings = {
        "redis": {"url": redis_url},
        "store": {"path": "store"},
        "auth": {"keys_directory": "keys"},
        "tenants": {"a": {"callback_api_key": "k", "webhook_secret": SECRET}},
        "pseudonym_key": "00" * 32,
    }
    (home / "s.yaml").write_text(yaml.safe_dump(settings))
    assert run("token", "init", "--config", "s.yaml").exit_code == 0
    return home


def checks(**environ: str):
    result = run("doctor", "--config", "s.yaml", **environ)
    return result.exit_code, " ".join(result.output.split())


def test_doctor_finds_a_healthy_installation_healthy(healthy):
    code, said = checks()
    assert code == 0, said
    assert "fail" not in said
    for name in ("Python", "settings", "redis-server", "weed", "Redis", "store", "signing keys"):
        assert f"│ {name}" in said


@pytest.mark.parametrize(
    ("environ", "name", "advice"),
    [
        ({"SMVM__REDIS__ULR": "x"}, "settings", "deploy/smvm.yaml"),
        ({"SMVM__AUTH__KEYS_DIRECTORY": "nowhere"}, "signing keys", "smvm token init"),
        ({"SMVM__PSEUDONYM_KEY": ""}, "secrets", "set them in the settings"),
        ({"SMVM__STORE__PATH": "/proc/nowhere"}, "store", "check store.*"),
    ],
)
def test_doctor_says_what_to_mend(healthy, environ, name, advice):
    code, said = checks(**environ)
    assert code == 1
    assert f"│ {name} │ fail" in said
    assert advice in said


def test_doctor_warns_of_what_can_wait(healthy, monkeypatch):
    def absent():
        raise ConfigurationError("no redis-server: install Redis")

    monkeypatch.setattr(doctor_module, "find_redis_server", absent)
    code, said = checks(SMVM__REDIS__URL=f"redis://127.0.0.1:{free_port()}/0")
    assert code == 0
    assert "│ Redis │ warn" in said
    assert "smvm up" in said
    assert "│ redis-server │ warn │ not found │ no redis-server: install Redis" in said


def test_doctor_sees_a_full_disk_and_a_missing_package(healthy, monkeypatch):
    monkeypatch.setattr(doctor_module, "_FREE_GIGABYTES", 1e9)
    monkeypatch.setattr(doctor_module.importlib.util, "find_spec", lambda name: None)
    code, said = checks()
    assert code == 1
    assert "│ disk │ fail" in said
    assert "pip install typst" in said


def test_doctor_sees_a_store_that_swaps_what_is_outdated(healthy, monkeypatch):
    class Careless:
        def ping(self):
            pass

        def put(self, key, body):
            return "etag"

        def replace(self, key, body, etag):
            return "etag"

        def delete(self, key):
            pass

    monkeypatch.setattr(doctor_module, "build_store", lambda settings: Careless())
    code, said = checks()
    assert code == 1
    assert "ignores If-Match" in said
