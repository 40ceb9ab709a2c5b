import numpy as np
import pytest

from smvm_workers.engine.domain import Idea, Interval
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.priors import draw_priors, sample, stream, summary

READING = read_idea(Idea("Invoicing software for small businesses", "software", "low"))


def test_draws_have_the_interval_of_their_assumption() -> None:
    draws = sample(Interval(2.0, 1.0, 4.0), 1, "churn", 40_000)
    assert np.quantile(draws, [0.1, 0.5, 0.9]) == pytest.approx([1, 2, 4], rel=0.03)


def test_purposes_are_separate_streams() -> None:
    one, other = (stream(5, purpose).random(1000) for purpose in ("churn", "conversion"))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1
    assert stream(5, "churn").random() == stream(5, "churn").random()


def test_more_draws_begin_with_the_same() -> None:
    few, many = draw_priors(READING, 9, 50), draw_priors(READING, 9, 100)
    assert few.innovation.tobytes() == many.innovation[:50].tobytes()


def test_taking_rows_keeps_them_together() -> None:
    draws = draw_priors(READING, 9, 10)
    taken = draws.take(np.array([3, 3]))
    assert taken.churn.tolist() == [draws.churn[3]] * 2
    assert taken.imitation.tolist() == [draws.imitation[3]] * 2


def test_summary() -> None:
    assert summary(np.arange(101.0))["p90"] == 90
