"""The production kernel against Bass 1969 and Fibich & Gibori 2010, and its laws."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from smvm_workers.engine.diffusion import adoption, ring_adoption
from smvm_workers.engine.kernel import run_replications
from smvm_workers.engine.network import Kind, build

Array = NDArray[np.float64]

P, Q = 0.03, 0.38


def _run(
    kind: Kind = "small_world",
    *,
    agents: int = 2000,
    steps: int = 30,
    step: float = 1.0,
    row: tuple[float, ...] = (0.004, 0.02, 1.8, 1.2, 0.8, 1.5, 0.002, 0.033),
    replications: int = 8,
    first: int = 0,
    prices: tuple[float, ...] = (1.0, 1.0, 0.9),
    qualities: tuple[float, ...] = (1.1, 1.0, 1.0),
    reaction: tuple[int, float] = (10, 0.0),
    choice: bool = True,
    seed: int = 3,
) -> Array:
    graph = build(kind, agents, 8, 0.1, seed)
    delays = np.array([0] + [reaction[0]] * (len(prices) - 1), dtype=np.int64)
    strengths = np.array([0.0] + [reaction[1]] * (len(prices) - 1))
    return run_replications(
        seed,
        first,
        steps,
        step,
        graph.offsets,
        graph.targets,
        graph.degrees,
        graph.complete,
        np.ones((agents, 4)),
        np.tile(row, (replications, 1)),
        np.array(prices),
        np.array(qualities),
        np.zeros(len(prices)),
        delays,
        strengths,
        choice,
    )


def _bare(kind: Kind, agents: int = 4000, replications: int = 16) -> tuple[Array, Array]:
    """Mean adoption over 15 years in steps of a fiftieth, choice off, and its standard error."""
    counts = _run(
        kind,
        agents=agents,
        steps=750,
        step=0.02,
        row=(P, Q, 0, 0, 0, 0, 0, 0),
        replications=replications,
        choice=False,
    )
    shares = counts[:, :, 0] / agents
    return shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(replications)


TIMES = np.arange(1, 751) * 0.02


@pytest.mark.parametrize(("kind", "curve"), [("complete", adoption), ("ring", ring_adoption)])
def test_bare_adoption_follows_the_published_formula(kind: Kind, curve: object) -> None:
    mean, error = _bare(kind)
    expected = curve(P, Q, TIMES)  # type: ignore[operator]  # parametrised over two functions
    # four standard errors, and the first order error of the time step
    assert np.all(np.abs(mean - expected) < 4 * error + 0.003)


@pytest.mark.parametrize("kind", ["small_world", "random", "scale_free"])
def test_every_other_network_lies_between_ring_and_complete(kind: Kind) -> None:
    mean, error = _bare(kind, replications=8)
    assert np.all(mean > ring_adoption(P, Q, TIMES) - 4 * error - 0.003)
    assert np.all(mean < adoption(P, Q, TIMES) + 4 * error + 0.003)


def test_a_finer_step_changes_little() -> None:
    coarse = _run(
        "complete", steps=150, step=0.1, row=(P, Q, 0, 0, 0, 0, 0, 0), choice=False, agents=4000
    )
    fine, _ = _bare("complete")
    assert coarse[:, -1, 0].mean() / 4000 == pytest.approx(fine[-1], abs=0.02)


def test_shards_and_threads_give_the_same_bytes() -> None:
    whole = _run(replications=8)
    with ThreadPoolExecutor(4) as pool:
        parts = pool.map(lambda first: _run(replications=2, first=first), (0, 2, 4, 6))
    assert np.concatenate(list(parts)).tobytes() == whole.tobytes()
    assert _run(seed=4).tobytes() != whole.tobytes()


def test_nobody_adopts_unaware() -> None:
    counts = _run()
    assert np.all(counts[:, :, 0] <= counts[:, :, 1])
    assert np.all(counts[:, :, 1] <= counts[:, :, 2])
    silent = _run(row=(0.0, 5.0, 0, 5, 5, -5, 0, 1.0))
    assert not silent.any()


def test_adoption_and_awareness_only_grow() -> None:
    counts = _run(row=(0.01, 0.1, 1, 1, 1, 1, 0.05, 0.1))
    assert np.all(np.diff(counts[:, :, 1:], axis=1) >= 0)


def _final(**changed: object) -> float:
    counts = _run(row=(0.02, 0.05, 1.8, 1.2, 0.8, 1.0, 0.002, 0.05), **changed)  # type: ignore[arg-type]  # forwarded as they are
    return float(counts[:, -1, 0].mean())


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"prices": (1.0, 1.0, 0.9)}, {"prices": (0.8, 1.0, 0.9)}),
        ({"prices": (0.8, 1.0, 0.9)}, {"prices": (0.4, 1.0, 0.9)}),
        ({"qualities": (1.0, 1.0, 1.0)}, {"qualities": (1.5, 1.0, 1.0)}),
        ({"prices": (1.0, 1.0, 0.9)}, {"prices": (1.0, 1.3, 1.2)}),
        ({"reaction": (3, 0.5)}, {"reaction": (3, 0.0)}),
    ],
)
def test_a_better_offer_is_never_adopted_less(
    worse: dict[str, object], better: dict[str, object]
) -> None:
    assert _final(**better) > _final(**worse)


def test_competitors_react_after_their_delay_and_not_before() -> None:
    late, never = _run(reaction=(10, 0.5)), _run(reaction=(10, 0.0))
    assert late[:, :9].tobytes() == never[:, :9].tobytes()
    assert late[:, -1, 0].mean() < never[:, -1, 0].mean()


def test_churn_brings_adopters_back_to_nothing() -> None:
    row = (5.0, 0.0, 0, 5, 0, -9, 0.1, 0.0)
    adopters = _run(row=row, prices=(1.0,), qualities=(1.0,), agents=4000)[:, :, 0].mean(axis=0)
    # all adopt on the first days and leave at a tenth a day, and nobody comes back
    assert adopters[-1] / adopters[4] == pytest.approx(np.exp(-0.1 * 25), rel=0.03)


def test_choice_among_the_aware_is_the_logit_share() -> None:
    row = (50.0, 0.0, 1.8, 1.2, 0.0, 0.7, 0.0, 0.0)
    counts = _run(row=row, agents=20_000, steps=1, replications=4)
    utilities = 1.2 * np.array([1.1, 1.0, 1.0]) - 1.8 * np.array([1.0, 1.0, 0.9])
    weights = np.exp([*utilities, 0.7])
    expected = weights[0] / weights.sum()
    error = np.sqrt(expected * (1 - expected) / 80_000)
    assert counts[:, 0, 0].mean() / 20_000 == pytest.approx(expected, abs=4 * error)


def test_random_numbers_are_uniform_and_uncorrelated() -> None:
    row = (0.5, 0.0, 0, 0, 0, 0, 0, 0)
    counts = _run("ring", agents=50_000, steps=6, row=row, replications=20, choice=False)
    shares = counts[:, :, 0] / 50_000
    expected = 1 - np.exp(-0.5 * np.arange(1, 7))
    error = np.sqrt(expected * (1 - expected) / 50_000)
    scores = (shares - expected) / error
    # binomial if the draws are independent over agents; about five of 120 beyond two by chance
    assert np.abs(scores).max() < 4
    assert 0.7 < scores.std() < 1.3
    assert np.abs(np.corrcoef(shares[:, 0][:-1], shares[:, 0][1:])[0, 1]) < 0.6
