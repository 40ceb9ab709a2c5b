"""The metrics of providers; the tokens themselves are counted in :mod:`smvm_common.metrics`."""

from prometheus_client import Counter, Gauge

CONSULTATIONS = Counter(
    "smvm_model_questions",
    "Questions to a language model by outcome: answered, cached, or why there was no answer",
    ["question", "outcome"],
)
BUDGET_USED = Gauge(
    "smvm_token_budget_used_ratio",
    "The part of the month's budget of language-model tokens that is used, 0 to 1",
    multiprocess_mode="mostrecent",
)
