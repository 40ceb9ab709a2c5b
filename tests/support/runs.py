"""Run records in given states, made with the real transitions."""

from datetime import UTC, datetime, timedelta

from smvm_common.identifiers import RunKey
from smvm_common.run import transitions
from smvm_common.run.progress import next_stage
from smvm_common.run.record import Milestone, Run, RunStatus, StageState, Timeline
from smvm_common.run.stages import STAGE_NAMES

T0 = datetime(2026, 3, 2, 14, 30, 52, tzinfo=UTC)
KEY = RunKey(
    "tractionbuild",
    "PROJ-2024-001",
    "RUN-20260302-143052-a1b2c3d4",
    "VAL-20260302-143052-a1b2c3d4-001",
)


def new_run(
    accepted_at: datetime = T0,
    key: RunKey = KEY,
    callback_url: str = "https://receiver.example/hook",
) -> Run:
    """A run that was just accepted."""
    return Run(
        key=key,
        correlation_id="CORR-1",
        request_digest="d" * 64,
        callback_url=callback_url,
        status=RunStatus.ACCEPTED,
        t0={"schema_compliance": "passed"},
        timeline=Timeline(
            accepted=Milestone(accepted_at, accepted_at),
            gate=Milestone(accepted_at + timedelta(seconds=180)),
            completion=Milestone(accepted_at + timedelta(days=30)),
            final=Milestone(accepted_at + timedelta(days=32)),
        ),
        updated_at=accepted_at,
        round_started_at=accepted_at,
        stages={name: StageState() for name in STAGE_NAMES},
    )


def proceed() -> dict[str, object]:
    return {
        "gate_decision": "proceed",
        "confidence_score": 0.8,
        "key_factors": [],
        "next_steps": [],
    }


def reject() -> dict[str, object]:
    return {**proceed(), "gate_decision": "reject"}


def complete_through(run: Run, last: str, gate: dict[str, object]) -> Run:
    """Complete the stages still to do, up to and with ``last``."""
    now = run.updated_at + timedelta(seconds=1)
    while (stage := next_stage(run)) is not None:
        recommendation = "no_go" if gate["gate_decision"] == "reject" else "go"
        decision = {"recommendation": recommendation, "confidence_score": 0.7}
        summary = {"gate": gate, "decision": decision}.get(stage, {})
        run = transitions.complete_stage(run, now, stage, {}, summary)
        if stage == last:
            break
    return run
