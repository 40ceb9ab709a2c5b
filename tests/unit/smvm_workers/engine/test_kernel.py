"""The production kernel against Bass 1969 and Fibich & Gibori 2010, and its laws."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from smvm_workers.engine.diffusion import adoption, ring_adoption
from smvm_workers.engine.kernel import (
    ADOPTERS,
    AWARE,
    EVER,
    PURCHASES,
    RIVALS,
    run_replications,
)
from smvm_workers.engine.network import Kind, build

Array = NDArray[np.float64]

P, Q = 0.03, 0.38
ROW = (0.004, 0.02, 1.8, 1.2, 0.8, 1.5, 0.002, 0.033, 0.0, 0.0)
"""p and q a day; price, quality, social; nothing; churn and occasions a day; no shocks."""


def _run(
    kind: Kind = "small_world",
    *,
    agents: int = 2000,
    steps: int = 30,
    step: float = 1.0,
    row: tuple[float, ...] = ROW,
    replications: int = 8,
    first: int = 0,
    prices: tuple[float, ...] = (1.0, 1.0, 0.9),
    qualities: tuple[float, ...] = (1.1, 1.0, 1.0),
    reaction: tuple[int, float, float] = (10, 0.0, 0.0),
    choice: bool = True,
    seed: int = 3,
    rhythm: float = 1.0,
    tastes: float = 0.3,
) -> Array:
    """Reaction: the rivals' day, price cut and rise of quality."""
    after = (np.arange(steps) >= reaction[0])[:, None] * (np.arange(len(prices)) > 0)
    scores = np.random.Generator(np.random.Philox(key=1)).normal(0, tastes, (16, 4))
    return run_replications(
        seed,
        first,
        step,
        build(kind, agents, 8, 0.1, seed),
        (np.arange(agents) * 7 % 16).astype(np.int16),
        np.exp(scores) if choice else np.ones((16, 4)),
        np.tile(row, (replications, 1)),
        np.full((replications, steps), rhythm),
        np.array(prices) * (1 - reaction[1] * after),
        np.array(qualities) + reaction[2] * after,
        np.zeros(len(prices)),
        choice=choice,
    )


def _bare(kind: Kind, agents: int = 4000, replications: int = 16) -> tuple[Array, Array]:
    """Mean adoption over 15 years in steps of a fiftieth, choice off, and its standard error."""
    counts = _run(
        kind,
        agents=agents,
        steps=750,
        step=0.02,
        row=(P, Q, 0, 0, 0, 0, 0, 0, 0, 0),
        replications=replications,
        choice=False,
    )
    shares = counts[:, :, ADOPTERS] / agents
    return shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(replications)


TIMES = np.arange(1, 751) * 0.02


@pytest.mark.parametrize(("kind", "curve"), [("complete", adoption), ("ring", ring_adoption)])
def test_bare_adoption_follows_the_published_formula(kind: Kind, curve: object) -> None:
    mean, error = _bare(kind)
    expected = curve(P, Q, TIMES)  # type: ignore[operator]  # parametrised over two functions
    # four standard errors, and a part of the first order error of the time step
    assert np.all(np.abs(mean - expected) < 4 * error + 0.0005)


@pytest.mark.parametrize("kind", ["small_world", "random", "scale_free"])
def test_every_other_network_lies_between_ring_and_complete(kind: Kind) -> None:
    mean, error = _bare(kind, replications=8)
    assert np.all(mean > ring_adoption(P, Q, TIMES) - 4 * error - 0.0005)
    assert np.all(mean < adoption(P, Q, TIMES) + 4 * error + 0.0005)


def test_a_finer_step_errs_less() -> None:
    def gap(steps: int) -> float:
        found = _run(
            "complete",
            agents=20_000,
            steps=steps,
            step=15 / steps,
            row=(P, Q, 0, 0, 0, 0, 0, 0, 0, 0),
            choice=False,
        )
        times = np.arange(1, steps + 1) * 15 / steps
        mean = found[:, :, ADOPTERS].mean(axis=0) / 20_000
        return float(np.abs(mean - adoption(P, Q, times)).max())

    # a step of a year errs by about .08, one of a month by less than .01
    assert 0.05 < gap(15) < 0.11
    assert gap(180) < 0.012


def test_shards_and_threads_give_the_same_bytes() -> None:
    whole = _run(replications=8)
    with ThreadPoolExecutor(2) as pool:
        parts = pool.map(lambda first: _run(replications=2, first=first), (0, 2, 4, 6))
    assert np.concatenate(list(parts)).tobytes() == whole.tobytes()
    assert _run(seed=4).tobytes() != whole.tobytes()


