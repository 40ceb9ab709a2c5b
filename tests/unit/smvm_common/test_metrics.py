"""What is counted when a run changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from smvm_common.metrics import observe_change
from smvm_common.run.record import RunStatus
from smvm_common.run.repository import Change
from support.runs import T0, new_run

S = RunStatus


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def change(before: RunStatus, after: RunStatus, seconds: float = 40, **fields) -> Change:
    run = replace(new_run(), status=before)
    moment = T0 + timedelta(seconds=seconds)
    return Change(run, replace(run, status=after, updated_at=moment, **fields))


def test_a_status_reached_is_counted_once():
    was = value("smvm_runs_total", status="running")
    observe_change(change(S.ACCEPTED, S.RUNNING))
    observe_change(change(S.RUNNING, S.RUNNING))
    assert value("smvm_runs_total", status="running") == was + 1


@pytest.mark.parametrize(
    ("before", "after", "fields", "timed"),
    [
        (S.RUNNING, S.AWAITING_COMPLETION, {}, True),
        (S.RUNNING, S.COMPLETED, {}, True),
        (S.RUNNING, S.COMPLETED, {"round": 2}, False),
        (S.AWAITING_COMPLETION, S.COMPLETED, {}, False),
        (S.RUNNING, S.FAILED, {}, False),
    ],
)
def test_the_first_analysis_is_timed_and_nothing_else(before, after, fields, timed):
    count, total = "smvm_run_duration_seconds_count", "smvm_run_duration_seconds_sum"
    was = value(count), value(total)
    observe_change(change(before, after, **fields))
    assert (value(count) - was[0], value(total) - was[1]) == ((1, 40) if timed else (0, 0))
