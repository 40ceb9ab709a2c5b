"""The names of the stages in order: the contract's words for what happens to a run.

``smvm_workers.pipeline`` gives each its code; the record and the status need only the names.
"""

RAPID_STAGES = ("persona_synthesis", "competitor_analysis", "market_analysis", "gate")
"""What must be done within three minutes of acceptance."""

SIMULATED_STAGES = (
    "market_simulation",
    "financial_projection",
    "technical_validation",
    "risk_assessment",
)
"""Skipped when the gate rejects the idea."""

CLOSING_STAGES = ("decision", "report")

STAGE_NAMES = RAPID_STAGES + SIMULATED_STAGES + CLOSING_STAGES
