"""Callbacks that could not be delivered, kept in the store until somebody replays or purges them."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from smvm_common.errors import NotFoundError, ObjectNotFoundError, PreconditionFailedError
from smvm_common.identifiers import RunKey
from smvm_common.store.base import ObjectStore

_FOLDER = "dead-letters/"
_STAMP = "%Y%m%dT%H%M%S"
_STAMP_LENGTH = len("20260302T143052")
_OWN_PORTS = {"http": ":80", "https": ":443"}
LETTER_ID = re.compile(
    r"(\d{8}T\d{6})-([a-z0-9-]{1,32})-(VAL-\d{8}-\d{6}-[0-9a-f]{8}-\d{3})-(\d{6})"
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An undelivered callback as it will be sent again: same body, same ``webhook_id``.

    ``occurred_at``, ``first_attempt_at`` and ``last_attempt_at`` are RFC 3339.
    """

    id: str
    key: RunKey
    correlation_id: str
    url: str
    kind: str
    sequence: int
    webhook_id: str
    body: str
    attempts: int
    reason: str
    occurred_at: str
    first_attempt_at: str
    last_attempt_at: str

    @property
    def destination(self) -> str:
        return destination_of(self.url)

    def to_json(self) -> dict[str, Any]:
        """For answers and listings: the payload decoded."""
        fields = asdict(self)
        fields.pop("key")
        fields.pop("body")
        payload = json.loads(self.body)
        return {
            **fields,
            **self.key.to_message(),
            "destination": self.destination,
            "payload": payload,
        }


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """Which letters; None matches all. Ages are counted from when the event occurred."""

    tenant: str | None = None
    validation_id: str | None = None
    destination: str | None = None
    older_than: datetime | None = None
    younger_than: datetime | None = None

    def may_match(self, letter_id: str) -> bool:
        """Judge by the identifier alone, so that a listing reads only what it may show."""
        match = LETTER_ID.fullmatch(letter_id)
        if match is None:
            return False
        stamp, tenant, validation_id, _ = match.groups()
        occurred = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        return (
            self.tenant in (None, tenant)
            and self.validation_id in (None, validation_id)
            and (self.older_than is None or occurred <= self.older_than)
            and (self.younger_than is None or occurred >= self.younger_than)
        )

    @property
    def begins_after(self) -> str:
        """The first identifiers that may match sort behind this."""
        return f"{self.younger_than.astimezone(UTC):{_STAMP}}" if self.younger_than else ""

    def ends_before(self, letter_id: str) -> bool:
        """Whether neither this identifier nor any that follows can match."""
        if self.older_than is None:
            return False
        return letter_id[:_STAMP_LENGTH] > f"{self.older_than.astimezone(UTC):{_STAMP}}"

    def matches(self, letter: DeadLetter) -> bool:
        """Judge what only the letter itself says."""
        wanted = self.destination
        return wanted is None or destination_of(wanted) == letter.destination


def destination_of(url: str) -> str:
    """Scheme, host and, where it is not the scheme's own, port: what shares a breaker."""
    parts = urlsplit(url)
    network = parts.netloc.rsplit("@", 1)[-1].lower()
    return f"{parts.scheme}://{network.removesuffix(_OWN_PORTS.get(parts.scheme, ''))}"


def letter_id(key: RunKey, sequence: int, occurred_at: datetime) -> str:
    """Deterministic and in order of time, so that writing a letter twice is writing it once."""
    stamp = occurred_at.astimezone(UTC)
    return f"{stamp:{_STAMP}}-{key.tenant}-{key.validation_id}-{sequence:06d}"


class DeadLetterBox:
    """The dead-letter queue of one store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, letter: DeadLetter) -> None:
        """Write a letter; writing it again changes nothing."""
        self._store.put(_entry(letter.id), _bytes(letter))

    def revise(self, letter: DeadLetter) -> None:
        """Write what became of a letter, unless it was removed meanwhile."""
        with suppress(ObjectNotFoundError, PreconditionFailedError):
            etag = self._store.head(_entry(letter.id)).etag
            self._store.replace(_entry(letter.id), _bytes(letter), etag)

    def get(self, letter_id: str) -> DeadLetter:
        """Read one; ``NotFoundError`` where there is none."""
        if LETTER_ID.fullmatch(letter_id) is None:
            raise NotFoundError(f"there is no dead letter {letter_id!r}")
        try:
            fields = json.loads(self._store.get(_entry(letter_id)).body)
        except ObjectNotFoundError as error:
            raise NotFoundError(f"there is no dead letter {letter_id}") from error
        return DeadLetter(**{**fields, "key": RunKey(**fields["key"])})

    def remove(self, letter_id: str) -> None:
        """Delete one for good; removing one that is gone is no error."""
        self._store.delete(_entry(letter_id))

    def list(
        self, wanted: DeadLetterFilter, start_after: str = "", limit: int | None = None
    ) -> Iterator[DeadLetter]:
        """Yield matching letters, oldest first, one in memory at a time."""
        return islice(self._matching(wanted, start_after), limit)

    def count(self) -> int:
        """How many letters there are."""
        return sum(1 for _ in self._store.list(_FOLDER))

    def _matching(self, wanted: DeadLetterFilter, start_after: str) -> Iterator[DeadLetter]:
        begin = _FOLDER + wanted.begins_after if wanted.begins_after else ""
        after = max(_entry(start_after) if start_after else "", begin)
        for entry in self._store.list(_FOLDER, start_after=after):
            found = entry.removeprefix(_FOLDER).removesuffix(".json")
            if wanted.ends_before(found):
                return
            if not wanted.may_match(found):
                continue
            try:
                letter = self.get(found)
            except NotFoundError:
                continue
            if wanted.matches(letter):
                yield letter


def _bytes(letter: DeadLetter) -> bytes:
    return json.dumps(asdict(letter)).encode()


def _entry(letter_id: str) -> str:
    return f"{_FOLDER}{letter_id}.json"
