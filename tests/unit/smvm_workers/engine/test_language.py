import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_workers.engine.language import doubts_about, foreign_language


def _codes(text: str) -> list[str]:
    return [finding.code for finding in doubts_about(text)]


@pytest.mark.parametrize("text", ["", "   ", "123 456", "!?", "app", "an app", "app app"])
def test_hardly_any_words(text: str) -> None:
    assert _codes(text) == ["too-few-words"]


@pytest.mark.parametrize(
    "text",
    [
        "asdkjh qwlekj zxmcnb lkjqwe poiuzt",
        "qwrt zxcvb plkjh mnbvc",
        "buy buy buy buy now cheap",
        "xkcdqwrt mnbvcxz lkjhgfds and the",
    ],
)
def test_gibberish(text: str) -> None:
    assert _codes(text) == ["gibberish"]


@pytest.mark.parametrize(
    "text",
    [
        "AI-powered personal finance management platform",
        "SMS CRM for HVAC and B2B firms",
        "Strengths and rhythms of synthwave artists",
        "Plattform für die Buchhaltung von Handwerkern",
        "若者向けの家計簿アプリ",
        "Приложение для учёта семейных расходов",
    ],
)
def test_language_is_left_alone(text: str) -> None:
    assert doubts_about(text) == ()


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("Plattform für die Buchhaltung von Handwerkern", "German", "DE"),
        ("Une application de budget pour les jeunes", "French", "FR"),
        ("Una plataforma que conecta a los agricultores con restaurantes", "Spanish", "ES"),
        ("Un'app per la gestione delle spese di casa", "Italian", "IT"),
        ("Um aplicativo para a gestão dos gastos da família", "Portuguese", "PT"),
        ("Een app voor het beheer van de boekhouding van kleine bedrijven", "Dutch", "NL"),
        ("若者向けの家計簿アプリ", "Japanese", "JP"),
        ("面向年轻人的记账应用", "Chinese", "CN"),
        ("소상공인을 위한 회계 앱", "Korean", "KR"),
        ("Приложение для учёта расходов", "a language in another script", None),
    ],
)
def test_other_languages_and_their_countries(text: str, name: str, country: str | None) -> None:
    found = foreign_language(text)
    assert found is not None
    assert (found.name, found.country) == (name, country)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Pay-per-mile car insurance",
        "The de facto standard for a la carte menus",
        "AI contract review",
        "Software that helps die makers in Detroit",
    ],
)
def test_english_with_borrowed_words_is_english(text: str) -> None:
    assert foreign_language(text) is None


@given(st.text(max_size=300))
def test_no_text_makes_them_fail(text: str) -> None:
    assert len(doubts_about(text)) <= 1
    foreign_language(text)
