"""The market simulation: every scenario over the kernel, and how exact the figures are."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.demand import PriceResponse, expected_share, price_response
from smvm_workers.engine.kernel import ADOPTERS, AWARE, EVER, PURCHASES, RIVALS
from smvm_workers.engine.precision import Precision, paired_ratio, precision
from smvm_workers.engine.replications import (
    Block,
    Results,
    World,
    outstanding,
    run_block,
    succeeded,
    success_threshold,
    together,
)
from smvm_workers.engine.scenarios import (
    BASELINE,
    SCENARIOS,
    MarketConditions,
    Scenario,
    in_scenario,
)

Array = NDArray[np.float64]

_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""Quantiles whose pairs bound the 50, 80 and 95 % bands."""

Bands = Mapping[str, tuple[float, ...]]
"""Values per day by quantile, ``p2.5`` to ``p97.5``."""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """Per day: ``bands`` and ``mean`` of adopters (share of potential buyers), bands of revenue (USD a
    day, earned as time passes) and of our share among the users of the category; the mean of
    purchases, first and repeated (per potential buyer). ``rivals`` is the mean share of potential
    buyers with each rival at the end, ``nothing`` of those with none. ``ever`` is the mean share that
    ever adopted, ``aware`` the mean share aware; ``error`` the relative Monte Carlo standard error of
    the final mean, ``precision`` those of the final figures. ``against_baseline`` is the ratio of the
    final means over the draws that both have, ``against_baseline_error`` its error."""

    name: str
    draws: int
    replications: int
    bands: Bands
    mean: tuple[float, ...]
    revenue_bands: Bands
    share_bands: Bands
    purchases: tuple[float, ...]
    rivals: Mapping[str, float]
    nothing: float
    ever: float
    aware: float
    error: float
    against_baseline: float
    against_baseline_error: float
    precision: Mapping[str, Precision]


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """``choice_share`` is the share of the aware that take our offer, on average over the draws;
    ``success_threshold`` what share of potential buyers a launch must win to count as a success: that
    of the average new product in the literature. ``success`` is the chance of it in the baseline."""

    scenarios: tuple[ScenarioResult, ...]
    price_response: PriceResponse
    choice_share: float
    success: float
    success_threshold: float
    conditions: MarketConditions


def simulate(
    world: World, gross_margin: float, at_hand: Results | None = None, threads: int = 1
) -> SimulationResult:
    """Run every scenario; blocks ``at_hand`` are not run again. Same input, same bytes, with any
    number of threads and wherever the blocks come from."""
    results = dict(at_hand or {})
    while missing := outstanding(world.config, results, world.draws.size):
        results |= run_blocks(world, missing, threads)
    return conclude(world, results, gross_margin)


def run_blocks(world: World, blocks: tuple[Block, ...], threads: int = 1) -> Results:
    """Run blocks side by side: the kernel holds no lock of the interpreter."""
    if threads == 1:
        return {block: run_block(world, block) for block in blocks}
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda block: run_block(world, block), blocks)
        return dict(zip(blocks, found, strict=True))


def conclude(world: World, results: Results, gross_margin: float) -> SimulationResult:
    """The figures of all scenarios from their blocks."""
    baseline = together(results, BASELINE.name)
    scenarios = tuple(
        summarise(scenario, together(results, scenario.name), baseline, world.conditions)
        for scenario in SCENARIOS
    )
    return SimulationResult(
        scenarios=scenarios,
        price_response=price_response(world.conditions, world.draws, world.tastes, gross_margin),
        choice_share=float(expected_share(world.conditions, world.draws, world.tastes).mean()),
        success=scenarios[0].precision["success"].mean,
        success_threshold=success_threshold(baseline.shape[2]),
        conditions=world.conditions,
    )


def summarise(
    scenario: Scenario, shares: Array, baseline: Array, conditions: MarketConditions
) -> ScenarioResult:
    """The figures of one scenario from its shares of agents, shape (draws, replications, days,
    columns of the kernel)."""
    market = in_scenario(conditions, scenario)
    adopters, rivals = shares[..., ADOPTERS], shares[..., RIVALS:]
    earned = adopters * market.customers * market.annual_spend * market.prices[0] / 365
    users = adopters + rivals.sum(axis=-1)
    ours = np.divide(adopters, users, out=np.zeros_like(adopters), where=users > 0)
    final = precision(adopters[..., -1])
    ratio, ratio_error = paired_ratio(adopters[..., -1], baseline[..., -1, ADOPTERS])
    held = rivals[..., -1, :].mean(axis=(0, 1))
    return ScenarioResult(
        name=scenario.name,
        draws=len(shares),
        replications=len(shares) * shares.shape[1],
        bands=_bands(adopters),
        mean=_per_day(adopters),
        revenue_bands=_bands(earned),
        share_bands=_bands(ours),
        purchases=_per_day(shares[..., PURCHASES]),
        rivals=dict(zip(market.names[1:], map(float, held), strict=True)),
        nothing=float(1 - users[..., -1].mean()),
        ever=float(shares[..., -1, EVER].mean()),
        aware=float(shares[..., -1, AWARE].mean()),
        error=final.error / final.mean if final.mean > 0 else 1.0,
        against_baseline=ratio,
        against_baseline_error=ratio_error,
        precision={
            "adopters": final,
            "revenue_usd": precision(earned.sum(axis=-1)),
            "share": precision(ours[..., -1]),
            "success": precision(succeeded(shares)),
        },
    )


def _bands(values: Array) -> dict[str, tuple[float, ...]]:
    pooled = values.reshape(-1, values.shape[-1])
    found = np.quantile(pooled, _LEVELS, axis=0)
    return {
        f"p{level * 100:g}": tuple(map(float, band))
        for level, band in zip(_LEVELS, found, strict=True)
    }


def _per_day(values: Array) -> tuple[float, ...]:
    return tuple(map(float, values.mean(axis=(0, 1))))
