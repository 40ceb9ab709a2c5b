"""What the client sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Idea:
    """A business idea; ``metadata`` may hold estimated_market_size, currency, target_customers,
    competitive_advantage and other scalars."""

    description: str
    domain: str
    urgency: Literal["low", "medium", "high", "critical"] = "medium"
    submitter: str | None = None
    metadata: Mapping[str, Scalar] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "description": self.description,
            "domain": self.domain,
            "urgency": self.urgency,
            "metadata": dict(self.metadata),
        }
        return body if self.submitter is None else {**body, "submitter": self.submitter}


@dataclass(frozen=True, slots=True)
class Submission:
    """A run to start. ``run_id`` and ``correlation_id`` are minted by the client when absent, before
    the first try, so that a retry is the same run."""

    project_id: str
    idea: Idea
    callback_url: str
    run_id: str | None = None
    correlation_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "project_id": self.project_id,
            "idea": self.idea.to_json(),
            "callback_url": self.callback_url,
            "correlation_id": self.correlation_id,
        }


@dataclass(frozen=True, slots=True)
class Observation:
    """Observed traction: ``successes`` out of ``trials``; price in USD, counted over ``days``. Of
    ``retention``: customers, and those of them who stayed or bought again within the days."""

    kind: Literal["visits", "sign_ups", "orders", "price_test", "retention", "interview", "survey"]
    trials: int
    successes: int
    price: float | None = None
    days: float | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "kind": self.kind,
            "trials": self.trials,
            "successes": self.successes,
            "note": self.note,
        }
        optional = {"price": self.price, "days": self.days}
        return body | {name: value for name, value in optional.items() if value is not None}
