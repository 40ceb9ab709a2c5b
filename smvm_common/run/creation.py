"""Makes the record of a run that was just accepted."""

from datetime import datetime, timedelta
from typing import Any

from smvm_common.identifiers import RunKey
from smvm_common.run.record import Milestone, Run, RunStatus, StageState, Timeline
from smvm_common.run.stages import STAGE_NAMES
from smvm_common.run.transitions import record_event
from smvm_common.settings import TimelineSettings


def new_run(
    key: RunKey,
    now: datetime,
    timeline: TimelineSettings,
    *,
    correlation_id: str,
    request_digest: str,
    callback_url: str,
    t0: dict[str, Any],
    actor: str,
) -> Run:
    """A run accepted at ``now``; ``t0`` is the answer of the immediate checks."""
    run = Run(
        key=key,
        correlation_id=correlation_id,
        request_digest=request_digest,
        callback_url=callback_url,
        status=RunStatus.ACCEPTED,
        t0=t0,
        timeline=Timeline(
            accepted=Milestone(now, now),
            gate=Milestone(now + timedelta(seconds=timeline.gate_seconds)),
            completion=Milestone(now + timedelta(days=timeline.completion_days)),
            final=Milestone(now + timedelta(days=timeline.final_days)),
        ),
        updated_at=now,
        round_started_at=now,
        stages={name: StageState() for name in STAGE_NAMES},
    )
    return record_event(run, now, "run.accepted", actor, {"risk": t0.get("risk_assessment")})
