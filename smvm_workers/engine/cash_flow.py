"""Thirty-six months of cash under each draw of what is uncertain.

Before tax, in USD of today; months are twelfths of a year. Beyond them only the customers already won
have a value: what they still bring until they leave.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.diffusion import adoption_after
from smvm_workers.engine.domain import LogNormal, MarketSize, TechnicalAssessment
from smvm_workers.engine.priors import Draws, sample, sample_lognormal, stream
from smvm_workers.engine.reference.industries import IndustryMargins

Array = NDArray[np.float64]

MONTHS = 36
BUILD_MONTHS = 6
"""Over which the first version is built and paid."""
TRIAL_MONTHS = 12
"""Half a year of selling after the build: then churn and the cost of a customer are known."""


@dataclass(frozen=True, slots=True)
class FinanceInputs:
    """One row per draw: rates per year but ``churn`` per month; money in USD; ``som`` per year.

    ``customers`` are the buyers who would sooner or later choose us; ``price`` is what one pays us
    a year; ``trial_marketing`` is what is spent a year on winning customers until it is known
    whether they bring what they cost.
    """

    innovation: Array
    imitation: Array
    customers: Array
    price: Array
    som: Array
    churn: Array
    gross_margin: Array
    acquisition_cost_ratio: Array
    trial_marketing: Array
    build_cost: Array
    fixed_cost_ratio: Array
    discount_rate: Array


@dataclass(frozen=True, slots=True)
class CashFlows:
    """Shape (draws, 36), USD a month; ``customers`` are active at the month's end."""

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


def build_inputs(
    draws: Draws,
    market: MarketSize,
    technical: TechnicalAssessment,
    margins: IndustryMargins,
    win_share: Array,
    price_index: float,
    seed: int,
) -> FinanceInputs:
    """Put the draws of market, technology and behaviour side by side.

    ``win_share`` is our share among the buyers of the category, per draw; ``price_index`` our price
    relative to what the category usually costs.
    """
    size = draws.size
    build_cost = sample(technical.effort, seed, "effort", size) * draws.person_month_cost
    return FinanceInputs(
        innovation=draws.innovation,
        imitation=draws.imitation,
        customers=sample_lognormal(market.customers, seed, "customers", size) * win_share,
        price=sample_lognormal(market.annual_spend, seed, "annual_spend", size) * price_index,
        som=market_draws(market, seed, size).som,
        churn=np.clip(draws.churn, 0.001, 0.6),
        gross_margin=_young_margin(margins.gross_margin, seed, size),
        acquisition_cost_ratio=draws.acquisition_cost_ratio,
        trial_marketing=build_cost * draws.trial_marketing_ratio,
        build_cost=build_cost,
        fixed_cost_ratio=draws.fixed_cost_ratio,
        discount_rate=margins.cost_of_capital + draws.venture_premium,
    )


@dataclass(frozen=True, slots=True)
class MarketDraws:
    """USD a year in each draw; som ≤ sam ≤ tam in every one of them."""

    tam: Array
    sam: Array
    som: Array


def market_draws(market: MarketSize, seed: int, size: int) -> MarketDraws:
    """The market as a whole, and the parts of it as shares that are never above one."""
    tam = sample_lognormal(market.tam, seed, "tam", size)
    sam = tam * _share(market.sam, market.tam, seed, "serviceable share", size)
    som = sam * _share(market.som, market.sam, seed, "obtainable share", size)
    return MarketDraws(tam, sam, som)


def _share(part: LogNormal, whole: LogNormal, seed: int, purpose: str, size: int) -> Array:
    """Draws of the independent factor between two quantities."""
    deviation = np.sqrt(max(0.0, part.sigma**2 - whole.sigma**2))
    factor = LogNormal(part.mu - whole.mu, float(deviation))
    return np.minimum(sample_lognormal(factor, seed, purpose, size), 1.0)


def repriced(inputs: FinanceInputs, factor: float, kept: Array) -> FinanceInputs:
    """The inputs at a multiple of the price, of whose buyers the share ``kept`` of each draw stays or
    comes. What a unit costs to make and a customer to win stays the same money."""
    return replace(
        inputs,
        price=inputs.price * factor,
        customers=inputs.customers * kept,
        gross_margin=1 - (1 - inputs.gross_margin) / factor,
        acquisition_cost_ratio=inputs.acquisition_cost_ratio / factor,
    )


def _young_margin(listed: float, seed: int, size: int) -> Array:
    """A young firm earns less on each sale than the listed ones, down to three quarters of it."""
    kept = 0.75 + 0.25 * stream(seed, "young margin").random(size)
    return np.clip(listed * kept, 0.05, 0.95)


