"""Runs the production stages on an idea, in memory."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smvm_workers.pipeline import STAGES
from smvm_workers.stages.base import Stage, StageInput, StageOutput

AFTER_THE_GATE = frozenset(
    ("market_simulation", "financial_projection", "technical_validation", "risk_assessment")
)
FINANCE_IDEA: dict[str, Any] = {
    "description": "AI-powered personal finance management platform",
    "domain": "finance",
    "urgency": "high",
    "metadata": {"target_customers": "millennials", "competitive_advantage": "AI-driven insights"},
}
PERPETUAL_MOTION: dict[str, Any] = {
    "description": "A perpetual motion machine that powers homes with free energy for ever",
    "domain": "energy",
    "urgency": "high",
    "metadata": {},
}


class Analysis:
    """What the stages wrote for one idea: ``documents`` by name, ``outputs`` by stage."""

    def __init__(
        self,
        idea: Mapping[str, Any],
        *,
        seed: int = 7,
        observations: tuple[Mapping[str, Any], ...] = (),
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        self.seed = seed
        self.observations = observations
        self.documents: dict[str, Any] = {"idea.input.json": {"idea": dict(idea)}}
        self.outputs: dict[str, StageOutput] = {}
        for stage in STAGES:
            rejected = self.documents.get("gate.output.json", {}).get("gate_decision") == "reject"
            if stage.name in left_out or (rejected and stage.name in AFTER_THE_GATE):
                continue
            self._do(stage)

    def input_of(self, stage: Stage) -> StageInput:
        return StageInput(
            run_id="RUN-20241201-143052-a1b2c3d4",
            validation_id="VAL-20241201-143052-a1b2c3d4-001",
            project_id="PROJ-2024-001",
            seed=self.seed,
            round=1,
            created_at=datetime(2024, 12, 1, 14, 30, 52, tzinfo=UTC),
            documents={n: self.documents[n] for n in stage.reads if n in self.documents},
            observations=self.observations,
        )

    def _do(self, stage: Stage) -> None:
        output = stage.run(self.input_of(stage))
        assert set(output.documents) == set(stage.writes)
        self.outputs[stage.name] = output
        for name, body in output.documents.items():
            # what a later stage reads has been through JSON
            stored = (
                body if isinstance(body, bytes) else json.loads(json.dumps(body, allow_nan=False))
            )
            self.documents[name] = stored
