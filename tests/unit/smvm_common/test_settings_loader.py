"""Settings from the guide's YAML and the environment; errors that name each key and no value."""

from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.errors import ConfigurationError
from smvm_common.settings import CallbackSettings, Settings, TenantSettings
from smvm_common.settings_loader import dump_settings, load_settings

GUIDE = """
integration:
  tractionbuild:
    base_url: "https://api.tractionbuild.company.com"
    timeout_seconds: 30
    retry_attempts: 3
    rate_limit_rpm: 100

  smvm:
    base_url: "https://api.smvm.company.com"
    api_version: "v1"
    service_account_token: "${SMVM_SERVICE_TOKEN}"
"""
SECRETS = {"SMVM_CALLBACK_API_KEY": "k", "SMVM_WEBHOOK_SECRET": "whsec_c2VjcmV0"}
COMPLETE = Path(__file__).parents[3] / "deploy" / "smvm.yaml"


@pytest.fixture
def load(tmp_path):
    def read(text: str, **environ: str) -> Settings:
        path = tmp_path / "settings.yaml"
        path.write_text(text, encoding="utf-8")
        return load_settings(environ, path)

    return read


def test_the_guides_configuration_is_read_as_it_stands(load):
    found = load(GUIDE, SMVM_SERVICE_TOKEN="a.b.c").integration
    assert found.smvm.service_account_token == "a.b.c"
    assert found.smvm.base_url == "https://api.smvm.company.com"
    assert found.tractionbuild.timeout_seconds == 30.0
    assert found.tractionbuild.retry_attempts == 3


def test_nothing_given_is_the_defaults(load):
    assert load_settings({}) == Settings() == load("") == load("# only a comment")


def test_the_file_is_named_by_the_environment(tmp_path):
    path = tmp_path / "named.yaml"
    path.write_text("features: {mock_mode: true}")
    assert load_settings({"SMVM_CONFIG": str(path)}).features.mock_mode
    assert load_settings({"SMVM_CONFIG": ""}) == Settings()


def test_every_unset_variable_is_named_with_its_key(load):
    with pytest.raises(ConfigurationError) as raised:
        load('redis: {url: "${A}"}\ncallbacks: {allowed_hosts: [x, "${B}:1"]}')
    assert "settings.redis.url needs A" in str(raised.value)
    assert "settings.callbacks.allowed_hosts[1] needs B" in str(raised.value)


def test_references_have_defaults_stand_within_text_and_can_be_escaped(load):
    found = load(
        'redis: {url: "redis://${HOST:-localhost}:${PORT}/0"}\npseudonym_key: "$${HOST}"', PORT="7"
    )
    assert found.redis.url == "redis://localhost:7/0"
    assert found.pseudonym_key == "${HOST}"


def test_a_reference_is_read_as_what_the_setting_is(load):
    found = load(
        "limits: {status_rpm: '${N}'}\nfeatures: {mock_mode: '${T}'}\n"
        "callbacks: {allowed_hosts: '${L}', connect_timeout_seconds: '${N}'}\n"
        "pseudonym_key: '${N}'\nstore: {access_key_id: '${E:-}', path: '${P}'}",
        N="7",
        T="true",
        L="[a, 'b:1']",
        P="/data",
    )
    assert (found.limits.status_rpm, found.callbacks.connect_timeout_seconds) == (7, 7.0)
    assert found.features.mock_mode is True
    assert found.callbacks.allowed_hosts == ("a", "b:1")
    assert found.pseudonym_key == "7"
    assert found.store.access_key_id is None
    assert found.store.path == Path("/data")


