"""The operator's thresholds reach the stages, and wrong ones stop the process at its start."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from smvm_common.errors import ConfigurationError
from smvm_common.settings import DecisionSettings, Settings
from smvm_common.settings_loader import load_settings
from smvm_workers.engine.gate import GateCriteria
from smvm_workers.engine.utility import DecisionRule
from smvm_workers.pipeline import BY_NAME
from smvm_workers.rules import rules_of
from smvm_workers.stages.base import Rules, StageInput

EXAMPLE = Path(__file__).parents[3] / "deploy" / "smvm.yaml"


def test_the_settings_defaults_are_the_engines() -> None:
    assert rules_of(DecisionSettings()) == Rules()
    assert rules_of(DecisionSettings()) == Rules(GateCriteria(), DecisionRule())


def test_the_example_file_lists_every_threshold_with_its_default() -> None:
    document = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["decision"]
    assert document == asdict(Settings().decision)


def test_the_environment_overrides_a_threshold() -> None:
    settings = load_settings({"SMVM__DECISION__GATE__MINIMUM_TAM": "5000000000000"})
    assert rules_of(settings.decision).gate.minimum_tam == 5e12


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATE__PROCEED_PROBABILITY", "0.1"),
        ("GATE__MINIMUM_TAM", "-1"),
        ("FINAL__GO_UTILITY", "1.5"),
        ("FINAL__NO_GO_UTILITY", "0.7"),
        ("FINAL__BEARABLE_LOSS", "0"),
        ("FINAL__DOWNSIDE_WEIGHT", "-0.1"),
        ("FINAL__GO_UTILTY", "0.5"),
    ],
)
def test_wrong_thresholds_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match="decision"):
        load_settings({f"SMVM__DECISION__{name}": value})


def test_a_stage_judges_by_the_rules_it_is_given() -> None:
    decisions = [_gate(rules) for rules in (Rules(), Rules(gate=GateCriteria(minimum_tam=1e15)))]
    assert decisions[0] != "reject"
    assert decisions[1] == "reject"


def _gate(rules: Rules) -> str:
    idea: dict[str, Any] = {
        "description": "Invoicing software for freelancers",
        "domain": "finance",
        "urgency": "low",
        "metadata": {},
    }
    documents: dict[str, Any] = {"idea.input.json": {"idea": idea}}
    for name in ("persona_synthesis", "competitor_analysis", "market_analysis", "gate"):
        stage = BY_NAME[name]
        given = StageInput(
            run_id="RUN-20241201-143052-a1b2c3d4",
            validation_id="VAL-20241201-143052-a1b2c3d4-001",
            project_id="PROJ-2024-001",
            seed=3,
            round=1,
            created_at=datetime(2024, 12, 1, tzinfo=UTC),
            documents={n: documents[n] for n in stage.reads if n in documents},
            rules=rules,
        )
        documents.update(stage.run(given).documents)
    return str(documents["gate.output.json"]["gate_decision"])
