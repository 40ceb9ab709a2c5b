import pytest

from smvm_workers.report.texts import each_text, without_controls
from smvm_workers.report.wording import count, label, listed, plain, shortened


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.00003, "0.00003"),
        (3.14159, "3.14"),
        (999.6, "1000"),
        (84_234, "84,200"),
        (999_600, "1 million"),
        (1_072_656, "1.07 million"),
        (-2.5e9, "−2.5 billion"),
        (7e12, "7 trillion"),
    ],
)
def test_counts_have_three_digits(number, text):
    assert count(number) == text


def test_identifiers_become_words():
    assert label("build_cost") == "cost to build"
    assert label("price_cut") == "price cut"
    assert plain("click_through: visits; a_b_c stays words, so does x") == (
        "click through: visits; a b c stays words, so does x"
    )


def test_texts_are_cut_between_words():
    assert shortened("one two three", 20) == "one two three"
    assert shortened("one two, three four", 12) == "one two…"
    assert shortened("x" * 50, 10) == "x" * 9 + "…"


def test_names_are_listed_as_in_a_sentence():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_controls_go_and_letters_stay():
    assert without_controls("a\u202eb\x00c\u00a0d\ne") == "abc d\ne"
    assert without_controls("नमस्ते 👩‍👧 e\u0301") == "नमस्ते 👩‍👧 é"
    assert each_text({"k\x00": ["\x07a", 1, None]}, without_controls) == {"k\x00": ["a", 1, None]}