def test_variables_override_the_file(load):
    found = load(
        "redis: {url: 'redis://a'}\nlimits: {status_rpm: 5}",
        SMVM__REDIS__URL="redis://b",
        SMVM__FEATURES__VALIDATION_ENABLED="false",
        SMVM__TENANTS__TRACTIONBUILD__CALLBACK_API_KEY="123",
        SMVM__TENANTS__TRACTIONBUILD__WEBHOOK_SECRET="whsec_c2VjcmV0",
        SMVM__CALLBACKS__RETRY_DELAYS_SECONDS="[0, 1.5]",
        SMVM__STORE__ENDPOINT_URL="",
        SMVM__STORE__KIND="s3",
    )
    assert found.redis.url == "redis://b"
    assert found.limits.status_rpm == 5
    assert not found.features.validation_enabled
    assert found.tenants == {"tractionbuild": TenantSettings("123", "whsec_c2VjcmV0")}
    assert found.callbacks.retry_delays_seconds == (0.0, 1.5)
    assert (found.store.endpoint_url, found.store.kind) == (None, "s3")
    assert "s3" in dump_settings(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("redis: {ulr: x}", "settings.redis has the unknown keys ulr"),
        ("nope: 1", "settings has the unknown keys nope"),
        ("1: 2", "settings has keys that are no text: 1"),
        ("redis: 5", "settings.redis must be a section, not a whole number"),
        ("redis:", "settings.redis must be a section, not nothing"),
        ("limits: {status_rpm: many}", "settings.limits.status_rpm must be a whole number"),
        ("limits: {status_rpm: 1.5}", "settings.limits.status_rpm must be a whole number"),
        ("limits: {status_rpm: true}", "must be a whole number, not true or false"),
        ("features: {mock_mode: 1}", "settings.features.mock_mode must be true or false"),
        ("pseudonym_key: 12", "settings.pseudonym_key must be text"),
        ("store: {kind: ftp}", "settings.store.kind must be one of directory, s3"),
        ("store: {path: 5}", "settings.store.path must be text"),
        ("store: {access_key_id: 5}", "settings.store.access_key_id must be text"),
        ("callbacks: {allowed_hosts: localhost}", "allowed_hosts must be a list, not text"),
        ("callbacks: {retry_delays_seconds: [a]}", "retry_delays_seconds[0] must be a number"),
        ("callbacks: {retry_delays_seconds: [-1]}", "retry_delays_seconds must not be negative"),
        ("tenants: [1]", "settings.tenants must be a section"),
        ("tenants: {a: {webhook_secret: x}}", "callback_api_key is required"),
        ("tenants: {A/..: {callback_api_key: k, webhook_secret: YQ==}}", "is no tenant's name"),
        ("tenants: {a: {callback_api_key: k, webhook_secret: no}}", "webhook_secret must be"),
        ("tenants: {a: {callback_api_key: '', webhook_secret: YQ==}}", "must not be empty"),
        ("maintenance: {start: 2am}", "settings.maintenance.start must be a time"),
        ("maintenance: {weekday: 7}", "settings.maintenance.weekday must be 0"),
        ("timeline: {gate_seconds: 0}", "settings.timeline.gate_seconds must be above 0"),
        ("timeline: {final_days: 29}", "final_days must not be before completion_days"),
        ("redis: {url: localhost}", "settings.redis.url must be a redis"),
        ("integration: {smvm: {base_url: smvm}}", "settings.integration.smvm.base_url must be"),
        ("a: [", "is not valid YAML"),
        ("- 1", "must hold a mapping, not list"),
    ],
)
def test_what_is_wrong_is_named(load, text, message):
    with pytest.raises(ConfigurationError) as raised:
        load(text)
    assert message in str(raised.value)


