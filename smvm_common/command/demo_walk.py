"""The guide's timeline, walked with a run's test clock: each step is done by the production code."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from smvm_common.client import Accepted, ClientError, SmvmClient, State, Submission
from smvm_common.command.demo_view import DemoView

_AT_REST = ("completed", "incomplete", "failed", "cancelled", "finalized")
_TO_T30 = timedelta(days=30)
_FROM_THERE_TO_T32 = timedelta(days=2)
_LAST_CALLBACKS = 5.0
"""Seconds by which the last callbacks may be behind the status."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of the walk: ``results`` as the API answers them, ``callbacks`` as they arrived,
    ``seconds`` it took."""

    submission: Submission
    accepted: Accepted
    state: State
    results: Mapping[str, Any]
    callbacks: tuple[Mapping[str, Any], ...]
    client: SmvmClient
    seconds: float


def walk(
    client: SmvmClient, submission: Submission, patience: timedelta, view: DemoView
) -> Finished:
    """Submit, then pass T0+3 min, T0+30 days and T32; ``ClientError`` where the run does not."""
    accepted = client.submit(submission)
    view.accepted(submission, accepted)

    def until(reached: Callable[[State], bool]) -> State:
        return client.wait(
            accepted.validation_id, reached, timeout=patience, on_progress=view.progress
        )

    view.step("T0+3 min: the gate")
    until(lambda state: state.gate is not None or state.status in _AT_REST)
    view.step("the analysis")
    state = until(lambda state: state.status in ("awaiting_completion", *_AT_REST))
    if state.status == "awaiting_completion":
        view.step("T0+30 days: the run's clock is advanced, the analysis runs again")
        client.advance_clock(accepted.validation_id, _TO_T30)
        state = until(lambda state: state.status in _AT_REST)
    if state.status == "completed":
        view.step("T32: the run's clock is advanced, the decision is made final")
        client.advance_clock(accepted.validation_id, _FROM_THERE_TO_T32)
        state = until(lambda state: state.status != "completed")
    if state.status != "finalized":
        raise ClientError(f"the run ended as {state.status}: {state.raw['manual_review']}")
    results = client.results(accepted.validation_id)
    callbacks = tuple(_all_callbacks(view))
    return Finished(submission, accepted, state, results, callbacks, client, view.elapsed())


def _all_callbacks(view: DemoView) -> list[dict[str, Any]]:
    deadline = time.monotonic() + _LAST_CALLBACKS
    while not _heard_the_end(heard := view.callbacks()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return heard


def _heard_the_end(callbacks: list[dict[str, Any]]) -> bool:
    return any(callback.get("run_status") == "finalized" for callback in callbacks)
