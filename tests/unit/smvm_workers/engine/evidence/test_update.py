import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smvm_workers.engine.domain import Idea, Interval, Observation, ObservationKind
from smvm_workers.engine.evidence import Update, update
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.priors import Draws, churn_prior, draw_priors

PRICE = 100.0
READING = read_idea(Idea("Invoicing software for freelancers", "finance", "low"))
CHURN = churn_prior(READING)


@pytest.fixture(scope="module")
def priors() -> Draws:
    return draw_priors(READING, seed=11, size=4000)


def _seen(
    kind: ObservationKind,
    trials: int,
    successes: int,
    price: float | None = None,
    days: float | None = None,
) -> Observation:
    return Observation(kind, trials, successes, price, days)


def _update(priors: Draws, *observations: Observation) -> Update:
    return update(priors, observations, seed=5, usual_price=PRICE, churn=CHURN)


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


def test_price_tests_also_speak_for_themselves(priors: Draws) -> None:
    utilities = {price: 1.0 - 2.0 * price for price in (0.5, 1.0, 1.5)}
    chances = {price: 1 / (1 + np.exp(-utility)) for price, utility in utilities.items()}
    tests = [_seen("price_test", 10_000, round(10_000 * c), PRICE * p) for p, c in chances.items()]
    alone = _update(priors, *tests).price_tests_alone
    assert alone is not None
    assert alone.price_coefficient == pytest.approx(2.0, abs=0.01)
    assert alone.attraction == pytest.approx(1.0, abs=0.01)
    few = [_seen("price_test", 100, round(100 * c), PRICE * p) for p, c in chances.items()]
    less = _update(priors, *few).price_tests_alone
    assert less is not None
    # a hundredth of the people: ten times the standard error
    assert less.price_coefficient_error == pytest.approx(
        10 * alone.price_coefficient_error, rel=0.1
    )


def test_one_price_does_not_speak_for_itself_but_changes_the_posterior(priors: Draws) -> None:
    found = _update(priors, _seen("price_test", 500, 30, PRICE))
    assert found.price_tests_alone is None
    assert found.draws.status_quo.tobytes() != priors.status_quo.tobytes()


def test_a_price_test_that_hardly_anything_explains_says_so(priors: Draws) -> None:
    found = _update(priors, _seen("price_test", 1000, 990, 5 * PRICE))
    assert [f.code for f in found.findings] == ["evidence-surprising"]
    assert np.isfinite(found.draws.price_coefficient).all()


def test_retention_finds_the_churn_over_the_months_it_spans(priors: Draws) -> None:
    kept = round(10_000 * 0.97**6)
    found = _after(_update(priors, _seen("retention", 10_000, kept, days=180)), "churn")
    assert found.low < 0.03 < found.high
    assert found.median == pytest.approx(0.03, rel=0.02)


def test_more_retention_evidence_narrows_the_churn(priors: Draws) -> None:
    found = [_update(priors)]
    found += [_update(priors, _seen("retention", n, round(0.97 * n))) for n in (100, 1000, 10_000)]
    widths = [_width(_after(u, "churn")) for u in found]
    assert widths == sorted(widths, reverse=True)
    spreads = [np.log(u.draws.churn).std() for u in found]
    assert spreads == sorted(spreads, reverse=True)


def test_cohorts_of_different_ages_also_speak_for_themselves(priors: Draws) -> None:
    """Half of the customers leave at 20 % a month, half at 1 %."""
    cohorts = [
        _seen("retention", 20_000, round(10_000 * (0.8**months + 0.99**months)), days=30.0 * months)
        for months in (1, 3, 6, 12)
    ]
    alone = _update(priors, *cohorts).cohorts_alone
    assert alone is not None
    assert alone.first_month == pytest.approx(0.105, abs=0.02)
    assert alone.over_three_years < alone.first_month / 2
    assert _update(priors, cohorts[0]).cohorts_alone is None


def test_what_is_not_told_of_stays_as_it_was(priors: Draws) -> None:
    found = _update(priors, _seen("retention", 200, 190)).draws
    assert found.innovation is priors.innovation
    found = _update(priors, _seen("price_test", 200, 10, PRICE)).draws
    assert found.innovation is priors.innovation
    assert found.churn is priors.churn


def test_observations_that_contradict_each_other_widen_and_are_flagged(priors: Draws) -> None:
    agreeing = _update(priors, _seen("orders", 1000, 40), _seen("orders", 1000, 44))
    contrary = _update(priors, _seen("orders", 1000, 4), _seen("orders", 1000, 80))
    assert agreeing.findings == ()
    assert "evidence-inconsistent" in [f.code for f in contrary.findings]
    widths = [_width(_after(found, "conversion")) for found in (agreeing, contrary)]
    assert widths[1] > 3 * widths[0]


def test_same_seed_same_bytes_and_another_seed_others(priors: Draws) -> None:
    tests = (_seen("price_test", 300, 20, PRICE), _seen("orders", 500, 10))
    runs = [
        update(priors, tests, seed=seed, usual_price=PRICE, churn=CHURN).draws for seed in (5, 5, 6)
    ]
    columns = [run.price_coefficient.tobytes() + run.innovation.tobytes() for run in runs]
    assert columns[0] == columns[1] != columns[2]


def test_currency_scales_prices_and_changes_nothing(priors: Draws) -> None:
    usual = _seen("price_test", 300, 20, PRICE)
    scaled = _seen("price_test", 300, 20, 7 * PRICE)
    one = update(priors, (usual,), seed=5, usual_price=PRICE, churn=CHURN)
    other = update(priors, (scaled,), seed=5, usual_price=7 * PRICE, churn=CHURN)
    assert one.draws.price_coefficient == pytest.approx(other.draws.price_coefficient, rel=1e-9)


_KINDS = ("visits", "sign_ups", "orders", "price_test", "retention", "interview", "survey")


@st.composite
def _observations(draw: st.DrawFn) -> Observation:
    trials = draw(st.integers(1, 10**9))
    return Observation(
        kind=draw(st.sampled_from(_KINDS)),
        trials=trials,
        successes=draw(st.integers(0, trials)),
        price=draw(st.none() | st.floats(1e-6, 1e9)),
        days=draw(st.none() | st.floats(1e-3, 3650)),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(_observations(), max_size=6), st.floats(1e-3, 1e9))
def test_no_evidence_however_absurd_crashes(
    observations: list[Observation], usual_price: float
) -> None:
    priors = draw_priors(READING, seed=1, size=100)
    found = update(priors, tuple(observations), seed=2, usual_price=usual_price, churn=CHURN)
    for name in ("innovation", "price_coefficient", "quality_coefficient", "status_quo", "churn"):
        values = getattr(found.draws, name)
        assert np.all(np.isfinite(values))
        assert np.all(values > 0)
    for alone in (found.cohorts_alone, found.price_tests_alone):
        if alone is not None:
            assert np.isfinite([getattr(alone, name) for name in alone.__slots__]).all()
    for change in found.changes:
        assert change.after.low <= change.after.median <= change.after.high


@settings(max_examples=40, deadline=None)
@given(st.integers(50, 20_000), st.floats(0.005, 0.2))
def test_ten_times_the_evidence_is_never_wider(trials: int, rate: float) -> None:
    priors = draw_priors(READING, seed=1, size=50)
    successes = max(1, round(rate * trials))
    widths = [
        _width(_after(_update(priors, _seen("orders", k * trials, k * successes)), "conversion"))
        for k in (1, 10)
    ]
    assert widths[1] < widths[0]
