"""The metrics of runs and stages, for Prometheus; shared between processes where
``PROMETHEUS_MULTIPROC_DIR`` names a directory."""

from prometheus_client import Counter, Gauge, Histogram

from smvm_common.run.record import RunStatus
from smvm_common.run.repository import Change

RUNS = Counter("smvm_runs", "Runs that reached a status", ["status"])
RUN_DURATION = Histogram(
    "smvm_run_duration_seconds",
    "From acceptance to the preliminary result, in seconds",
    buckets=(1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600),
)
STAGE_DURATION = Histogram(
    "smvm_stage_duration_seconds",
    "Time a stage took, in seconds",
    ["stage"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
STAGES = Counter("smvm_stage", "Stages by outcome", ["stage", "outcome"])
QUEUE_DEPTH = Gauge(
    "smvm_queue_depth", "Messages waiting in a queue", ["queue"], multiprocess_mode="mostrecent"
)
MOVING_RUNS = Gauge(
    "smvm_moving_runs", "Runs that a worker should be at", multiprocess_mode="mostrecent"
)
DEAD_LETTERS = Gauge(
    "smvm_dead_letters", "Callbacks in the dead-letter queue", multiprocess_mode="mostrecent"
)
TOKENS = Counter("smvm_tokens_consumed", "Language-model tokens consumed", ["provider"])


def observe_change(change: Change) -> None:
    """An observer of the repository: counts statuses reached and times the analysis."""
    before, after = change.before, change.after
    if before.status is after.status:
        return
    RUNS.labels(after.status.value).inc()
    first_result = after.status in (RunStatus.AWAITING_COMPLETION, RunStatus.COMPLETED)
    if first_result and after.round == 1 and before.status is RunStatus.RUNNING:
        RUN_DURATION.observe((after.updated_at - after.accepted_at).total_seconds())
