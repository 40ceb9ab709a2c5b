"""Each way of tampering with a trail is found, and the event it was done to is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.audit.chain import Head, chained, digest_of, head_of, tampering_in
from smvm_common.run.record import Event

RUN = "VAL-20241201-143052-a1b2c3d4-001"
T = datetime(2026, 1, 1, tzinfo=UTC)


def _events(count: int) -> tuple[Event, ...]:
    return tuple(
        Event(n, T + timedelta(seconds=n), f"event.{n}", "tests", {"n": n})
        for n in range(1, count + 1)
    )


def _trail(count: int = 6) -> tuple[Event, ...]:
    return chained((), _events(count), RUN, {"token_id": "t", "address": "192.0.2.1"})


def _found(events: tuple[Event, ...]) -> set[int | None]:
    return {one.event for one in tampering_in(events, RUN)}


def test_a_trail_as_it_was_written_is_whole() -> None:
    assert _found(_trail()) == set()
    assert _found(()) == set()


def test_what_is_added_later_continues_the_chain_and_leaves_what_was() -> None:
    first = chained((), _events(3), RUN, {"address": "192.0.2.1"})
    longer = chained(first, (*first, *_events(5)[3:]), RUN, None)
    assert longer[:3] == first
    assert _found(longer) == set()
    assert [event.origin for event in longer] == [{"address": "192.0.2.1"}] * 3 + [None] * 2
    assert head_of(longer) == Head(5, longer[-1].digest)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "somebody else"},
        {"name": "event.x"},
        {"data": {"n": 99}},
        {"occurred_at": T},
        {"origin": None},
        {"callback": "alert"},
        {"callback_sequence": 7},
    ],
)
@pytest.mark.parametrize("position", [0, 3, 5])
def test_an_altered_event_is_named(change: dict[str, object], position: int) -> None:
    trail = list(_trail())
    trail[position] = replace(trail[position], **change)  # type: ignore[arg-type]
    assert _found(tuple(trail)) == {position + 1}


@pytest.mark.parametrize("position", [0, 2, 4])
def test_a_removed_event_is_named(position: int) -> None:
    trail = _trail()
    assert position + 1 in _found(trail[:position] + trail[position + 1 :])


def test_events_that_change_places_are_named() -> None:
    trail = list(_trail())
    trail[2], trail[3] = trail[3], trail[2]
    assert {3, 4} & set(_found(tuple(trail))) != set()


def test_a_doubled_event_is_named() -> None:
    trail = _trail()
    assert 3 in _found((*trail[:3], trail[2], *trail[3:]))


def test_an_inserted_event_is_named() -> None:
    trail = list(_trail())
    forged = replace(trail[2], sequence=3, data={"n": "forged"})
    trail.insert(2, replace(forged, digest=digest_of(forged, RUN, trail[1].digest)))
    assert 3 in _found(tuple(trail))


def test_the_trail_of_another_run_does_not_fit() -> None:
    other = RUN.replace("001", "002")
    assert list(tampering_in(_trail(), other))


@given(st.integers(1, 12), st.data())
def test_any_altered_event_of_any_trail_is_named(count: int, data: st.DataObject) -> None:
    trail = list(_trail(count))
    position = data.draw(st.integers(0, count - 1))
    text = data.draw(st.text(min_size=1))
    trail[position] = replace(trail[position], actor=f"not {text}")
    assert _found(tuple(trail)) == {position + 1}
