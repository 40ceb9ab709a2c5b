"""What would flip the decision: the nearest change of each thing that changes the answer, by bisection.

Changes are in whole per cent, so that what is printed is what was tried.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from smvm_workers.engine.cash_flow import FinanceInputs
from smvm_workers.engine.utility import Recommendation
from smvm_workers.engine.wording import percent

TEST_VISITORS = 1000
"""Of whom so many would have to order: a test that a founder can pay for."""

_MOST_UP, _MOST_DOWN = 400, 90
"""Per cent within which a change is looked for: beyond them it is another idea."""
_PRICE_MARKS = (5, 10, 20, 35, 50, 75, 90, 150, 250, 400)
"""Per cent between which the answer is taken to change at most once as the price moves: profit has
one peak along the price."""

Answer = Callable[[FinanceInputs], Recommendation]


@dataclass(frozen=True, slots=True)
class Flip:
    """The smallest change of one thing that changes the answer. ``change`` is relative; of evidence
    it is the share of the next visitors who order."""

    what: str
    change: float
    becomes: Recommendation
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """What the decision rests on, and what it would rest on after a change.

    ``at_price`` gives the inputs at a multiple of the planned price, demand answering;
    ``with_orders`` gives them after a test in which so many of ``TEST_VISITORS`` visitors order.
    """

    inputs: FinanceInputs
    at_price: Callable[[float], FinanceInputs]
    with_orders: Callable[[int], FinanceInputs]


_LEVERS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("build_cost",), "the cost to build"),
    (("acquisition_cost_ratio",), "the cost of winning a customer"),
    (("customers",), "the number of buyers within reach"),
    (("som",), "the obtainable market"),
    (("churn",), "the churn"),
    (("innovation",), "how fast the first buyers come"),
)


def flips(case: Case, now: Recommendation, answer: Answer) -> tuple[Flip, ...]:
    """For each lever the nearest change in either direction, nearest first; then the evidence."""
    found = [
        flip
        for fields, label in _LEVERS
        for sign in (1, -1)
        if (flip := _lever(_scaling(case.inputs, fields), label, sign, now, answer))
    ]
    found += [flip for sign in (1, -1) if (flip := _price(case, sign, now, answer))]
    found.sort(key=lambda flip: abs(math.log1p(flip.change)))
    return (*found, *_orders(case, now, answer))


def _scaling(inputs: FinanceInputs, fields: tuple[str, ...]) -> Callable[[float], FinanceInputs]:
    def scaled(factor: float) -> FinanceInputs:
        return replace(inputs, **{name: getattr(inputs, name) * factor for name in fields})

    return scaled


def _lever(
    scaled: Callable[[float], FinanceInputs],
    label: str,
    sign: int,
    now: Recommendation,
    answer: Answer,
) -> Flip | None:
    """Along a lever the answer only gets better, or only worse: the far end tells whether it ever
    changes."""

    def at(change: int) -> Recommendation:
        return answer(scaled(1 + sign * change / 100))

    most = _MOST_UP if sign > 0 else _MOST_DOWN
    if at(most) == now:
        return None
    change = bisect(lambda tried: at(tried) != now, 0, most)
    return _flip(label, sign * change, at(change))


def _price(case: Case, sign: int, now: Recommendation, answer: Answer) -> Flip | None:
    def at(change: int) -> Recommendation:
        return answer(case.at_price(1 + sign * change / 100))

    label, last = "the price, with the buyers that it leaves,", 0
    for mark in _PRICE_MARKS:
        if sign < 0 and mark > _MOST_DOWN:
            break
        if at(mark) != now:
            change = bisect(lambda tried: at(tried) != now, last, mark)
            return _flip(label, sign * change, at(change))
        last = mark
    return None


def bisect(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The least number at which a monotone condition holds, that does not at ``low`` and does at
    ``high``."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _flip(label: str, change: int, becomes: Recommendation) -> Flip:
    sign = "higher" if change > 0 else "lower"
    text = f"{label} {percent(abs(change) / 100)} {sign} would make it {_named(becomes)}"
    return Flip(label, change / 100, becomes, text)


def _orders(case: Case, now: Recommendation, answer: Answer) -> list[Flip]:
    """How many orders of a test would change the answer, upwards and downwards."""

    def at(orders: int) -> Recommendation:
        return answer(case.with_orders(orders))

    label, of = "evidence", f"of the next {TEST_VISITORS:,} visitors"
    least, most, found = at(0), at(TEST_VISITORS), []
    if most not in (now, least):
        orders = bisect(lambda tried: _better(at(tried), now), 0, TEST_VISITORS)
        becomes = at(orders)
        text = f"{orders} or more orders {of} would make it {_named(becomes)}"
        found.append(Flip(label, orders / TEST_VISITORS, becomes, text))
    if least not in (now, most):
        orders = bisect(lambda tried: not _better(now, at(tried)), 0, TEST_VISITORS) - 1
        becomes = at(orders)
        text = f"{orders} or fewer orders {of} would make it {_named(becomes)}"
        found.append(Flip(label, orders / TEST_VISITORS, becomes, text))
    return found


_ORDER: tuple[Recommendation, ...] = ("no_go", "conditional_go", "go")


def _better(one: Recommendation, other: Recommendation) -> bool:
    return _ORDER.index(one) > _ORDER.index(other)


def _named(recommendation: Recommendation) -> str:
    return f"a {recommendation.replace('_', ' ')}"
