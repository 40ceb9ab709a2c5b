import numpy as np
import pytest
from scipy.stats import beta as beta_distribution

from smvm_workers.engine.domain import Idea, Interval, Observation, ObservationKind
from smvm_workers.engine.evidence import Update, beta_like, update
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.priors import Draws, draw_priors

PRICE = 100.0


@pytest.fixture(scope="module")
def priors() -> Draws:
    reading = read_idea(Idea("Invoicing software for freelancers", "finance", "low"))
    return draw_priors(reading, seed=11, size=4000)


def _seen(
    kind: ObservationKind, trials: int, successes: int, price: float | None = None
) -> Observation:
    return Observation(kind, trials, successes, price)


def _update(priors: Draws, *observations: Observation) -> Update:
    return update(priors, observations, seed=5, usual_price=PRICE)


def _after(found: Update, name: str) -> Interval:
    return next(change.after for change in found.changes if change.name == name)


def _width(interval: Interval) -> float:
    return float(np.log(interval.high / interval.low))


def test_without_evidence_nothing_changes(priors: Draws) -> None:
    found = _update(priors)
    assert found.draws is priors
    assert all(change.before == change.after for change in found.changes)
    assert found.findings == ()


@pytest.mark.parametrize(
    ("kind", "name", "rate"),
    [
        ("orders", "conversion", 0.04),
        ("sign_ups", "conversion", 0.02),
        ("visits", "click_through", 0.012),
    ],
)
def test_more_evidence_narrows_the_rate_and_the_speed(
    priors: Draws, kind: ObservationKind, name: str, rate: float
) -> None:
    found = [_update(priors)]
    found += [_update(priors, _seen(kind, n, round(rate * n))) for n in (500, 5_000, 50_000)]
    widths = [_width(_after(u, name)) for u in found]
    assert widths == sorted(widths, reverse=True)
    speeds = [np.log(u.draws.innovation).std() for u in found]
    assert speeds == sorted(speeds, reverse=True)


def test_much_evidence_finds_the_observed_rate(priors: Draws) -> None:
    found = _after(_update(priors, _seen("orders", 100_000, 5_000)), "conversion")
    assert found.low < 0.05 < found.high
    assert found.median == pytest.approx(0.05, rel=0.01)


def test_counts_are_conjugate(priors: Draws) -> None:
    split = _update(priors, _seen("orders", 300, 12), _seen("orders", 700, 20))
    whole = _update(priors, _seen("orders", 1000, 32))
    assert split.draws.innovation == pytest.approx(whole.draws.innovation, rel=1e-9)


def test_better_traction_means_faster_adoption(priors: Draws) -> None:
    poor = _update(priors, _seen("orders", 1000, 10)).draws.innovation
    good = _update(priors, _seen("orders", 1000, 60)).draws.innovation
    assert np.all(good > poor)


def test_stated_intentions_count_for_less(priors: Draws) -> None:
    said = _after(_update(priors, _seen("survey", 400, 40)), "conversion")
    done = _after(_update(priors, _seen("orders", 400, 40)), "conversion")
    assert said.median < done.median
    assert _width(said) > _width(done)


def test_contradiction_is_flagged_and_agreement_is_not(priors: Draws) -> None:
    assert _update(priors, _seen("orders", 200, 6)).findings == ()
    codes = [f.code for f in _update(priors, _seen("orders", 200, 120)).findings]
    assert codes == ["evidence-surprising"]


def test_nothing_sold_to_many_is_a_contradiction(priors: Draws) -> None:
    found = _update(priors, _seen("orders", 2_000_000, 0))
    assert [f.code for f in found.findings] == ["evidence-surprising"]


def test_price_tests_recover_the_response_that_made_them(priors: Draws) -> None:
    truth = int(np.argsort(priors.price_coefficient)[3200])
    chance = {
        price: 1
        / (
            1
            + np.exp(
                priors.status_quo[truth]
                - priors.quality_coefficient[truth]
                + priors.price_coefficient[truth] * price
            )
        )
        for price in (0.3, 1.0, 1.5)
    }
    tests = [_seen("price_test", 400, round(400 * c), PRICE * p) for p, c in chance.items()]
    found = _update(priors, *tests)
    after = _after(found, "price_coefficient")
    assert after.low < priors.price_coefficient[truth] < after.high
    assert _width(after) < _width(_after(_update(priors), "price_coefficient"))
    assert found.effective_draws < priors.size


def test_a_price_test_that_nothing_explains_says_so(priors: Draws) -> None:
    found = _update(priors, _seen("price_test", 1000, 990, 5 * PRICE))
    assert "price-evidence-thin" in [f.code for f in found.findings]
    assert np.isfinite(found.draws.price_coefficient).all()


def test_beta_matches_the_moments_of_the_logarithm() -> None:
    a, b = beta_like(Interval(0.03, 0.01, 0.09))
    logs = np.log(beta_distribution(a, b).ppf((np.arange(20_000) + 0.5) / 20_000))
    assert logs.mean() == pytest.approx(np.log(0.03), abs=1e-3)
    assert logs.std() == pytest.approx(np.log(9) / 2.5631, rel=5e-3)


def test_ranks_of_the_truth_are_uniform() -> None:
    """Simulation-based calibration (Talts et al. 2018) of the conversion rate."""
    generator = np.random.default_rng(2)
    a, b = beta_like(Interval(0.03, 0.01, 0.08))
    ranks = np.zeros(20)
    for _ in range(1000):
        rate = generator.beta(a, b)
        orders = generator.binomial(300, rate)
        place = beta_distribution.cdf(rate, a + orders, b + 300 - orders)
        ranks[int(place * 20)] += 1
    chi_squared = ((ranks - 50) ** 2 / 50).sum()
    assert chi_squared < 36.19  # the 99th percentile at 19 degrees of freedom
