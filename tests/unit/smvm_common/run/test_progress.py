"""What is derived from a record."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.run import progress, transitions
from smvm_common.run.record import RunStatus, StageStatus
from smvm_common.run.stages import STAGE_NAMES
from support.runs import T0, complete_through, new_run, proceed, reject

S = RunStatus


def test_a_new_run_begins_with_the_first_stage():
    run = new_run()
    assert progress.next_stage(run) == STAGE_NAMES[0] == progress.current_stage(run)
    assert progress.progress(run) == 0
    assert set(progress.stage_results(run).values()) == {"pending"}
    assert progress.next_milestone(run) == ("completion", T0 + timedelta(days=30))


def test_progress_rises_stage_by_stage_to_nine_tenths():
    run, seen = new_run(), [0.0]
    for stage in STAGE_NAMES:
        run = complete_through(run, stage, proceed())
        seen.append(progress.progress(run))
        if stage != STAGE_NAMES[-1]:
            following = STAGE_NAMES[STAGE_NAMES.index(stage) + 1]
            assert progress.next_stage(run) == following
            assert progress.stage_results(run)[following] == "in_progress"
    assert seen == sorted(set(seen))
    assert seen[-1] == 0.9
    assert run.status is S.AWAITING_COMPLETION
    assert progress.next_stage(run) is None
    assert progress.current_stage(run) == "awaiting_completion"


def test_a_rejected_run_skips_what_is_simulated():
    run = complete_through(new_run(), "report", reject())
    results = progress.stage_results(run)
    assert results["market_simulation"] == StageStatus.SKIPPED.value
    assert progress.next_stage(run) is None


@pytest.mark.parametrize("status", list(S))
def test_each_status_says_whether_there_is_more_to_come(status):
    run = replace(new_run(), status=status)
    assert (progress.next_stage(run) is not None) == (status in progress.MOVING)
    ended = status in (S.FINALIZED, S.CANCELLED, S.FAILED)
    assert (progress.next_milestone(run) is None) == ended
    assert 0 <= progress.progress(run) <= 1
    assert progress.progress(run) == (1.0 if status in (S.COMPLETED, S.FINALIZED) else 0.0)


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_the_runs_own_time_brings_its_milestones_nearer(by):
    run = new_run()
    advanced = replace(run, clock_offset=by)
    assert progress.run_time(advanced, T0) == T0 + by
    _, due = progress.next_milestone(advanced)
    assert due == T0 + timedelta(days=30) - by


def test_an_estimate_lies_ahead_while_it_moves_and_is_the_milestone_after():
    run = new_run()
    assert progress.estimated_completion(run, T0) > T0
    rested = complete_through(run, "report", proceed())
    assert progress.estimated_completion(rested, T0) == T0 + timedelta(days=30)
    done = transitions.complete(rested, T0 + timedelta(hours=1), "tests", None)
    assert progress.estimated_completion(done, T0) == T0 + timedelta(hours=1)
