from itertools import pairwise

import pytest

from smvm_workers.engine.domain import Idea, TechnicalAssessment
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.reference.tables import table
from smvm_workers.engine.technical import assess_technology


def _assess(description: str, domain: str = "other") -> TechnicalAssessment:
    idea = Idea(description, domain, "low")
    return assess_technology(idea, read_idea(idea))


def _names(found: TechnicalAssessment) -> set[str]:
    return {capability.name for capability in found.capabilities}


@pytest.mark.parametrize(
    ("description", "needed"),
    [
        ("An app for budgeting", {"mobile application", "account aggregation"}),
        ("Self-driving taxis", {"driving on public roads", "computer vision"}),
        ("A smart ring with sensors", {"consumer hardware", "firmware"}),
        ("A marketplace for tools", {"two-sided marketplace", "payments"}),
        ("Fusion reactors", {"nuclear engineering"}),
        ("Video visits by video with doctors", {"real-time video", "regulated data handling"}),
        ("Gene therapy drugs against blindness", {"biotechnology research"}),
        ("A web search engine", {"index of the web"}),
    ],
)
def test_needed_capabilities(description: str, needed: set[str]) -> None:
    assert needed <= _names(_assess(description))


@pytest.mark.parametrize(
    ("description", "not_needed"),
    [
        ("A general search for aircraft parts", "biotechnology research"),
        ("Airbnb aims to apply for an appointment", "machine learning"),
        ("A time machine game", "consumer hardware"),
        ("Accurate apparel", "mobile application"),
    ],
)
def test_parts_of_words_are_no_words(description: str, not_needed: str) -> None:
    assert not_needed not in _names(_assess(description))


def test_what_a_capability_depends_on_is_needed_too() -> None:
    for found in (_assess("Drones"), _assess("Self-driving taxis"), _assess("Nuclear power")):
        for capability in found.capabilities:
            assert set(capability.depends_on) <= _names(found)


def test_from_easy_to_impossible() -> None:
    ladder = [
        "A website with a newsletter",
        "A marketplace app with payments",
        "A smart collar with sensors",
        "Drone delivery of parcels",
        "Self-driving taxis",
    ]
    scores = [_assess(description).feasibility for description in ladder]
    assert all(easier > harder for easier, harder in pairwise(scores))
    assert _assess("A perpetual motion machine").feasibility == 0


def test_the_effort_is_a_sum_with_an_interval_narrower_than_its_parts() -> None:
    found = _assess("A marketplace app with payments and AI recommendations")
    medians = [c.effort.median for c in found.capabilities]
    assert found.effort.median == pytest.approx(sum(medians))
    assert found.effort.low < found.effort.median < found.effort.high
    assert found.effort.low > sum(c.effort.low for c in found.capabilities)
    assert found.effort.high < sum(c.effort.high for c in found.capabilities)


def test_words_that_tell_nothing_make_a_wide_guess_and_a_warning() -> None:
    found = _assess("Umbrella repair by mail", "retail")
    assert _names(found) == {"requirements not yet named"}
    assert [finding.code for finding in found.findings] == ["requirements-unclear"]
    assert found.effort.high / found.effort.low > 5


def test_another_language_leaves_requirements_open() -> None:
    found = _assess("Plattform für die Buchhaltung von Handwerkern", "finance")
    assert "requirements not yet named" in _names(found)
    assert "web application" in _names(found)


def test_immature_technology_is_told() -> None:
    codes = [f.code for f in _assess("Self-driving taxis").findings]
    assert "immature-technology" in codes
    assert "immature-technology" not in [f.code for f in _assess("A website").findings]


def test_integrations_make_it_complex() -> None:
    assert _assess("A website").integration_complexity == "low"
    app = _assess("A budgeting app that connects bank accounts with ai and payments")
    assert app.integration_complexity == "high"


def test_the_table_is_sound() -> None:
    names = [row["capability"] for row in table("capabilities")]
    assert len(set(names)) == len(names)
    for row in table("capabilities"):
        low, median, high = (float(row[f"effort_{part}"]) for part in ("low", "median", "high"))
        assert 0 < low < median < high
        assert 0 < float(row["maturity"]) < 1
        assert set(filter(None, row["depends_on"].split("|"))) <= set(names)
