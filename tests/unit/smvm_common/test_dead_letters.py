from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest

from smvm_common.clock import rfc3339
from smvm_common.dead_letters import (
    DeadLetter,
    DeadLetterBox,
    DeadLetterFilter,
    destination_of,
    letter_id,
)
from smvm_common.errors import NotFoundError
from smvm_common.identifiers import RunKey
from smvm_common.store.memory import MemoryStore
from support.runs import KEY, T0

OTHER = RunKey("acme-2", "P1", "RUN-20260302-143052-00000002", "VAL-20260302-143052-00000002-001")


def letter(
    sequence: int = 1,
    key: RunKey = KEY,
    minutes: int = 0,
    url: str = "https://a.example/hook/validation/update",
) -> DeadLetter:
    occurred = T0 + timedelta(minutes=minutes)
    return DeadLetter(
        id=letter_id(key, sequence, occurred),
        key=key,
        correlation_id="CORR-1",
        url=url,
        kind="update",
        sequence=sequence,
        webhook_id=f"msg_{key.validation_id}_{sequence}",
        body='{"progress":0.5,"note":"Größe"}',
        attempts=6,
        reason="HTTP 500",
        occurred_at=rfc3339(occurred),
        first_attempt_at=rfc3339(occurred),
        last_attempt_at=rfc3339(occurred),
    )


def box_of(*letters: DeadLetter) -> DeadLetterBox:
    box = DeadLetterBox(MemoryStore())
    for one in letters:
        box.put(one)
    return box


def listed(box: DeadLetterBox, **wanted: object) -> list[int]:
    return [one.sequence for one in box.list(DeadLetterFilter(**wanted))]


def test_a_letter_is_read_back_as_it_was_put_and_twice_is_once():
    box = box_of(letter(), letter())
    assert box.get(letter().id) == letter()
    assert box.count() == 1


def test_identifiers_are_in_order_of_time_and_then_of_the_run():
    letters = [letter(2), letter(10), letter(1, minutes=1), letter(1, minutes=60 * 24 * 40)]
    assert [one.id for one in letters] == sorted(one.id for one in letters)
    assert listed(box_of(*reversed(letters))) == [2, 10, 1, 1]


def test_each_filter_keeps_what_it_names():
    box = box_of(
        letter(1),
        letter(2, minutes=10, url="https://b.example:8443/x/validation/alert"),
        letter(3, key=OTHER, minutes=20),
    )
    assert listed(box, tenant="acme-2") == [3]
    assert listed(box, validation_id=KEY.validation_id) == [1, 2]
    assert listed(box, destination="https://b.example:8443") == [2]
    assert listed(box, destination="https://A.example:443/") == [1, 3]
    assert listed(box, older_than=T0 + timedelta(minutes=10)) == [1, 2]
    assert listed(box, younger_than=T0 + timedelta(minutes=10)) == [2, 3]
    assert listed(box, tenant="acme-2", older_than=T0) == []


def test_a_listing_goes_on_where_the_last_page_ended():
    box = box_of(*(letter(n) for n in range(1, 8)))
    first = list(box.list(DeadLetterFilter(), limit=3))
    second = list(box.list(DeadLetterFilter(), start_after=first[-1].id, limit=3))
    assert [one.sequence for one in first + second] == [1, 2, 3, 4, 5, 6]


def test_letters_can_be_removed_while_they_are_listed():
    box = box_of(*(letter(n) for n in range(1, 6)))
    for one in box.list(DeadLetterFilter()):
        box.remove(one.id)
    assert box.count() == 0


class CountingStore(MemoryStore):
    reads = 0

    def get(self, key):
        self.reads += 1
        return super().get(key)


def test_a_listing_reads_only_as_far_as_it_is_asked_and_only_what_may_match():
    store = CountingStore()
    box = DeadLetterBox(store)
    for n in range(1, 51):
        box.put(letter(n, key=OTHER if n % 2 else KEY))
    found: Iterator[DeadLetter] = box.list(DeadLetterFilter(tenant="acme-2"))
    assert len(list(islice(found, 5))) == 5
    assert store.reads == 5


def test_a_listing_by_age_ends_where_no_letter_can_match_any_more():
    box = box_of(*(letter(n, minutes=n) for n in range(10)))
    seen = []
    listing = box._store.list
    box._store.list = lambda *a, **k: (seen.append(key) or key for key in listing(*a, **k))
    window = {"younger_than": T0 + timedelta(minutes=3), "older_than": T0 + timedelta(minutes=5)}
    assert listed(box, **window) == [3, 4, 5]
    assert len(seen) == 4


def test_a_letter_removed_meanwhile_is_not_brought_back_by_its_replay():
    box = box_of(letter())
    tried = replace(letter(), attempts=7)
    box.revise(tried)
    assert box.get(tried.id).attempts == 7
    box.remove(tried.id)
    box.revise(tried)
    assert box.count() == 0


@pytest.mark.parametrize("name", ["", "../runs/x", "20260302T143052-x", letter(9).id])
def test_what_is_no_letter_is_not_found(name):
    with pytest.raises(NotFoundError):
        box_of(letter()).get(name)


def test_removing_twice_is_no_error():
    box = box_of(letter())
    box.remove(letter().id)
    box.remove(letter().id)


def test_json_shows_the_payload_decoded_and_the_run():
    shown = letter().to_json()
    assert shown["payload"] == {"progress": 0.5, "note": "Größe"}
    assert shown["validation_id"] == KEY.validation_id
    assert shown["destination"] == "https://a.example"


@pytest.mark.parametrize(
    ("url", "destination"),
    [
        ("https://A.example/x", "https://a.example"),
        ("https://a.example:443/x", "https://a.example"),
        ("https://a.example:8443/x", "https://a.example:8443"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:9000/x", "http://[::1]:9000"),
    ],
)
def test_a_destination_is_scheme_host_and_port(url, destination):
    assert destination_of(url) == destination
