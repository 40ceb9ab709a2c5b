"""Words and rounded figures of the report, beside :mod:`smvm_workers.engine.wording`."""

import re
from collections.abc import Mapping
from decimal import Decimal

from smvm_workers.engine.wording import money

_NAMES = {
    # inputs of the financial model
    "innovation": "how fast the first buyers come",
    "imitation": "word of mouth",
    "customers": "buyers who would choose the offer",
    "price": "what a customer pays a year",
    "som": "obtainable market (SOM)",
    "acquisition_cost_ratio": "cost of winning a customer",
    "trial_marketing": "marketing before its worth is known",
    "build_cost": "cost to build",
    "fixed_cost_ratio": "fixed cost",
    "discount_rate": "cost of capital",
    # beliefs that evidence changes
    "click_through": "share of those who see the offer that visit",
    "conversion": "share of visitors who sign up or order",
    "price_coefficient": "price sensitivity",
    "cost_of_goods": "cost of goods",
    "acquisition": "winning customers",
    "build": "building the product",
    "fixed": "team and fixed cost",
    # verdicts
    "go": "Go",
    "conditional_go": "Conditional go",
    "no_go": "No-go",
}
_IDENTIFIER = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b")
_UNITS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def label(identifier: str) -> str:
    """The name that a reader knows it by."""
    return _NAMES.get(identifier, identifier.replace("_", " "))


def capital(words: str) -> str:
    """The words with a capital at their beginning, the rest as it is."""
    return words[:1].upper() + words[1:]


def count(number: float) -> str:
    """A number of things to three significant digits: 1.07 million, 84,200, 3.5."""
    sign, size = ("\N{MINUS SIGN}" if number < 0 else ""), abs(number)
    for limit, unit in _UNITS:
        if size >= limit * 0.9995:
            return f"{sign}{size / limit:.3g} {unit}"
    if size < 1000:
        # never 3e-05
        return f"{sign}{Decimal(f'{size:.3g}'):f}"
    return f"{sign}{float(f'{size:.3g}'):,.0f}"


def span(interval: Mapping[str, float]) -> str:
    """The 80 % interval of an interval or of a summary, in USD."""
    low, high = ends(interval)
    return f"{money(low)} to {money(high)}"


def ends(interval: Mapping[str, float]) -> tuple[float, float]:
    """The 10th and the 90th percentile of an interval (``low, high``) or a summary (``p10, p90``)."""
    if "p10" in interval:
        return float(interval["p10"]), float(interval["p90"])
    return float(interval["low"]), float(interval["high"])


def shortened(text: str, limit: int) -> str:
    """The text up to a word's end within ``limit`` characters, with an ellipsis where cut."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    at = cut.rfind(" ")
    # a text without blanks is cut anywhere
    return (cut[:at] if at > limit // 2 else cut).rstrip(",;:. ") + "…"


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def plain(text: str) -> str:
    """The engine's words without identifiers: ``price_cut`` becomes ``price cut``."""
    return _IDENTIFIER.sub(lambda found: found[0].replace("_", " "), text)
