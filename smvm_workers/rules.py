"""The operator's settings as what the engine judges by."""

from dataclasses import asdict

from smvm_common.settings import DecisionSettings
from smvm_workers.engine.gate import GateCriteria
from smvm_workers.engine.utility import DecisionRule
from smvm_workers.stages.base import Rules


def rules_of(settings: DecisionSettings) -> Rules:
    """The settings and the engine's own types have the same fields."""
    return Rules(
        GateCriteria(**asdict(settings.gate)),
        DecisionRule(**asdict(settings.final)),
        settings.risk_escalation,
    )
