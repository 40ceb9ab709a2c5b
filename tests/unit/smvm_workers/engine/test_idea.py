import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smvm_workers.engine.competitors import find_competitors
from smvm_workers.engine.domain import Idea, IdeaReading
from smvm_workers.engine.idea import read_idea


def _read(description: str, domain: str = "software", **told: str) -> IdeaReading:
    buyers = told.pop("buyers", None)
    return read_idea(Idea(description, domain, "low", target_customers=buyers, metadata=told))


def test_the_guides_example() -> None:
    found = _read(
        "AI-powered personal finance management platform", "finance", buyers="millennials"
    )
    assert (found.domain, found.business_model) == ("finance", "subscription")
    segment = found.segment
    assert (segment.buyer, segment.label, segment.stated) == ("consumer", "millennials", True)
    assert (segment.age_low, segment.age_high) == (25, 44)
    assert {"machine learning", "web platform"} <= set(found.technologies)
    assert any("financial services" in rule for rule in found.regulations)
    assert {"millennial", "ai", "platform"} <= set(found.evidence_words)
    assert found.meaningful
    assert found.findings == found.show_stoppers == ()
    assert found.country is None


@pytest.mark.parametrize(
    ("description", "model"),
    [
        ("A marketplace for used tools", "marketplace"),
        ("A subscription for razors", "subscription"),
        ("A wearable band for runners", "hardware"),
        ("An agency for cleaning services", "service"),
        ("A website funded by ads", "advertising"),
        ("A shop that sells lamps", "transaction"),
        ("Software licence for on-premise servers", "licence"),
    ],
)
def test_business_models(description: str, model: str) -> None:
    assert _read(description).business_model == model


@pytest.mark.parametrize(
    ("description", "buyer", "label"),
    [
        ("Payroll for small businesses", "firm", "small businesses"),
        ("Analytics for hospitals", "firm", "large companies"),
        ("A game for students", "consumer", "students"),
        ("An app for retired people", "consumer", "people of 65 and older"),
        ("Software for Handwerker", "firm", "small businesses"),
        ("Une application pour les jeunes", "consumer", "young adults"),
    ],
)
def test_segments(description: str, buyer: str, label: str) -> None:
    segment = _read(description).segment
    assert (segment.buyer, segment.label, segment.stated) == (buyer, label, True)


def test_the_target_customers_count_before_the_description() -> None:
    found = _read("Software for hospitals", buyers="parents")
    assert found.segment.label == "parents"


def test_a_segment_that_nobody_names_is_the_usual_of_the_domain() -> None:
    assert not _read("Workflow automation", "software").segment.stated
    assert _read("Workflow automation", "software").segment.buyer == "firm"
    assert _read("Recipes of the day", "food").segment.buyer == "consumer"


def test_industries_are_those_of_the_domain_by_falling_likeness() -> None:
    found = _read("Restaurant meals delivered", "food").industries
    assert "restaurants" in found[0].name
    likeness = [match.similarity for match in found]
    assert likeness == sorted(likeness, reverse=True)
    assert all(0 <= value <= 1 for value in likeness)


@pytest.mark.parametrize(
    ("description", "told", "country"),
    [
        ("Loans for farmers in Kenya", {}, "KE"),
        ("Parcels across the UK", {}, "GB"),
        ("Thai food delivered", {}, None),
        ("Nail polish and turkey sandwiches", {}, None),
        ("Loans for farmers in Kenya", {"country": "Germany"}, "DE"),
        ("Loans", {"country": " deu "}, "DE"),
        ("Buchhaltung für die Handwerker und den Mittelstand", {}, "DE"),
        ("若者向けの家計簿アプリ", {}, "JP"),
    ],
)
def test_countries(description: str, told: dict[str, str], country: str | None) -> None:
    assert _read(description, **told).country == country


def test_a_country_without_figures_is_told() -> None:
    found = _read("Budgeting for households", "finance", country="Atlantis")
    assert found.country is None
    assert [finding.code for finding in found.findings] == ["country-unknown"]


@pytest.mark.parametrize(
    ("description", "code"),
    [
        ("qwrt zxcvb plkjh mnbvc", "gibberish"),
        ("", "too-few-words"),
        ("app", "too-few-words"),
    ],
)
def test_what_is_no_language_means_nothing(description: str, code: str) -> None:
    found = _read(description, "finance")
    assert not found.meaningful
    assert [finding.code for finding in found.findings] == [code]


def test_show_stoppers_name_the_law_and_the_words() -> None:
    (stopper,) = _read("A service that launders money", "finance").show_stoppers
    assert stopper.code == "illegal-fraud"
    assert stopper.severity == "critical"
    assert "launders money" in stopper.message
    (stopper,) = _read("Cars that run on water", "mobility").show_stoppers
    assert stopper.code == "impossible-water_fuel"
    assert "thermodynamics" in stopper.message


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.text(max_size=40), st.none() | st.text(max_size=80))
def test_no_text_makes_it_fail_and_the_same_text_reads_the_same(
    description: str, domain: str, buyers: str | None
) -> None:
    idea = Idea(description, domain, "low", target_customers=buyers)
    assert read_idea(idea) == read_idea(idea)


@pytest.mark.usefixtures("letters_only")
def test_without_the_embedding_the_lexicon_still_reads_and_rivals_are_still_found() -> None:
    idea = Idea("AI-powered personal finance management platform", "finance", "low")
    found = read_idea(idea)
    assert found.domain == "finance"
    assert "machine learning" in found.technologies
    names = [c.company_info.name for c in find_competitors(idea, found).competitors]
    assert "Monarch Money" in names
