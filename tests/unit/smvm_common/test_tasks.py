import pytest

from smvm_common.tasks import Share

WAVE = tuple("abcdefghijk")


@pytest.mark.parametrize("of", [1, 2, 3, 4, 11, 20])
@pytest.mark.parametrize("size", [0, 1, 5, 8, 11])
def test_shares_are_the_wave_and_as_even_as_can_be(of: int, size: int) -> None:
    owned = [Share(WAVE[:size], number, of).own for number in range(of)]
    assert sorted(name for own in owned for name in own) == list(WAVE[:size])
    assert max(map(len, owned)) == -(-size // of)


def test_parts_that_grow_along_the_wave_weigh_as_much_in_each_share() -> None:
    wave = tuple(map(str, range(1, 17)))
    weights = [sum(map(int, Share(wave, number, 2).own)) for number in range(2)]
    assert weights == [68, 68]