def test_a_stream_does_not_shift_another() -> None:
    """With shocks and churn off or on, who hears of the offer by advertising stays the same."""
    silent = (0.01, 0.0, *ROW[2:])
    loud = (*silent[:6], 0.1, 0.2, 0.05, 1.0)
    assert _run(row=silent)[:, :, AWARE].tobytes() == _run(row=loud)[:, :, AWARE].tobytes()


def test_nobody_adopts_unaware() -> None:
    counts = _run()
    assert np.all(counts[:, :, ADOPTERS] <= counts[:, :, EVER])
    assert np.all(counts[:, :, EVER] <= counts[:, :, AWARE])
    silent = _run(row=(0.0, 5.0, 0, 5, 5, -5, 0, 1.0, 0, 0))
    assert not silent[:, :, :RIVALS].any()


def test_adoption_and_awareness_only_grow() -> None:
    counts = _run(row=(0.01, 0.1, 1, 1, 1, 1, 0.05, 0.1, 0, 0))
    assert np.all(np.diff(counts[:, :, EVER : AWARE + 1], axis=1) >= 0)


@given(
    st.floats(0, 0.05), st.floats(0, 0.3), st.floats(-1, 4), st.floats(0, 0.2), st.floats(0, 0.2)
)
@settings(max_examples=25, deadline=None)
def test_shares_sum_to_one_with_the_outside_option(
    p: float, q: float, nothing: float, churn: float, occasions: float
) -> None:
    row = (p, q, 1.8, 1.2, 0.8, nothing, churn, occasions, 0.02, 0.5)
    counts = _run(row=row, agents=300, reaction=(5, 0.2, 0.1))
    rivals = counts[:, :, RIVALS:]
    assert rivals.min() >= -1e-9
    users = counts[:, :, ADOPTERS] + rivals.sum(axis=2)
    assert users.max() <= 300 + 1e-9
    # nobody can buy more often than everybody once
    assert counts[:, :, PURCHASES].max() <= 300


def test_before_anybody_knows_us_the_market_stands_still() -> None:
    silent = _run(row=(0.0, *ROW[1:]), tastes=0.0)[:, :, RIVALS:] / 2000
    weights = np.exp([*(1.2 - 1.8 * np.array([1.0, 0.9])), 1.5])
    assert silent == pytest.approx(np.broadcast_to(weights[:2] / weights.sum(), silent.shape))


BETTER = st.sampled_from(
    [
        {"prices": (0.9, 1.0, 0.9)},
        {"prices": (0.5, 1.0, 0.9)},
        {"qualities": (1.4, 1.0, 1.0)},
        {"prices": (1.0, 1.3, 1.2)},
        {"qualities": (1.1, 0.7, 0.7)},
    ]
)


