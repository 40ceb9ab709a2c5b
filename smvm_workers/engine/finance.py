"""The financial deliverable: every figure a distribution over the draws."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy_financial as npf
from numpy.typing import NDArray

from smvm_workers.engine.cash_flow import (
    BUILD_MONTHS,
    MONTHS,
    CashFlows,
    FinanceInputs,
    cash_flows,
    lifetime_value_ratio,
    run_off_value,
    total_value,
)
from smvm_workers.engine.priors import summary
from smvm_workers.engine.utility import expected_shortfall, funding_need

Array = NDArray[np.float64]

_IRR_DRAWS = 200
"""Roots of polynomials are slow; so many give the quantiles within a few per cent."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Distributions by name (mean and quantiles); bands per month; chances in 0 to 1."""

    npv: Mapping[str, float]
    run_off_value: Mapping[str, float]
    roi: Mapping[str, float]
    irr: Mapping[str, float] | None
    payback_months: Mapping[str, float] | None
    break_even_month: Mapping[str, float] | None
    ltv_to_cac: Mapping[str, float]
    probability_npv_positive: float
    probability_payback: float
    value_at_risk_95: float
    expected_shortfall_95: float
    funding_need: Mapping[str, float]
    revenue_by_year: Mapping[str, Mapping[str, float]]
    monthly_revenue: Mapping[str, tuple[float, ...]]
    monthly_cash: Mapping[str, tuple[float, ...]]
    cost_structure: Mapping[str, float]


def project(inputs: FinanceInputs) -> Projection:
    """Every figure of the financial deliverable."""
    flows = cash_flows(inputs)
    net = flows.net
    cumulative = np.cumsum(net, axis=1)
    npv = total_value(flows, inputs)
    spent = flows.build.sum(axis=1) + flows.fixed.sum(axis=1) + flows.acquisition.sum(axis=1)
    return Projection(
        npv=summary(npv),
        run_off_value=summary(run_off_value(flows, inputs)),
        roi=summary(net.sum(axis=1) / spent),
        irr=_irr(net),
        payback_months=_first_month(cumulative > 0),
        break_even_month=_first_month((net > 0) & (np.arange(MONTHS) >= BUILD_MONTHS)),
        ltv_to_cac=summary(lifetime_value_ratio(inputs)),
        probability_npv_positive=float((npv > 0).mean()),
        probability_payback=float((cumulative[:, -1] > 0).mean()),
        value_at_risk_95=float(-np.quantile(npv, 0.05)),
        expected_shortfall_95=expected_shortfall(npv),
        funding_need=summary(funding_need(flows)),
        revenue_by_year={
            f"year_{year + 1}": summary(flows.revenue[:, 12 * year : 12 * year + 12].sum(axis=1))
            for year in range(3)
        },
        monthly_revenue=_bands(flows.revenue),
        monthly_cash=_bands(cumulative),
        cost_structure=_cost_structure(flows),
    )


def yearly_irr(net: Array) -> Array:
    """Internal rate of return of each row of monthly cash, as a yearly rate; NaN without one."""
    monthly = np.array([npf.irr(row) for row in net], dtype=np.float64)
    return np.asarray((1 + monthly) ** 12 - 1, dtype=np.float64)


def _irr(net: Array) -> dict[str, float] | None:
    """Quantiles over the draws that have one; None if fewer than a tenth have. No mean: a few rates
    of thousands of per cent would be all of it."""
    rates = yearly_irr(net[:: max(1, len(net) // _IRR_DRAWS)])
    found = rates[np.isfinite(rates)]
    if found.size < rates.size / 10:
        return None
    quantiles = {name: value for name, value in summary(found).items() if name != "mean"}
    return {**quantiles, "share": float(found.size / rates.size)}


def _first_month(reached: Array | NDArray[np.bool_]) -> dict[str, float] | None:
    """The month (from 1) in which something first holds, over the draws in which it ever does."""
    ever = reached.any(axis=1)
    if not ever.any():
        return None
    return {**summary(reached[ever].argmax(axis=1) + 1.0), "share": float(ever.mean())}


def _bands(values: Array) -> dict[str, tuple[float, ...]]:
    levels = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
    return {
        name: tuple(map(float, np.quantile(values, level, axis=0)))
        for name, level in levels.items()
    }


def _cost_structure(flows: CashFlows) -> dict[str, float]:
    """Each cost's share of all costs, over draws and months."""
    totals = {
        "build": flows.build.sum(),
        "fixed": flows.fixed.sum(),
        "cost_of_goods": flows.cost_of_goods.sum(),
        "acquisition": flows.acquisition.sum(),
    }
    whole = sum(totals.values())
    return {name: float(total / whole) for name, total in totals.items()}
