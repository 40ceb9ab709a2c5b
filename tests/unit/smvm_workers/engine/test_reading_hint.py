"""What a language model may say of an idea, and what it may not move."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smvm_workers.engine.domain import Idea, ReadingHint, Source
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.lexicon import rows_of
from smvm_workers.engine.market import size_market
from smvm_workers.engine.reference.industries import domains

SOURCE = Source("language model m", "model")
NAMED = Idea("Budgeting app for millennials with bank links", "finance", "high")
OPEN = Idea("Somebody waters your plants and empties the letterbox while you travel", "xyz", "low")
GIBBERISH = Idea("qwrtzx bcdfgh jklmnp zzxxcc vvbbnn", "finance", "low")
PERPETUAL = Idea("A perpetual motion machine that powers homes for ever", "energy", "high")
LAUNDERING = Idea("A service that launders money for drug dealers who sell cocaine", "xyz", "high")


def _some(kind: str, column: str) -> st.SearchStrategy[tuple[str, ...]]:
    names = st.sampled_from(sorted(rows_of(kind, column)))
    return st.lists(names, max_size=4, unique=True).map(tuple)


HINTS = st.builds(
    ReadingHint,
    source=st.just(SOURCE),
    domain=st.none() | st.sampled_from([d.name for d in domains()]),
    segment=st.none() | st.sampled_from(sorted(rows_of("segment", "code"))),
    technologies=_some("technology", "label"),
    regulations=_some("regulation", "label"),
)


@settings(deadline=None, max_examples=60)
@given(HINTS, st.sampled_from([NAMED, OPEN, GIBBERISH, PERPETUAL, LAUNDERING]))
def test_no_hint_gives_meaning_or_lifts_what_forbids(hint: ReadingHint, idea: Idea) -> None:
    alone, helped = read_idea(idea), read_idea(idea, hint)
    assert helped.meaningful == alone.meaningful
    assert helped.show_stoppers == alone.show_stoppers
    assert helped.findings == alone.findings


def test_the_ideas_above_are_what_they_stand_for() -> None:
    assert not read_idea(GIBBERISH).meaningful
    assert read_idea(PERPETUAL).show_stoppers
    assert read_idea(LAUNDERING).show_stoppers
    assert read_idea(OPEN).meaningful


@settings(deadline=None, max_examples=40)
@given(HINTS)
def test_no_hint_moves_the_money_of_an_idea_that_says_its_field_and_buyers(
    hint: ReadingHint,
) -> None:
    alone, helped = read_idea(NAMED), read_idea(NAMED, hint)
    assert (helped.domain, helped.industries, helped.segment) == (
        alone.domain,
        alone.industries,
        alone.segment,
    )
    before, after = size_market(NAMED, alone), size_market(NAMED, helped)
    for part in ("tam", "sam", "som", "customers", "annual_spend", "growth"):
        assert getattr(before, part) == getattr(after, part)


@settings(deadline=None, max_examples=40)
@given(HINTS, st.sampled_from([NAMED, OPEN]))
def test_a_hint_only_adds_technologies_and_rules(hint: ReadingHint, idea: Idea) -> None:
    alone, helped = read_idea(idea), read_idea(idea, hint)
    assert set(helped.technologies) == set(alone.technologies) | set(hint.technologies)
    assert set(helped.regulations) == set(alone.regulations) | set(hint.regulations)


def test_a_hint_decides_what_the_words_leave_open_and_is_named_as_a_source() -> None:
    hint = ReadingHint(SOURCE, domain="real estate", segment="seniors")
    helped = read_idea(OPEN, hint)
    assert helped.domain == "real estate"
    assert helped.segment.age_low == 65
    assert [s.kind for s in helped.sources][-1] == "model"
    assert SOURCE not in read_idea(OPEN).sources


@pytest.mark.parametrize(
    "hint",
    [
        ReadingHint(SOURCE, domain="astrology of stocks"),
        ReadingHint(SOURCE, segment="everyone"),
        ReadingHint(SOURCE, technologies=("magic",)),
    ],
)
def test_a_hint_outside_the_tables_is_refused(hint: ReadingHint) -> None:
    with pytest.raises(KeyError):
        read_idea(OPEN, hint)
