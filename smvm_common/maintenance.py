"""When SMVM takes no new work: the weekly window, the settings, or an operator's switch."""

import json
from datetime import datetime, time, timedelta

import structlog

from smvm_common.clock import Clock, parse_rfc3339
from smvm_common.errors import ObjectNotFoundError, SmvmError
from smvm_common.patience import Patience
from smvm_common.settings import MaintenanceSettings
from smvm_common.store.base import ObjectStore

_LOG = structlog.get_logger(__name__)

SWITCH = "index/maintenance.json"
_REMEMBER = timedelta(seconds=5)
"""How long a process relies on what it last read of the switch."""

_READ_WITHIN = timedelta(seconds=1.5)
"""A request waits for the switch at most so long."""


def window_end(settings: MaintenanceSettings, now: datetime) -> datetime | None:
    """When the weekly window that contains ``now`` ends; None outside it. A pure function."""
    if not settings.enabled or now.weekday() != settings.weekday:
        return None
    start = datetime.combine(now.date(), time.fromisoformat(settings.start), now.tzinfo)
    end = datetime.combine(now.date(), time.fromisoformat(settings.end), now.tzinfo)
    return end if start <= now < end else None


class MaintenanceSwitch:
    """Says how long writes are closed."""

    def __init__(
        self,
        settings: MaintenanceSettings,
        store: ObjectStore,
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._patience = patience or Patience()
        self._read_at: datetime | None = None
        self._until: datetime | None = None

    def closed_for(self) -> timedelta | None:
        """How long until writes are taken again; None while they are."""
        now = self._clock.now()
        if self._settings.forced:
            return timedelta(minutes=1)
        ends = [end for end in (window_end(self._settings, now), self._switched(now)) if end]
        return max(ends) - now if ends else None

    def close(self, until: datetime, reason: str) -> None:
        """Close writes by hand until a time."""
        body = json.dumps({"until": until.isoformat(), "reason": reason})
        self._store.put(SWITCH, body.encode())

    def open(self) -> None:
        """Take writes again; the weekly window stays."""
        self._store.delete(SWITCH)

    def _switched(self, now: datetime) -> datetime | None:
        if self._read_at is None or now - self._read_at > _REMEMBER:
            self._read_at, self._until = now, self._read()
        return self._until if self._until and self._until > now else None

    def _read(self) -> datetime | None:
        try:
            stored = self._patience.bound(lambda: self._store.get(SWITCH), _READ_WITHIN)
            return parse_rfc3339(json.loads(stored.body)["until"])
        except ObjectNotFoundError:
            return None
        except SmvmError:
            # whether the store answers is judged where it is needed
            return None
        except (ValueError, KeyError, TypeError):
            _LOG.warning("maintenance_switch_unreadable", key=SWITCH)
            return None
