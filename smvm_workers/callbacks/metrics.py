"""The metrics of callbacks."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter("smvm_callback_attempts", "Attempts to deliver a callback", ["outcome"])
LATENCY = Histogram("smvm_callback_duration_seconds", "Time one attempt took, in seconds")
LETTERS = Counter("smvm_dead_letter_events", "Dead letters by what became of them", ["event"])
BREAKER_STATE = Gauge(
    "smvm_breaker_state",
    "0 closed, 1 half-open, 2 open",
    ["destination"],
    multiprocess_mode="mostrecent",
)
