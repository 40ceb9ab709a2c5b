from pathlib import Path

from smvm_common.command import stack
from smvm_common.command.state import StateDirectory


def test_a_stack_takes_providers_from_the_environment_and_nothing_of_another_smvm(
    tmp_path: Path, monkeypatch
):
    monkeypatch.setenv("SMVM_CONFIG", "/elsewhere/settings.yaml")
    monkeypatch.setenv("SMVM__STORE__BUCKET", "elsewhere")
    monkeypatch.setenv("SMVM__PROVIDERS__KIND", "openai_compatible")
    state = StateDirectory(tmp_path)
    environment = stack._environment(state, 1)
    assert environment["SMVM__PROVIDERS__KIND"] == "openai_compatible"
    assert environment["SMVM_CONFIG"] == str(tmp_path / "settings.yaml")
    assert "SMVM__STORE__BUCKET" not in environment