@given(BETTER, st.floats(0.001, 0.03), st.floats(0, 0.3), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_better_offer_is_never_adopted_less_on_any_day_of_any_replication(
    better: dict[str, object], p: float, q: float, seed: int
) -> None:
    """Without churn, on common random numbers, this is exact: who adopts in the worse world does so in
    the better one no later."""
    row = (p, q, 1.8, 1.2, 2.0, 1.0, 0.0, 0.05, 0, 0)
    worse, then = (_run(row=row, seed=seed, agents=1000, **kind) for kind in ({}, better))  # type: ignore[arg-type]  # forwarded as they are
    assert np.all(then[:, :, ADOPTERS] >= worse[:, :, ADOPTERS])
    assert np.all(then[:, :, AWARE] >= worse[:, :, AWARE])


@given(BETTER, st.floats(0.001, 0.05), st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_with_churn_a_better_offer_is_not_adopted_less_on_average(
    better: dict[str, object], churn: float, seed: int
) -> None:
    row = (0.02, 0.05, 1.8, 1.2, 0.8, 1.0, churn, 0.05, 0, 0)
    worse, then = (_run(row=row, seed=seed, replications=16, **kind) for kind in ({}, better))  # type: ignore[arg-type]  # as above
    gain = then[:, -1, ADOPTERS] - worse[:, -1, ADOPTERS]
    assert gain.mean() > -4 * gain.std(ddof=1) / 4


@pytest.mark.parametrize("strength", [(0.5, 0.0), (0.0, 0.5)])
def test_rivals_answer_on_price_and_features_after_their_delay(
    strength: tuple[float, float],
) -> None:
    row = (0.02, *ROW[1:])
    late, never = _run(row=row, reaction=(10, *strength)), _run(row=row)
    assert late[:, :10].tobytes() == never[:, :10].tobytes()
    assert late[:, -1, ADOPTERS].mean() < never[:, -1, ADOPTERS].mean()
    assert late[:, -1, RIVALS:].sum() > never[:, -1, RIVALS:].sum()


def test_a_shock_turns_buyers_away_and_a_season_is_a_louder_voice() -> None:
    quiet = _run(row=(0.02, *ROW[1:]))
    shocked = _run(row=(0.02, *ROW[1:8], 10.0, 1.0))
    assert shocked[:, -1, ADOPTERS].mean() < quiet[:, -1, ADOPTERS].mean()
    assert shocked[:, -1, RIVALS:].sum() < quiet[:, -1, RIVALS:].sum()
    assert _run(rhythm=1.3)[:, -1, AWARE].sum() > _run()[:, -1, AWARE].sum()
    assert _run(row=(0.004 * 1.3, 0.02 * 1.3, *ROW[2:])).tobytes() == _run(rhythm=1.3).tobytes()


def test_churn_brings_adopters_back_to_nothing() -> None:
    row = (5.0, 0.0, 0, 5, 0, -9, 0.1, 0.0, 0, 0)
    counts = _run(row=row, prices=(1.0,), qualities=(1.0,), agents=4000)
    adopters = counts[:, :, ADOPTERS].mean(axis=0)
    # all adopt on the first days and leave at a tenth a day, and without occasions nobody comes back
    assert adopters[-1] / adopters[4] == pytest.approx(np.exp(-0.1 * 25), rel=0.03)


def test_adopters_buy_again_at_their_occasions() -> None:
    row = (50.0, 0.0, 0, 5, 0, -9, 0.0, 0.1, 0, 0)
    counts = _run(row=row, prices=(1.0,), qualities=(1.0,), agents=4000)
    assert counts[:, -1, ADOPTERS].min() > 3990
    expected = 1 - np.exp(-0.1)
    error = np.sqrt(expected * (1 - expected) / (4000 * 8 * 20))
    repeated = counts[:, 10:, PURCHASES].mean() / 4000
    assert repeated == pytest.approx(expected, abs=4 * error + 1e-3)


def test_choice_among_those_who_held_nothing_is_the_logit_share() -> None:
    row = (50.0, 0.0, 1.8, 1.2, 0.0, 0.7, 0.0, 0.0, 0, 0)
    counts = _run(row=row, agents=20_000, steps=1, replications=4, tastes=0.0)
    utilities = 1.2 * np.array([1.1, 1.0, 1.0]) - 1.8 * np.array([1.0, 1.0, 0.9])
    weights = np.exp([*utilities, 0.7])
    held_nothing = weights[3] / weights[1:].sum()
    expected = held_nothing * weights[0] / weights.sum()
    error = np.sqrt(expected * (1 - expected) / 80_000)
    assert counts[:, 0, ADOPTERS].mean() / 20_000 == pytest.approx(expected, abs=4 * error)


def test_with_occasions_enough_the_market_comes_to_the_logit_shares() -> None:
    """Leaving at once after each period of use, everybody chooses among all at every occasion."""
    row = (50.0, 0.0, 1.8, 1.2, 0.0, 0.7, 0.0, 3.0, 0, 0)
    counts = _run(row=row, agents=20_000, steps=2, replications=4, tastes=0.0)
    utilities = 1.2 * np.array([1.1, 1.0, 1.0]) - 1.8 * np.array([1.0, 1.0, 0.9])
    weights = np.exp([*utilities, 0.7])
    rivals = counts[:, -1, RIVALS:].mean(axis=0)
    # among those who did not come to us the rivals stand as they would without us
    others = 20_000 - counts[:, -1, ADOPTERS].mean()
    expected = weights[1:3] / weights[1:].sum()
    error = np.sqrt(expected * (1 - expected) / (4 * others))
    assert np.all(np.abs(rivals / others - expected) < 4.5 * error)


def test_random_numbers_are_uniform_and_uncorrelated() -> None:
    row = (0.5, 0.0, 0, 0, 0, 0, 0, 0, 0, 0)
    counts = _run("ring", agents=50_000, steps=6, row=row, replications=20, choice=False)
    shares = counts[:, :, ADOPTERS] / 50_000
    expected = 1 - np.exp(-0.5 * np.arange(1, 7))
    error = np.sqrt(expected * (1 - expected) / 50_000)
    scores = (shares - expected) / error
    # binomial if the draws are independent over agents; about five of 120 beyond two by chance
    assert np.abs(scores).max() < 4
    assert 0.7 < scores.std() < 1.3
    assert np.abs(np.corrcoef(shares[:, 0][:-1], shares[:, 0][1:])[0, 1]) < 0.6