def cash_flows(inputs: FinanceInputs) -> CashFlows:
    """Customers follow the Bass curve from launch, less churn, within the obtainable market.

    Innovators are won by advertising and cost money; imitators come by word of mouth and cost none
    (Bass 1969). Until the trial ends advertising has a budget; who then loses on each customer
    stops it.
    """
    cost_to_win = inputs.acquisition_cost_ratio * inputs.price
    customers, paid = _adoption(inputs, cost_to_win)
    months = np.arange(MONTHS)
    revenue = customers * inputs.price[:, None] / 12
    selling = np.where(months >= BUILD_MONTHS, 1.0, 0.0) / 12
    building = np.where(months < BUILD_MONTHS, 1.0, 0.0) / BUILD_MONTHS
    return CashFlows(
        customers=customers,
        revenue=revenue,
        cost_of_goods=revenue * (1 - inputs.gross_margin[:, None]),
        acquisition=paid * cost_to_win[:, None],
        fixed=(inputs.build_cost * inputs.fixed_cost_ratio)[:, None] * selling,
        build=inputs.build_cost[:, None] * building,
    )


def _adoption(inputs: FinanceInputs, cost_to_win: Array) -> tuple[Array, Array]:
    """Active customers at each month's end, and those won by paid advertising during it."""
    room = _over(inputs.som, inputs.price)
    losing = lifetime_value_ratio(inputs) < 1
    # as a share of the buyers; who can win everybody a thousand times can win them all
    affordable = np.minimum(_over(inputs.trial_marketing / 12, cost_to_win * inputs.customers), 1e3)
    active = np.zeros((len(room), MONTHS))
    paid = np.zeros((len(room), MONTHS))
    reached = np.zeros(len(room))
    for month in range(BUILD_MONTHS, MONTHS):
        hazard = inputs.innovation
        if month < TRIAL_MONTHS:
            # hazard per year that wins no more than the budget pays for this month
            hazard = np.minimum(hazard, 12 * affordable / np.maximum(1 - reached, 1e-9))
        else:
            hazard = np.where(losing, 0.0, hazard)
        later = adoption_after(reached, hazard, inputs.imitation, 1 / 12)
        staying = active[:, month - 1] * (1 - inputs.churn)
        taken = np.clip(room - staying, 0, (later - reached) * inputs.customers)
        word = inputs.imitation * (reached + later) / 2
        won = np.divide(hazard, hazard + word, out=np.zeros_like(hazard), where=hazard + word > 0)
        active[:, month], paid[:, month] = staying + taken, taken * won
        reached = later
    return active, paid


def lifetime_value_ratio(inputs: FinanceInputs) -> Array:
    """LTV/CAC: gross profit of a customer over their life, over what they cost to win."""
    monthly = inputs.price / 12 * inputs.gross_margin
    cost = inputs.acquisition_cost_ratio * inputs.price
    return _over(monthly, inputs.churn * cost)


def _over(value: Array, cost: Array) -> Array:
    """How often ``value`` pays ``cost``: without end where it costs nothing."""
    return np.divide(value, cost, out=np.full_like(value, np.inf), where=cost != 0)


def net_present_value(net: Array, yearly_rate: Array) -> Array:
    """Discounted at the end of each month; shapes (draws, months) and (draws,)."""
    monthly = (1 + yearly_rate) ** (1 / 12) - 1
    factors = (1 + monthly[:, None]) ** -np.arange(1, net.shape[1] + 1)
    return np.asarray((net * factors).sum(axis=1), dtype=np.float64)


def run_off_value(flows: CashFlows, inputs: FinanceInputs) -> Array:
    """What the customers of the last month still bring, at that month: their gross profit as a
    perpetuity that churn and discount wear off (Gupta & Lehmann 2005). No new ones are won."""
    profit = flows.customers[:, -1] * inputs.price / 12 * inputs.gross_margin
    monthly = (1 + inputs.discount_rate) ** (1 / 12) - 1
    return np.asarray(profit * (1 - inputs.churn) / (inputs.churn + monthly), dtype=np.float64)


def total_value(flows: CashFlows, inputs: FinanceInputs) -> Array:
    """NPV of each draw: the months' cash, and the run-off of the customers won."""
    later = run_off_value(flows, inputs) / (1 + inputs.discount_rate) ** (MONTHS / 12)
    return net_present_value(flows.net, inputs.discount_rate) + later


def npv_of(inputs: FinanceInputs) -> Array:
    """NPV of each draw in USD."""
    return total_value(cash_flows(inputs), inputs)
