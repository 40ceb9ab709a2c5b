"""When SMVM takes no new work."""

from datetime import UTC, datetime, timedelta

import pytest

from smvm_common.clock import ManualClock
from smvm_common.errors import StoreUnavailableError
from smvm_common.maintenance import SWITCH, MaintenanceSwitch, window_end
from smvm_common.settings import MaintenanceSettings
from smvm_common.store.memory import MemoryStore

SUNDAY = datetime(2026, 3, 1, tzinfo=UTC)
NOON = SUNDAY + timedelta(hours=12)


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        (SUNDAY + timedelta(hours=1, minutes=59, seconds=59), False),
        (SUNDAY + timedelta(hours=2), True),
        (SUNDAY + timedelta(hours=3, minutes=59, seconds=59), True),
        (SUNDAY + timedelta(hours=4), False),
        (SUNDAY + timedelta(days=1, hours=3), False),
        (SUNDAY - timedelta(days=1) + timedelta(hours=3), False),
    ],
)
def test_the_window_is_sunday_from_two_to_four(moment, closed):
    end = window_end(MaintenanceSettings(), moment)
    assert (end == SUNDAY + timedelta(hours=4)) if closed else end is None
    assert window_end(MaintenanceSettings(enabled=False), moment) is None


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


def switch(store, clock, **settings) -> MaintenanceSwitch:
    return MaintenanceSwitch(MaintenanceSettings(**settings), store, clock)


def test_closed_by_hand_until_a_time(clock):
    store = MemoryStore()
    switch(store, clock).close(NOON + timedelta(minutes=90), "new disks")
    other = switch(store, clock)
    assert other.closed_for() == timedelta(minutes=90)
    clock.advance(timedelta(minutes=89))
    assert other.closed_for() == timedelta(minutes=1)
    clock.advance(timedelta(minutes=1))
    assert other.closed_for() is None


def test_opened_by_hand_within_seconds(clock):
    store = MemoryStore()
    operator, process = switch(store, clock), switch(store, clock)
    operator.close(NOON + timedelta(hours=1), "")
    assert process.closed_for() == timedelta(hours=1)
    operator.open()
    assert process.closed_for() is not None
    clock.advance(timedelta(seconds=6))
    assert process.closed_for() is None


def test_the_later_end_counts():
    store = MemoryStore()
    clock = ManualClock(SUNDAY + timedelta(hours=3))
    switch(store, clock).close(SUNDAY + timedelta(hours=3, minutes=10), "")
    assert switch(store, clock).closed_for() == timedelta(hours=1)


def test_forced_by_the_settings(clock):
    assert switch(MemoryStore(), clock, forced=True).closed_for() == timedelta(minutes=1)


def test_a_store_that_is_down_closes_nothing(clock):
    class Down(MemoryStore):
        def get(self, key):
            raise StoreUnavailableError

    assert switch(Down(), clock).closed_for() is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"until": "later"}', b'{"until": 5}'])
def test_a_switch_that_cannot_be_read_closes_nothing(clock, body):
    store = MemoryStore()
    store.put(SWITCH, body)
    assert switch(store, clock).closed_for() is None
