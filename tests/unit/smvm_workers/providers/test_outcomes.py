import json

import pytest

from smvm_common.store.memory import MemoryStore
from smvm_workers.providers.outcomes import Outcome, OutcomeBook
from support.runs import KEY, new_run

DIGEST = "c" * 64
ANSWER = Outcome("m", {"domain": "finance"})


def test_the_first_outcome_stands():
    book = OutcomeBook(MemoryStore())
    assert book.settle(new_run(), "reading", DIGEST, lambda: ANSWER) == ANSWER
    later = book.settle(new_run(), "reading", DIGEST, lambda: pytest.fail("asked again"))
    assert later == ANSWER


def test_that_there_was_no_answer_stands_as_well():
    book = OutcomeBook(MemoryStore())
    none = Outcome("m", reason="too_slow")
    book.settle(new_run(), "reading", DIGEST, lambda: none)
    assert book.settle(new_run(), "reading", DIGEST, lambda: ANSWER) == none


def test_of_two_at_once_both_take_the_first_that_was_written():
    book = OutcomeBook(MemoryStore())

    def slower() -> Outcome:
        book.settle(new_run(), "reading", DIGEST, lambda: ANSWER)
        return Outcome("m", reason="too_slow")

    assert book.settle(new_run(), "reading", DIGEST, slower) == ANSWER


def test_it_lies_with_the_runs_working_documents():
    store = MemoryStore()
    OutcomeBook(store).settle(new_run(), "reading", DIGEST, lambda: ANSWER)
    (key,) = store.list("")
    assert key.startswith(KEY.working_prefix + "consultations/")
    assert json.loads(store.get(key).body)["retention_days"] == 90


def test_another_question_or_round_has_its_own():
    book, run = OutcomeBook(MemoryStore()), new_run()
    book.settle(run, "reading", DIGEST, lambda: ANSWER)
    none = Outcome("m", reason="busy")
    assert book.settle(run, "reading", "d" * 64, lambda: none) == none
    assert book.settle(run, "competitors", DIGEST, lambda: none) == none
