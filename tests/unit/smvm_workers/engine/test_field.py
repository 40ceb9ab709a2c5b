import pytest

from smvm_workers.engine.domain import Idea
from smvm_workers.engine.field import mismatch, nearest_domain


def _domain(description: str, named: str = "") -> str:
    return nearest_domain(Idea(description, named, "low"), f"{description} {named}".lower())[0].name


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("finance", "finance"),
        (" FinTech ", "finance"),
        ("Gesundheit", "health"),
        ("e-commerce", "retail"),
        ("énergie", "energy"),
        ("climate tech", "environment"),
        ("Immobilien", "real estate"),
    ],
)
def test_a_domain_is_taken_at_its_word_in_several_languages(named: str, expected: str) -> None:
    assert _domain("Something for everyone", named) == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("AI contract review for law firms", "legal"),
        ("Satellite internet on ships", "space"),
        ("Treatment plans for hospital patients", "health"),
        ("Vacation rental booking for families with hotels and flights", "travel"),
        ("Payroll for employees of small firms", "hr"),
        ("Crops and soil advice for farms", "agriculture"),
        ("Mobile video game with multiplayer", "games"),
        ("Recycling of plastic waste and carbon emissions", "environment"),
    ],
)
def test_words_tell_the_domain_where_none_is_named(description: str, expected: str) -> None:
    assert _domain(description) == expected


@pytest.mark.parametrize(
    "description",
    ["We do stuff with things", "An idea which is good and new and big", "Thoughts about nothing"],
)
def test_words_about_nothing_are_of_no_domain(description: str) -> None:
    assert _domain(description) == "other"


def test_a_description_of_another_field_is_told() -> None:
    (finding,) = mismatch(Idea("Smart collar that tracks the health of dogs", "legal", "low"))
    assert finding.code == "domain-mismatch"
    assert "pets" in finding.message
    assert "legal" in finding.message


@pytest.mark.parametrize("named", ["pets", "health", "hardware", "somewhere", ""])
def test_a_neighbouring_or_no_field_is_no_mismatch(named: str) -> None:
    assert mismatch(Idea("Smart collar that tracks the health of dogs", named, "low")) == ()


@pytest.mark.usefixtures("letters_only")
def test_letters_alone_tell_a_named_domain_and_otherwise_rather_none_than_a_wrong_one() -> None:
    assert _domain("Smart collar for dogs", "pets") == "pets"
    assert _domain("Satellite internet on ships") == "space"
    assert _domain("Lawn mowing by teenagers") == "other"
