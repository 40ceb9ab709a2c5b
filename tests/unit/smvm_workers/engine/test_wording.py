import pytest

from smvm_workers.engine.wording import chance, money, percent


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0"),
        (7.4, "$7"),
        (999.4, "$999"),
        (999.9, "$1k"),
        (522_398, "$522k"),
        (999_600, "$1M"),
        (1_801_773_730, "$1.8B"),
        (-3_760_280, "−$3.76M"),
    ],
)
def test_money(amount: float, text: str) -> None:
    assert money(amount) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.4, "40 %"), (0.0037, "0.4 %"), (0, "0 %"), (-0.97, "−97 %")]
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (1.0, "more than 99 %"),
        (0.9949, "99 %"),
        (0.33, "33 %"),
        (0.005, "0.5 %"),
        (0.0, "less than 1 %"),
    ],
)
def test_chance_is_never_certain(probability: float, text: str) -> None:
    assert chance(probability) == text
