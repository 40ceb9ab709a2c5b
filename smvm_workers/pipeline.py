"""What happens to a run, as one list. Everything else (tasks, progress, metrics) derives from it.

The gate is due three minutes after acceptance; what follows it runs at once and again at T0+30 days
with the evidence gathered. A rejected run goes from the gate straight to its decision and report.
"""

from smvm_workers.stages import (
    competitor_analysis,
    decision,
    financial_projection,
    gate,
    market_analysis,
    market_simulation,
    persona_synthesis,
    report,
    risk_assessment,
    technical_validation,
)
from smvm_workers.stages.base import Stage

STAGES: tuple[Stage, ...] = (
    # within three minutes of acceptance
    persona_synthesis.STAGE,
    competitor_analysis.STAGE,
    market_analysis.STAGE,
    gate.STAGE,
    # skipped when the gate rejects
    market_simulation.STAGE,
    financial_projection.STAGE,
    technical_validation.STAGE,
    risk_assessment.STAGE,
    # always
    decision.STAGE,
    report.STAGE,
)

BY_NAME = {stage.name: stage for stage in STAGES}