def test_every_wrong_key_is_named_at_once_and_no_value(load):
    with pytest.raises(ConfigurationError) as raised:
        load(
            "limits: {status_rpm: hush}\nredis: {nope: hush}\nlogging: {level: hush}\n"
            "tenants: {a: {callback_api_key: [hush], webhook_secret: hush}}"
        )
    text = str(raised.value)
    assert text.count("settings.") == 4
    assert "hush" not in text


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("SMVM__REDIS", "x", "settings.redis must be a section, not text"),
        ("SMVM__REDIS__URL__X", "x", "settings.redis.url must be text, not a section"),
        ("SMVM__REDIS__PORT", "1", "unknown keys port"),
        ("SMVM__LIMITS__STATUS_RPM", "{", "settings.limits.status_rpm cannot be read"),
        ("SMVM__LIMITS__STATUS_RPM", "", "must be a whole number, not nothing"),
        ("SMVM__CALLBACKS__ALLOWED_HOSTS", "a:1", "allowed_hosts must be a list"),
        ("SMVM__", "x", "unknown keys"),
    ],
)
def test_a_wrong_override_is_named(name, text, message):
    with pytest.raises(ConfigurationError) as raised:
        load_settings({name: text})
    assert message in str(raised.value)


def test_an_override_below_a_value_of_the_file_is_refused(load):
    with pytest.raises(ConfigurationError, match="SMVM__PSEUDONYM_KEY__X goes below"):
        load("pseudonym_key: k", SMVM__PSEUDONYM_KEY__X="1")


@pytest.mark.parametrize("body", [None, b"\xff\xfe\xff"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, body):
    path = tmp_path / "no.yaml"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(ConfigurationError, match=r"cannot read the settings file .*no\.yaml"):
        load_settings({}, path)


def test_the_complete_file_has_every_key_and_loads():
    document = yaml.safe_load(COMPLETE.read_text(encoding="utf-8"))
    assert set(_paths(document)) == set(_keys(Settings())) | {
        "tenants.tractionbuild.callback_api_key",
        "tenants.tractionbuild.webhook_secret",
    }
    found = load_settings({**SECRETS, "SMVM_PSEUDONYM_KEY": "00" * 32}, COMPLETE)
    assert found.tenants["tractionbuild"].callback_api_key == "k"
    assert found.integration.smvm.service_account_token is None
    assert found.store.access_key_id is None


def test_the_complete_file_shows_the_defaults_but_for_what_a_deployment_names():
    found = load_settings({**SECRETS, "SMVM_PSEUDONYM_KEY": "00" * 32}, COMPLETE)
    default = Settings()
    assert found.integration.tractionbuild == default.integration.tractionbuild
    for name in (
        "features",
        "redis",
        "callbacks",
        "timeline",
        "maintenance",
        "limits",
        "scheduler",
    ):
        assert getattr(found, name) == getattr(default, name)
    assert (found.sandbox, found.logging) == (default.sandbox, default.logging)


def _keys(node, prefix=""):
    for field in fields(node):
        value, path = getattr(node, field.name), f"{prefix}{field.name}"
        if is_dataclass(value):
            yield from _keys(value, f"{path}.")
        elif field.name != "tenants":
            yield path


def _paths(node, prefix=""):
    for name, value in node.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
ODD = TEXTS | st.sampled_from(["${HOME}", "$${X:-y}", "$$${A}", "null", "1", "true", "", "${", "é"])


@given(key=ODD, hosts=st.lists(ODD, max_size=3), api_key=ODD.filter(bool), token=st.none() | ODD)
def test_what_is_dumped_is_read_back(tmp_path_factory, key, hosts, api_key, token):
    base = Settings()
    smvm = replace(base.integration.smvm, service_account_token=token)
    settings = replace(
        base,
        integration=replace(base.integration, smvm=smvm),
        callbacks=CallbackSettings(allowed_hosts=tuple(hosts)),
        tenants={"a-1": TenantSettings(api_key, "whsec_YQ==")},
        pseudonym_key=key,
    )
    path = tmp_path_factory.mktemp("dump") / "settings.yaml"
    path.write_text(dump_settings(settings), encoding="utf-8")
    assert load_settings({}, path) == settings


def test_no_secret_is_in_the_repr():
    settings = replace(
        Settings(), tenants={"a": TenantSettings("hush", "hush")}, pseudonym_key="hush"
    )
    assert "hush" not in repr(settings)
    assert "hush" not in repr(TenantSettings("hush", "hush"))
