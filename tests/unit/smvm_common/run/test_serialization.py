"""A record as bytes and back."""

import json
from dataclasses import replace
from datetime import UTC, timedelta

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.contracts.artifacts import load_schema
from smvm_common.run.record import (
    DocumentInfo,
    Event,
    EvidenceReference,
    ManualReview,
    Milestone,
    Run,
    RunStatus,
    StageState,
    StageStatus,
    Timeline,
)
from smvm_common.run.serialization import from_bytes, to_bytes
from smvm_common.run.stages import STAGE_NAMES
from support.runs import KEY, complete_through, new_run, proceed

MOMENTS = st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=2)
MILESTONES = st.builds(Milestone, MOMENTS, st.none() | MOMENTS)
EVENTS = st.builds(
    Event,
    st.integers(1),
    MOMENTS,
    TEXTS,
    TEXTS,
    OBJECTS,
    st.sampled_from([None, "update", "alert"]),
    st.none() | st.integers(1),
)
RUNS = st.builds(
    Run,
    key=st.just(KEY),
    correlation_id=TEXTS,
    request_digest=TEXTS,
    callback_url=TEXTS,
    status=st.sampled_from(RunStatus),
    t0=OBJECTS,
    timeline=st.builds(Timeline, MILESTONES, MILESTONES, MILESTONES, MILESTONES),
    updated_at=MOMENTS,
    round_started_at=MOMENTS,
    stages=st.dictionaries(
        st.sampled_from(STAGE_NAMES),
        st.builds(StageState, st.sampled_from(StageStatus), st.none() | MOMENTS, st.none() | TEXTS),
    ),
    documents=st.dictionaries(
        TEXTS, st.builds(DocumentInfo, TEXTS, st.integers(0), TEXTS), max_size=2
    ),
    events=st.lists(EVENTS, max_size=2).map(tuple),
    evidence=st.lists(st.builds(EvidenceReference, TEXTS, MOMENTS, st.integers(0)), max_size=2).map(
        tuple
    ),
    warnings=st.lists(TEXTS, max_size=2).map(tuple),
    gate=st.none() | OBJECTS,
    decision=st.none() | OBJECTS,
    final=st.none() | OBJECTS,
    manual_review=st.none() | st.builds(ManualReview, MOMENTS, TEXTS),
    round=st.integers(0),
    completing=st.booleans(),
    degraded=st.booleans(),
    mock=st.booleans(),
    clock_offset=st.timedeltas(timedelta(0), timedelta(days=400)),
)


@given(RUNS)
def test_any_record_survives_its_bytes(run):
    body = to_bytes(run)
    assert from_bytes(body) == run
    assert to_bytes(from_bytes(body)) == body


def test_the_summary_is_what_its_schema_publishes():
    for run in (new_run(), complete_through(new_run(), "report", proceed())):
        jsonschema.validate(json.loads(to_bytes(run)), load_schema("validation_summary"))


def test_a_record_of_before_reads_with_the_defaults_of_today():
    run = replace(new_run(), events=())
    document = json.loads(to_bytes(run))
    for name in ("mock", "degraded", "clock_offset", "warnings", "evidence"):
        del document["record"][name]
    assert from_bytes(json.dumps(document).encode()) == run
