"""From thirty simulated days to thirty-six months of cash, each figure a distribution.

Before tax, without terminal value, in USD of today; months are twelfths of a year.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy_financial as npf
from numpy.typing import NDArray

from smvm_workers.engine.diffusion import adoption
from smvm_workers.engine.domain import MarketSize, TechnicalAssessment
from smvm_workers.engine.priors import Draws, sample, sample_lognormal, summary
from smvm_workers.engine.reference.industries import IndustryMargins

Array = NDArray[np.float64]

MONTHS = 36
_TRIAL_MONTHS = 18
"""A year of selling after the build: then it is known whether a customer brings what they cost."""
_BUILD_MONTHS = 6
"""Over which the first version is built and paid."""


@dataclass(frozen=True, slots=True)
class FinanceInputs:
    """One row per draw: rates per year but ``churn`` per month; money in USD; ``som`` per year."""

    innovation: Array
    imitation: Array
    customers: Array
    annual_spend: Array
    som: Array
    churn: Array
    gross_margin: Array
    acquisition_cost_ratio: Array
    build_cost: Array
    fixed_cost_ratio: Array
    discount_rate: Array


@dataclass(frozen=True, slots=True)
class CashFlows:
    """Shape (draws, 36), USD a month."""

    customers: Array
    revenue: Array
    cost_of_goods: Array
    acquisition: Array
    fixed: Array
    build: Array

    @property
    def net(self) -> Array:
        costs = self.cost_of_goods + self.acquisition + self.fixed + self.build
        return self.revenue - costs


@dataclass(frozen=True, slots=True)
class Projection:
    """Distributions by name (mean and quantiles); bands per month; chances in 0 to 1."""

    npv: Mapping[str, float]
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


def build_inputs(
    draws: Draws,
    market: MarketSize,
    technical: TechnicalAssessment,
    margins: IndustryMargins,
    seed: int,
) -> FinanceInputs:
    """Put the draws of market, technology and behaviour side by side."""
    size = draws.size
    effort = sample(technical.effort, seed, "effort", size)
    discount = margins.cost_of_capital + draws.venture_premium
    # a young firm earns less on each sale than the listed ones until it has their scale
    gross = np.clip(margins.gross_margin * (0.75 + 0.25 * _uniform(seed, size)), 0.05, 0.95)
    return FinanceInputs(
        innovation=draws.innovation,
        imitation=draws.imitation,
        customers=sample_lognormal(market.customers, seed, "customers", size),
        annual_spend=sample_lognormal(market.annual_spend, seed, "annual_spend", size),
        som=sample_lognormal(market.som, seed, "som", size),
        churn=np.clip(draws.churn, 0.001, 0.6),
        gross_margin=gross,
        acquisition_cost_ratio=draws.acquisition_cost_ratio,
        build_cost=effort * draws.person_month_cost,
        fixed_cost_ratio=draws.fixed_cost_ratio,
        discount_rate=discount,
    )


def _uniform(seed: int, size: int) -> Array:
    return np.random.Generator(np.random.Philox(key=[seed, 0x6A])).random(size)


def cash_flows(inputs: FinanceInputs) -> CashFlows:
    """Customers follow the Bass curve from launch, less churn, within the obtainable market.

    Innovators are won by advertising and cost money; imitators come by word of mouth and cost none
    (Bass 1969). Who loses on each customer stops advertising after a year of trying.
    """
    months = np.arange(MONTHS)
    selling = np.maximum(0, months[None, :] + 1 - _BUILD_MONTHS) / 12
    innovation, imitation = inputs.innovation[:, None], inputs.imitation[:, None]
    reached = adoption(innovation, imitation, selling)
    new = np.diff(reached, axis=1, prepend=0.0) * inputs.customers[:, None]
    won = new * (innovation / (innovation + imitation * reached))
    losing = lifetime_value_ratio(inputs) < 1
    advertised = np.where(losing[:, None] & (months >= _TRIAL_MONTHS), 0.0, won)
    taken, active = _within_market(new - won + advertised, inputs)
    paid = np.divide(advertised, new - won + advertised, out=np.zeros_like(new), where=new > 0)
    revenue = active * inputs.annual_spend[:, None] / 12
    build = np.where(months < _BUILD_MONTHS, 1.0, 0.0) / _BUILD_MONTHS
    fixed = np.where(months >= _BUILD_MONTHS, 1.0, 0.0) / 12
    acquisition_cost = (inputs.acquisition_cost_ratio * inputs.annual_spend)[:, None]
    return CashFlows(
        customers=active,
        revenue=revenue,
        cost_of_goods=revenue * (1 - inputs.gross_margin[:, None]),
        acquisition=taken * paid * acquisition_cost,
        fixed=(inputs.build_cost * inputs.fixed_cost_ratio)[:, None] * fixed,
        build=inputs.build_cost[:, None] * build,
    )


def _within_market(coming: Array, inputs: FinanceInputs) -> tuple[Array, Array]:
    """New and active customers per month, no more than the obtainable market (SOM) has."""
    room = inputs.som / inputs.annual_spend
    taken, active = np.zeros_like(coming), np.zeros_like(coming)
    staying = np.zeros(len(coming))
    for month in range(coming.shape[1]):
        taken[:, month] = np.clip(room - staying, 0, coming[:, month])
        active[:, month] = staying + taken[:, month]
        staying = active[:, month] * (1 - inputs.churn)
    return taken, active


def lifetime_value_ratio(inputs: FinanceInputs) -> Array:
    """LTV/CAC: gross profit of a customer over their life, over what they cost to win."""
    monthly = inputs.annual_spend / 12 * inputs.gross_margin
    cost = inputs.acquisition_cost_ratio * inputs.annual_spend
    return np.asarray(monthly / inputs.churn / cost, dtype=np.float64)


def net_present_value(net: Array, yearly_rate: Array) -> Array:
    """Discounted at the end of each month; shapes (draws, months) and (draws,)."""
    monthly = (1 + yearly_rate) ** (1 / 12) - 1
    factors = (1 + monthly[:, None]) ** -np.arange(1, net.shape[1] + 1)
    return np.asarray((net * factors).sum(axis=1), dtype=np.float64)


def npv_of(inputs: FinanceInputs) -> Array:
    """NPV of each draw in USD."""
    return net_present_value(cash_flows(inputs).net, inputs.discount_rate)


def project(inputs: FinanceInputs) -> Projection:
    """Every figure of the financial deliverable."""
    flows = cash_flows(inputs)
    net = flows.net
    cumulative = np.cumsum(net, axis=1)
    npv = net_present_value(net, inputs.discount_rate)
    spent = flows.build.sum(axis=1) + flows.fixed.sum(axis=1) + flows.acquisition.sum(axis=1)
    tail = np.quantile(npv, 0.05)
    return Projection(
        npv=summary(npv),
        roi=summary(net.sum(axis=1) / spent),
        irr=_irr(net),
        payback_months=_first_month(cumulative > 0),
        break_even_month=_first_month((net > 0) & (np.arange(MONTHS) >= _BUILD_MONTHS)),
        ltv_to_cac=summary(lifetime_value_ratio(inputs)),
        probability_npv_positive=float((npv > 0).mean()),
        probability_payback=float((cumulative[:, -1] > 0).mean()),
        value_at_risk_95=float(-tail),
        expected_shortfall_95=float(-npv[npv <= tail].mean()),
        funding_need=summary(-np.minimum(cumulative.min(axis=1), 0)),
        revenue_by_year={
            f"year_{year + 1}": summary(flows.revenue[:, 12 * year : 12 * year + 12].sum(axis=1))
            for year in range(3)
        },
        monthly_revenue=_bands(flows.revenue),
        monthly_cash=_bands(cumulative),
        cost_structure=_cost_structure(flows),
    )


def _irr(net: Array) -> dict[str, float] | None:
    """Of the draws that have one (both signs of cash); None if fewer than a tenth have."""
    rates = [npf.irr(row) for row in net[:: max(1, len(net) // 200)]]
    found = np.array([r for r in rates if np.isfinite(r)])
    if found.size < len(rates) / 10:
        return None
    yearly = np.clip((1 + np.clip(found, -0.99, 1.0)) ** 12 - 1, -1, 10)
    return summary(yearly)


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
