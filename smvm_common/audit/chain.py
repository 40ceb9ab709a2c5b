"""A run's events as a chain: each carries the hash of itself and, through its predecessor's, of all
before it. Whoever alters, removes, inserts or reorders one must write anew all that follow."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from smvm_common.run.record import Event, JsonObject

_START = "smvm-audit-1"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stands: how many events it has, and the digest of the last (hex SHA-256)."""

    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Tampering:
    """What is wrong with a run's trail; ``event`` is its sequence number, None for all of the run."""

    validation_id: str
    event: int | None
    what: str


def head_of(events: Sequence[Event]) -> Head:
    """Where the chain stands."""
    return Head(len(events), events[-1].digest if events else "")


def chained(
    before: Sequence[Event], after: Sequence[Event], validation_id: str, origin: JsonObject | None
) -> tuple[Event, ...]:
    """``after``, with what it has beyond ``before`` linked to the chain. ``origin`` says from where and
    with which token it was asked for; None for what SMVM does by itself."""
    linked = list(after[: len(before)])
    previous = head_of(linked).digest or _START
    for event in after[len(before) :]:
        event = replace(event, origin=origin)
        previous = digest_of(event, validation_id, previous)
        linked.append(replace(event, digest=previous))
    return tuple(linked)


def digest_of(event: Event, validation_id: str, previous: str) -> str:
    """SHA-256 of an event, of the run it belongs to, and of its predecessor's digest, in hex."""
    content: dict[str, Any] = {
        "previous": previous,
        "validation_id": validation_id,
        "sequence": event.sequence,
        "occurred_at": event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "name": event.name,
        "actor": event.actor,
        "origin": event.origin,
        "data": event.data,
        "callback": event.callback,
        "callback_sequence": event.callback_sequence,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def tampering_in(events: Sequence[Event], validation_id: str) -> Iterator[Tampering]:
    """Yield what is wrong with a chain by itself: missing, doubled, moved and altered events.

    After an altered event the chain is followed from the digest that stands there, so that each is
    named and not all that follow.
    """
    yield from _out_of_sequence(events, validation_id)
    previous = _START
    for event in events:
        if digest_of(event, validation_id, previous) != event.digest:
            yield Tampering(validation_id, event.sequence, f"{event.name} was altered or moved")
        previous = event.digest


def _out_of_sequence(events: Sequence[Event], validation_id: str) -> Iterator[Tampering]:
    numbers = [event.sequence for event in events]
    for missing in sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers)):
        yield Tampering(validation_id, missing, "it was removed")
    for number in sorted({n for n in numbers if numbers.count(n) > 1}):
        yield Tampering(validation_id, number, "it stands there more than once")
    if numbers != sorted(numbers):
        moved = next(n for at, n in enumerate(numbers) if n != sorted(numbers)[at])
        yield Tampering(validation_id, moved, "the order was changed")
