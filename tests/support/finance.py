"""Uncertain inputs of the finance engine."""

import numpy as np

from smvm_workers.engine.cash_flow import FinanceInputs


def finance_inputs(size: int, spread: float = 1.0) -> FinanceInputs:
    """So many futures of one venture; ``spread`` scales how far they lie apart."""
    generator = np.random.default_rng(8)

    def around(median: float, sigma: float) -> np.ndarray:
        return median * np.exp(spread * sigma * generator.standard_normal(size))

    return FinanceInputs(
        innovation=around(0.03, 0.6),
        imitation=around(0.38, 0.3),
        customers=around(15_000, 0.8),
        price=around(300, 0.4),
        som=around(5e6, 0.5),
        churn=around(0.03, 0.3),
        gross_margin=np.full(size, 0.6),
        acquisition_cost_ratio=around(0.4, 0.4),
        trial_marketing=around(1e5, 0.4),
        build_cost=around(2e5, 0.4),
        fixed_cost_ratio=around(0.5, 0.3),
        discount_rate=np.full(size, 0.18),
    )
