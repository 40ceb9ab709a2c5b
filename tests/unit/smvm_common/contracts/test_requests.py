"""What the API accepts, and that nothing else does more than being refused by its path."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from smvm_common.contracts.messages import flatten
from smvm_common.contracts.requests import (
    ClockRequestSchema,
    CompleteRequestSchema,
    EvidenceRequestSchema,
    ReplayRequestSchema,
    RunRequestSchema,
)
from support.api import IDEA_REQUEST

SCHEMAS = (
    RunRequestSchema,
    EvidenceRequestSchema,
    CompleteRequestSchema,
    ClockRequestSchema,
    ReplayRequestSchema,
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
OBSERVATION = {"kind": "orders", "trials": 10, "successes": 2}


def refused(schema, body) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as raised:
        schema().load(body)
    return flatten(raised.value.messages)


def request(**changes):
    return {**IDEA_REQUEST, **changes}


def idea(**changes):
    return request(idea={**IDEA_REQUEST["idea"], **changes})


def test_the_guides_request_is_taken_as_it_stands():
    assert RunRequestSchema().load(IDEA_REQUEST) == IDEA_REQUEST


def test_the_least_request():
    least = {
        "project_id": "P",
        "idea": {"description": "x", "domain": "y"},
        "callback_url": "https://a.example",
    }
    found = RunRequestSchema().load(least)
    assert found["idea"] == {**least["idea"], "urgency": "medium", "metadata": {}}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (request(extra=1), "$.extra"),
        (request(project_id="../x"), "$.project_id"),
        (request(project_id="a\n"), "$.project_id"),
        (request(run_id="RUN-1"), "$.run_id"),
        (request(run_id=None), "$.run_id"),
        (request(correlation_id="a b"), "$.correlation_id"),
        (request(callback_url=5), "$.callback_url"),
        (request(idea=[]), "$.idea"),
        (idea(description=""), "$.idea.description"),
        (idea(description=" \n "), "$.idea.description"),
        (idea(description="x" * 10_001), "$.idea.description"),
        (idea(urgency="soon"), "$.idea.urgency"),
        (idea(extra=1), "$.idea.extra"),
        (idea(metadata=[]), "$.idea.metadata"),
        (idea(metadata={"estimated_market_size": "5"}), "$.idea.metadata.estimated_market_size"),
        (idea(metadata={"estimated_market_size": True}), "$.idea.metadata.estimated_market_size"),
        (idea(metadata={"currency": "usd"}), "$.idea.metadata.currency"),
        (idea(metadata={"currency": "USD\n"}), "$.idea.metadata.currency"),
        (idea(metadata={"nested": {"a": 1}}), "$.idea.metadata.nested"),
        (idea(metadata={"a": "x" * 1001}), "$.idea.metadata.a"),
        (idea(metadata={"k" * 65: 1}), "$.idea.metadata." + "k" * 65),
        (idea(metadata={str(n): n for n in range(51)}), "$.idea.metadata"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(body, path):
    assert path in refused(RunRequestSchema, body)


def test_metadata_without_a_value_is_left_out():
    found = RunRequestSchema().load(idea(metadata={"currency": None, "other": None, "b": False}))
    assert found["idea"]["metadata"] == {"b": False}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"successes": 11}, "$.observations[0].successes"),
        ({"trials": 0, "successes": 0}, "$.observations[0].trials"),
        ({"trials": 10.0}, "$.observations[0].trials"),
        ({"price": 0}, "$.observations[0].price"),
        ({"price": -1}, "$.observations[0].price"),
        ({"days": 4000}, "$.observations[0].days"),
        ({"kind": "rumour"}, "$.observations[0].kind"),
    ],
)
def test_evidence_has_its_bounds(changes, path):
    assert path in refused(EvidenceRequestSchema, {"observations": [{**OBSERVATION, **changes}]})
    assert refused(EvidenceRequestSchema, {"observations": []})
    assert refused(EvidenceRequestSchema, {"observations": [OBSERVATION] * 101})


@pytest.mark.parametrize("seconds", [0, -1, 1e12, "5", True, float("nan")])
def test_a_clock_moves_forward_by_a_plausible_time(seconds):
    assert "$.advance_seconds" in refused(ClockRequestSchema, {"advance_seconds": seconds})


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": ["a"], "everything": True}, {"ids": []}, {"ids": ["a"], "destination": "x"}],
)
def test_letters_are_chosen_one_way(body):
    assert refused(ReplayRequestSchema, body)
    ReplayRequestSchema().load({"destination": "x", "validation_id": "y", "dry_run": True})


@given(schema=st.sampled_from(SCHEMAS), body=JSON)
def test_no_json_breaks_a_schema(schema, body):
    errors = schema().validate(body)
    assert all(path.startswith("$") for path in flatten(errors))


@given(
    st.dictionaries(st.sampled_from(["project_id", "idea", "run_id", "callback_url", "x"]), JSON)
)
def test_no_value_in_a_requests_place_breaks_it(changes):
    body = request(**changes)
    if not RunRequestSchema().validate(body):
        json.dumps(RunRequestSchema().load(body), allow_nan=False)
