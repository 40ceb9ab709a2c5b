import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from smvm_workers.report import charts
from smvm_workers.report.charts.maps import spread

LEVELS = ("p2.5", "p10", "p25", "p50", "p75", "p90", "p97.5")


def bands(scale: float, steps: int = 30) -> dict[str, list[float]]:
    return {
        name: [scale * rank * step for step in range(1, steps + 1)]
        for rank, name in enumerate(LEVELS, 1)
    }


def monthly(scale: float) -> dict[str, list[float]]:
    return {name: [scale * rank * m for m in range(36)] for rank, name in enumerate(LEVELS[1:6])}


def rival(price: float = 1.0, likeness: float = 0.7, share: float = 0.1) -> dict[str, float]:
    return {"price": price, "likeness": likeness, "share": share}


def persona(income: float, sensitivity: float = 1.0, weight: float = 0.2) -> dict[str, float]:
    return {"income": income, "price_sensitivity": sensitivity, "weight": weight}


def risk(probability: float = 0.5, impact: float = 0.4, category: str = "market") -> dict[str, Any]:
    return {"probability": probability, "impact": impact, "category": category}


CURVE = [{"price": 10.0 * i, "share": 1 / i, "profit": i - 12.0} for i in range(1, 25)]
BARS = [{"name": "cost to build", "low": -1e6, "high": 2e5}]
LONG = "a name that goes on and on, as names of inputs sometimes do, beyond every margin " * 3

DRAWN = {
    "fan": lambda: charts.fan_chart(bands(1e-3), 1000.0),
    "fan of a giant": lambda: charts.fan_chart(bands(1e-3), 8e9),
    "fan of hardly anybody": lambda: charts.fan_chart(bands(1e-9), 3.0),
    "fan of nobody": lambda: charts.fan_chart(bands(0.0), 1000.0),
    "price": lambda: charts.price_chart(CURVE, 100.0, 60.0),
    "price at the edge": lambda: charts.price_chart(CURVE, 240.0, 240.0),
    "scenarios": lambda: charts.scenario_chart([{"name": "hype", "change": 1.4, "error": 0.1}]),
    "scenarios, none": lambda: charts.scenario_chart([]),
    "scenario of nothing": lambda: charts.scenario_chart(
        [{"name": LONG, "change": 0.0, "error": 0.0}]
    ),
    "tornado": lambda: charts.tornado_chart(BARS),
    "tornado, long name": lambda: charts.tornado_chart([{**BARS[0], "name": LONG}]),
    "tornado of nothing": lambda: charts.tornado_chart([{"name": "x", "low": 0.0, "high": 0.0}]),
    "tornado of trillions": lambda: charts.tornado_chart(
        [{"name": "x", "low": -9e12, "high": 4e13}]
    ),
    "cash": lambda: charts.cash_chart(monthly(-2e5)),
    "cash of cents": lambda: charts.cash_chart(monthly(0.001)),
    "revenue": lambda: charts.revenue_chart(monthly(1e9)),
    "personas": lambda: charts.persona_chart([persona(3e4), persona(9e4, 0.7)], "Income"),
    "one persona": lambda: charts.persona_chart([persona(3e4)], "Income"),
    "personas from small to huge": lambda: charts.persona_chart(
        [persona(3e4), persona(9e9, 0.7)], "Revenue"
    ),
    "positioning": lambda: charts.positioning_chart([rival(), rival(0.5, 0.6)], 0.9),
    "rivals in one place": lambda: charts.positioning_chart([rival()] * 5, 1.0),
    "risks": lambda: charts.risk_chart([risk(), risk(0.1, 0.9, "technical"), risk(1.0, 1.0)]),
    "risks, none": lambda: charts.risk_chart([]),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", DRAWN)
def test_same_data_same_well_formed_bytes(name: str) -> None:
    one, two = DRAWN[name](), DRAWN[name]()
    assert one == two
    assert ElementTree.fromstring(one).tag.endswith("svg")  # noqa: S314 (drawn just above)


def test_other_data_other_bytes() -> None:
    assert charts.fan_chart(bands(1e-3), 1000.0) != charts.fan_chart(bands(1e-3), 2000.0)


@pytest.mark.parametrize("name", DRAWN)
def test_a_page_may_forbid_inline_styles_and_scripts(name: str) -> None:
    svg = DRAWN[name]()
    for forbidden in (b"style=", b"<style", b"<script", b"<!--", b"http://www.w3.org/1999/02"):
        assert forbidden not in svg


def test_names_inside_are_unique_to_the_chart_and_all_used() -> None:
    for chart in ("fan", "risks"):
        svg = DRAWN[chart]().decode()
        names = re.findall(r' id="([^"]*)"', svg)
        assert len(names) == len(set(names))
        assert all(name.startswith(f"{chart}-") and f"#{name}" in svg for name in names)


def test_a_dollar_sign_starts_no_formula_and_markup_is_text() -> None:
    svg = charts.tornado_chart([{**BARS[0], "name": "$x_1^2$ & <b>"}])
    root = ElementTree.fromstring(svg)  # noqa: S314 (drawn just above)
    words = ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("text")]
    assert "$x_1^2$ & <b>" in words


@pytest.mark.parametrize("name", DRAWN)
def test_texts_stay_inside_the_picture(name: str) -> None:
    root = ElementTree.fromstring(DRAWN[name]())  # noqa: S314 (drawn just above)
    width, height = (float(size) for size in root.attrib["viewBox"].split()[2:])
    for element in root.iter():
        if element.tag.endswith("text") and "x" in element.attrib:
            size = float(element.attrib["font-size"].removesuffix("px"))
            words = "".join(element.itertext()).strip()
            # Noto Sans: an average character is a bit over half as wide as high
            reach = 0.6 * size * len(words)
            x, y = float(element.attrib["x"]), float(element.attrib["y"])
            upright = element.attrib.get("transform", "").startswith("rotate(-90")
            before = {"start": 0, "middle": 0.5, "end": 1}[element.attrib["text-anchor"]] * reach
            start = (y if upright else x) - before
            assert start > -0.05 * width, (words, start)
            assert start + reach < 1.06 * (height if upright else width) + 0.1 * size, words


def test_crowded_numbers_are_moved_apart_and_lone_ones_are_not() -> None:
    places = np.array([[50.0, 50.0], [50.0, 50.0], [52.0, 50.0], [200.0, 50.0]])
    low, high = np.array([0.0, 0.0]), np.array([220.0, 100.0])
    moved = spread(places, 12.0, low, high)
    gaps = [np.hypot(*(moved[i] - moved[j])) for i in range(4) for j in range(i)]
    assert min(gaps) > 11.9
    assert tuple(moved[3]) == (200.0, 50.0)
    assert (moved >= low).all()
    assert (moved <= high).all()
