"""Remembers when each moving run is to be looked at again, so that a tick reads only those it must."""

from collections.abc import Iterable
from datetime import datetime, timedelta


class Agenda:
    """In memory only: a process that begins looks at each run once. ``longest`` bounds how long a run
    is left alone, also where a clock was set back or another changed the record."""

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest
        self._next: dict[str, datetime] = {}

    def __len__(self) -> int:
        return len(self._next)

    def to_look_at(self, entries: Iterable[str], now: datetime) -> list[str]:
        """Those of the listed ``entries`` that are due or new; what is listed no more is forgotten."""
        kept: dict[str, datetime] = {}
        due = []
        for entry in entries:
            at = self._next.get(entry)
            if at is not None and now < at <= now + self._longest:
                kept[entry] = at
            else:
                due.append(entry)
        self._next = kept
        return due

    def look_again(self, entry: str, at: datetime) -> None:
        """Look at the entry at ``at``; what lies further ahead than the longest time is due at once."""
        self._next[entry] = at
