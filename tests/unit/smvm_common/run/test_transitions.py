from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.errors import TransitionError
from smvm_common.run import transitions
from smvm_common.run.progress import next_milestone, next_stage, progress, stage_results
from smvm_common.run.record import RunStatus, StageStatus
from smvm_common.run.serialization import from_bytes, to_bytes
from smvm_common.run.stages import RAPID_STAGES, SIMULATED_STAGES, STAGE_NAMES
from support.runs import T0, complete_through, new_run, proceed, reject

LATER = T0 + timedelta(seconds=5)


def test_a_new_run_begins_with_the_first_stage():
    run = new_run()
    assert next_stage(run) == "persona_synthesis"
    assert progress(run) == 0.0
    assert next_milestone(run) == ("completion", T0 + timedelta(days=30))


def test_a_run_that_proceeds_goes_through_every_stage_and_then_waits():
    run = complete_through(new_run(), "report", gate=proceed())
    assert run.status is RunStatus.AWAITING_COMPLETION
    assert next_stage(run) is None
    assert [e.name for e in run.events if e.name.startswith("stage.")] == [
        f"stage.{name}.completed" for name in STAGE_NAMES
    ]


def test_a_rejected_run_skips_the_simulation_and_completes_with_its_report():
    run = complete_through(new_run(), "gate", gate=reject())
    assert next_stage(run) == "decision"
    assert {run.stages[n].status for n in SIMULATED_STAGES} == {StageStatus.SKIPPED}
    run = complete_through(run, "report", gate=reject())
    assert run.status is RunStatus.COMPLETED
    assert run.timeline.completion.done_at is not None
    assert next_milestone(run) == ("final", T0 + timedelta(days=32))


def test_callback_sequences_rise_without_gaps():
    run = complete_through(new_run(), "report", gate=proceed())
    numbers = [e.callback_sequence for e in run.events if e.callback]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [e.sequence for e in run.events] == list(range(1, len(run.events) + 1))


def test_the_update_speaks_the_guides_three_statuses():
    run = complete_through(new_run(), "report", gate=proceed())
    assert {e.data["status"] for e in run.events if e.callback == "update"} == {"running"}
    assert run.events[-1].data["run_status"] == "awaiting_completion"


def test_a_gate_without_a_stage_is_incomplete_and_opens_a_review():
    run = transitions.time_out_stage(new_run(), LATER, "persona_synthesis", "too slow")
    run = complete_through(run, "gate", gate=proceed())
    assert run.status is RunStatus.INCOMPLETE
    assert run.manual_review is not None
    assert next_stage(run) is None
    alerts = [e.data["alert_type"] for e in run.events if e.callback == "alert"]
    assert alerts == ["timeline_slip"]


def test_the_second_round_repeats_the_analysis_and_completes_the_run():
    run = complete_through(new_run(), "report", gate=proceed())
    run = transitions.append_evidence(run, LATER, "ab" * 32, "someone")
    run = transitions.start_round(run, LATER, "T0+30 days")
    assert next_stage(run) == "market_simulation"
    assert run.round == 2
    assert run.evidence[0].round == 2
    run = complete_through(run, "report", gate=proceed())
    assert run.status is RunStatus.COMPLETED


def test_evidence_that_comes_during_the_last_round_is_used_before_the_run_completes():
    run = complete_through(new_run(), "report", gate=proceed())
    run = transitions.start_round(run, LATER, "T0+30 days")
    run = complete_through(run, "decision", gate=proceed())
    run = transitions.append_evidence(run, LATER, "ab" * 32, "someone")
    run = complete_through(run, "report", gate=proceed())
    assert (run.status, run.round, run.evidence[0].round) == (RunStatus.RUNNING, 3, 3)
    assert next_stage(run) == "market_simulation"
    run = complete_through(run, "report", gate=proceed())
    assert run.status is RunStatus.COMPLETED


def test_an_incomplete_run_does_in_the_second_round_what_was_left_out():
    run = transitions.time_out_stage(new_run(), LATER, "persona_synthesis", "too slow")
    run = complete_through(run, "gate", gate=proceed())
    run = transitions.start_round(run, LATER, "T0+30 days")
    pending = [n for n in STAGE_NAMES if run.stages[n].status is StageStatus.PENDING]
    assert pending == ["persona_synthesis", "gate", *STAGE_NAMES[4:]]


def test_completing_by_hand_needs_the_evidence_to_have_been_used():
    run = complete_through(new_run(), "report", gate=proceed())
    run = transitions.append_evidence(run, LATER, "ab" * 32, "someone")
    with pytest.raises(TransitionError, match="evidence"):
        transitions.complete(run, LATER, "someone", None)


def test_finalizing_takes_the_decision_and_is_not_possible_before_completion():
    run = complete_through(new_run(), "report", gate=proceed())
    with pytest.raises(TransitionError):
        transitions.finalize(run, LATER, "someone")
    run = transitions.finalize(transitions.complete(run, LATER, "a", "fine"), LATER, "b")
    assert run.status is RunStatus.FINALIZED
    assert run.final is not None
    assert run.final["recommendation"] == "go"
    assert run.final["decided_by"] == "b"
    assert next_milestone(run) is None


def test_the_same_evidence_twice_is_kept_once():
    run = transitions.append_evidence(new_run(), LATER, "ab" * 32, "x")
    assert transitions.append_evidence(run, LATER, "ab" * 32, "x") is run


def test_a_clock_advanced_makes_milestones_due_earlier_in_real_time():
    run = complete_through(new_run(), "report", gate=proceed())
    run = transitions.advance_clock(run, LATER, timedelta(days=30), "x")
    assert next_milestone(run) == ("completion", T0)
    with pytest.raises(TransitionError):
        transitions.advance_clock(run, LATER, timedelta(seconds=-1), "x")


@pytest.mark.parametrize("transition", sorted(transitions.ALLOWED))
@pytest.mark.parametrize("status", list(RunStatus))
def test_require_keeps_the_table(transition, status):
    run = replace(new_run(), status=status)
    if status in transitions.ALLOWED[transition]:
        transitions.require(run, transition)
    else:
        with pytest.raises(TransitionError, match=status.value):
            transitions.require(run, transition)


def test_progress_never_falls_within_a_round():
    run, seen = new_run(), [0.0]
    for name in STAGE_NAMES:
        run = complete_through(run, name, gate=proceed())
        seen.append(progress(run))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(0.9)


def test_the_stage_at_work_shows_as_in_progress():
    run = complete_through(new_run(), "persona_synthesis", gate=proceed())
    assert stage_results(run)["competitor_analysis"] == "in_progress"


@given(
    steps=st.integers(min_value=0, max_value=len(STAGE_NAMES)),
    micro=st.integers(min_value=0, max_value=999_999),
    rejected=st.booleans(),
)
def test_a_record_survives_its_bytes(steps, micro, rejected):
    run = new_run(accepted_at=datetime(2026, 1, 2, 3, 4, 5, micro, tzinfo=UTC))
    matrix = reject() if rejected else proceed()
    if steps:
        run = complete_through(run, STAGE_NAMES[steps - 1], gate=matrix)
    assert from_bytes(to_bytes(run)) == run
    assert to_bytes(from_bytes(to_bytes(run))) == to_bytes(run)


def test_rapid_stages_come_first():
    assert STAGE_NAMES[: len(RAPID_STAGES)] == RAPID_STAGES
