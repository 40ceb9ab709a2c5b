"""The metrics of callbacks."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter(
    "smvm_callback_attempts",
    "Attempts to deliver a callback: delivered, gone, refused (another status), unreachable,"
    " breaker_open",
    ["outcome"],
)
LATENCY = Histogram(
    "smvm_callback_duration_seconds", "Time an attempt that reached the network took, in seconds"
)
LETTERS = Counter(
    "smvm_dead_letter_events", "Dead letters by what became of them: created, replayed", ["event"]
)
BREAKER_STATE = Gauge(
    "smvm_breaker_state",
    "0 closed, 1 half-open, 2 open",
    ["destination"],
    multiprocess_mode="mostrecent",
)
