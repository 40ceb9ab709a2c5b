from pathlib import Path

import pytest

from smvm_common.clock import ManualClock
from smvm_common.errors import ConfigurationError
from smvm_common.settings import ProvidersSettings
from smvm_common.settings_loader import load_settings
from smvm_common.store.memory import MemoryStore
from smvm_workers.engine.domain import Idea
from smvm_workers.providers.factory import build_providers, check_providers
from smvm_workers.providers.offline import OfflineProvider
from support.providers import API_KEY, NOW, UNREACHABLE_REDIS
from support.runs import new_run

HEADER = "name,domains,description,source,year\n"
GOOD = "Pennywise Ledgers,finance,Personal budgets for young households,company register,2025\n"


def build(settings):
    return build_providers(settings, MemoryStore(), ManualClock(NOW), UNREACHABLE_REDIS)


def companies(tmp_path: Path, *rows: str) -> ProvidersSettings:
    path = tmp_path / "companies.csv"
    path.write_text(HEADER + "".join(rows))
    return ProvidersSettings(companies_csv=path)


def test_offline_is_the_default():
    assert build(ProvidersSettings()) == OfflineProvider()


def test_the_operators_companies_compete(tmp_path):
    provider = build(companies(tmp_path, GOOD)).open(new_run(), None)
    idea = Idea("Personal budgets for young households", "finance", "high")
    found = provider.find_competitors(idea, provider.read_idea(idea))
    first = found.competitors[0]
    assert first.company_info.name == "Pennywise Ledgers"
    assert (first.sources[0].name, first.sources[0].year) == ("company register", 2025)


@pytest.mark.parametrize("source", [",2025", "company register,", " , ", "register,last year"])
def test_a_row_without_source_or_year_is_refused_by_its_line(tmp_path, source):
    unsourced = f"Larkspur,finance,Budgets,{source}\n"
    with pytest.raises(ConfigurationError, match=r"companies\.csv, line 3: no source or year"):
        check_providers(companies(tmp_path, GOOD, unsourced))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"companies_csv: cannot read .*none\.csv"):
        check_providers(ProvidersSettings(companies_csv=tmp_path / "none.csv"))


@pytest.mark.parametrize("text", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"name,domains\nx,y\n"])
def test_what_is_no_table_of_companies_is_refused(tmp_path, text):
    path = tmp_path / "companies.csv"
    path.write_bytes(text)
    if text:
        with pytest.raises(ConfigurationError, match="companies_csv"):
            check_providers(ProvidersSettings(companies_csv=path))
    else:
        assert check_providers(ProvidersSettings(companies_csv=path)) == OfflineProvider()


def test_settings_come_from_yaml_and_the_key_from_the_environment(tmp_path):
    path = tmp_path / "smvm.yaml"
    path.write_text(
        "providers:\n  kind: openai_compatible\n  companies_csv: /etc/smvm/companies.csv\n"
        "  openai_compatible:\n    base_url: https://host/v1\n    model: m\n"
        '    api_key: "${MODEL_KEY}"\n'
    )
    settings = load_settings({"MODEL_KEY": API_KEY}, path)
    assert settings.providers.openai_compatible.api_key == API_KEY
    assert settings.providers.companies_csv == Path("/etc/smvm/companies.csv")
    assert API_KEY not in repr(settings)
