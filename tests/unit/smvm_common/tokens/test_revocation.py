from datetime import timedelta
from pathlib import Path

import pytest

from smvm_common.clock import ManualClock
from smvm_common.errors import (
    AuthenticationError,
    InvalidInputError,
    StoreUnavailableError,
)
from smvm_common.settings import AuthSettings
from smvm_common.store.memory import MemoryStore
from smvm_common.tokens import RevocationList, TokenIssuer, TokenVerifier, create_key
from support.runs import T0

HOUR = timedelta(hours=1)
ONE, OTHER = "1" * 32, "2" * 32


class BrokenStore(MemoryStore):
    down = False

    def list(self, *arguments, **options):
        if self.down:
            raise StoreUnavailableError
        return super().list(*arguments, **options)


def test_a_revoked_token_is_refused_and_no_other(tmp_path: Path) -> None:
    clock, store = ManualClock(T0), MemoryStore()
    settings = AuthSettings(keys_directory=tmp_path)
    create_key(tmp_path)
    issuer = TokenIssuer(settings, clock)
    good, bad = (issuer.issue(who, (), HOUR) for who in ("good", "bad"))
    verifier = TokenVerifier(settings, clock, RevocationList(store, clock))
    revoked = verifier.verify(bad)
    RevocationList(store, clock).revoke(revoked.token_id, T0 + HOUR)
    clock.advance(timedelta(seconds=6))
    assert verifier.verify(good).subject == "good"
    with pytest.raises(AuthenticationError, match="revoked"):
        verifier.verify(bad)


def test_what_was_read_holds_while_the_store_is_out_of_reach() -> None:
    clock, store = ManualClock(T0), BrokenStore()
    listed = RevocationList(store, clock)
    listed.revoke(ONE, T0 + HOUR)
    assert listed.is_revoked(ONE)
    store.down = True
    clock.advance(HOUR)
    assert listed.is_revoked(ONE)
    assert not listed.is_revoked(OTHER)


def test_nobody_passes_before_the_list_was_read_once() -> None:
    store = BrokenStore()
    store.down = True
    with pytest.raises(StoreUnavailableError):
        RevocationList(store, ManualClock(T0)).is_revoked(ONE)


def test_entries_are_forgotten_once_their_token_has_expired() -> None:
    clock, store = ManualClock(T0), MemoryStore()
    listed = RevocationList(store, clock)
    listed.revoke(ONE, T0 + HOUR)
    listed.revoke(OTHER, T0 + 3 * HOUR, "lost laptop")
    clock.advance(2 * HOUR)
    assert listed.forget_expired() == 1
    assert listed.is_revoked(OTHER)
    assert not RevocationList(store, clock).is_revoked(ONE)


@pytest.mark.parametrize("token_id", ["", "x", "../" * 10, "1" * 33, "G" * 32])
def test_what_is_no_token_id_is_refused(token_id: str) -> None:
    with pytest.raises(InvalidInputError):
        RevocationList(MemoryStore(), ManualClock(T0)).revoke(token_id, T0)
