import json
from datetime import timedelta

from smvm_common.clock import ManualClock
from smvm_common.store.memory import MemoryStore
from smvm_workers.providers.cache import AnswerCache
from support.providers import NOW

DIGEST, OTHER = "a" * 64, "b" * 64


def made(days=7):
    store, clock = MemoryStore(), ManualClock(NOW)
    return AnswerCache(store, clock, days), store, clock


def test_an_answer_is_kept_and_marked():
    cache, store, _ = made()
    cache.put(DIGEST, "m", {"domain": "finance"})
    assert cache.get(DIGEST) == {"domain": "finance"}
    assert cache.get(OTHER) is None
    kept = json.loads(store.get(f"answers/{DIGEST}.json").body)
    assert (kept["data_class"], kept["retention_days"]) == ("confidential", 7)
    assert kept["sources"] == [{"name": "language model m", "kind": "model"}]


def test_it_is_not_given_once_its_days_are_over():
    cache, _, clock = made()
    cache.put(DIGEST, "m", {})
    clock.advance(timedelta(days=7))
    assert cache.get(DIGEST) == {}
    clock.advance(timedelta(days=1))
    assert cache.get(DIGEST) is None


def test_what_is_over_is_deleted_and_nothing_else():
    cache, store, clock = made()
    cache.put(DIGEST, "m", {})
    clock.advance(timedelta(days=5))
    cache.put(OTHER, "m", {})
    assert cache.forget_expired() == 0
    clock.advance(timedelta(days=3))
    assert cache.forget_expired() == 1
    assert list(store.list("answers/")) == [f"answers/{OTHER}.json"]
    clock.advance(timedelta(days=30))
    assert cache.forget_expired() == 1
    assert list(store.list("")) == []


def test_what_was_given_again_lately_stays():
    cache, store, clock = made()
    cache.put(DIGEST, "m", {})
    clock.advance(timedelta(days=5))
    cache.put(DIGEST, "m", {"again": True})
    clock.advance(timedelta(days=3))
    assert cache.forget_expired() == 1
    assert cache.get(DIGEST) == {"again": True}
    assert len(list(store.list("index/answers/"))) == 1
