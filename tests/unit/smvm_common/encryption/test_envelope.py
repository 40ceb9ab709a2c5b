import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.encryption.envelope import is_sealed, seal, unseal
from smvm_common.errors import IntegrityError

KEY = secrets.token_bytes(32)


@given(st.binary(max_size=2000), st.text(max_size=50))
def test_what_was_sealed_opens_in_its_place_and_is_not_to_be_seen(body: bytes, place: str) -> None:
    sealed = seal(KEY, body, place)
    assert is_sealed(sealed)
    assert unseal(KEY, sealed, place) == body
    assert len(body) < 4 or body not in sealed.removeprefix(b"SMVM\x01")
    assert seal(KEY, body, place) != sealed


@given(st.binary(min_size=1, max_size=200), st.data())
def test_any_changed_bit_is_noticed(body: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, body, "a"))
    position = data.draw(st.integers(5, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(IntegrityError):
        unseal(KEY, bytes(sealed), "a")


def test_a_moved_or_cut_ciphertext_or_another_key_does_not_open() -> None:
    sealed = seal(KEY, b"secret", "runs/a")
    for key, text, place in (
        (KEY, sealed, "runs/b"),
        (secrets.token_bytes(32), sealed, "runs/a"),
        (KEY, sealed[:-1], "runs/a"),
        (KEY, sealed[:10], "runs/a"),
    ):
        with pytest.raises(IntegrityError, match=place):
            unseal(key, text, place)
