"""Every body that the API reads, with input that is wrong in every way."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smvm_api.request_body import flatten, parse_json
from smvm_common.errors import InvalidInputError
from support.api import IDEA_REQUEST, RUN, RUNS, make_api

OBSERVATION = {"kind": "sign_ups", "trials": 1200, "successes": 31, "price": 5.0, "days": 7}
BODIES = {
    ("POST", RUNS): IDEA_REQUEST,
    ("POST", RUN + "/evidence"): {"observations": [OBSERVATION]},
    ("PUT", RUN + "/complete"): {"evidence": [OBSERVATION], "note": "a note"},
    ("POST", RUN + "/cancel"): {"reason": "a reason"},
    ("POST", RUN + "/clock"): {"advance_seconds": 60},
    ("POST", "/api/v1/dead-letters/replay"): {"everything": True, "dry_run": True},
}
JSON_TYPE = {"Content-Type": "application/json"}


@pytest.fixture
def running(api):
    """With a run to act on, other than the one that the body of a submission names."""
    submitted = api.submit()
    assert submitted.status_code == 201
    return api


def send(api, method, path, body, headers=JSON_TYPE):
    return api.client.open(path, method=method, data=body, headers={**api.token(), **headers})


def everything(api):
    return {key: api.store.get(key).body for key in api.store.list("")}


def refused(api, method, path, body, status=400, headers=JSON_TYPE):
    """The problem; nothing in the store may have changed."""
    before = everything(api)
    answer = send(api, method, path, body, headers)
    assert answer.status_code == status, answer.get_data()
    assert answer.content_type == "application/problem+json"
    assert "Traceback" not in answer.get_data(as_text=True)
    assert everything(api) == before
    return answer.get_json()


@pytest.mark.parametrize(("method", "path"), BODIES)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nothing",
        b"\xff\xfe{}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b"[" * 17 + b"]" * 17,
        b'{"a":' * 50_000,
        b'{"a": "\x01"}',
        b"1" * 5000,
        b"null",
        b"[]",
        b"[{}]",
        b'"text"',
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b'{"surprise": 1}',
    ],
)
def test_what_is_no_json_of_the_contract_is_a_400(running, method, path, body):
    refused(running, method, path, body)


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_ten_megabytes_are_a_413(running, method, path):
    refused(running, method, path, b'"' + b"x" * 10_000_000 + b'"', 413)


@pytest.mark.parametrize(("method", "path"), BODIES)
@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_another_content_type_is_a_415(running, method, path, kind):
    refused(running, method, path, json.dumps(BODIES[method, path]), 415, {"Content-Type": kind})


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_parameters_and_case_of_the_content_type_do_not_matter(api, kind):
    answer = send(api, "POST", RUNS, json.dumps(IDEA_REQUEST), {"Content-Type": kind})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/evidence", {}, "$.observations"),
        ("/evidence", {"observations": []}, "$.observations"),
        ("/evidence", {"observations": [5]}, "$.observations[0]"),
        ("/evidence", {"observations": [OBSERVATION] * 101}, "$.observations"),
        ("/evidence", [{"kind": "fame"}], "$.observations[1].kind"),
        ("/evidence", [{"trials": 0}], "$.observations[1].trials"),
        ("/evidence", [{"trials": 1.5}], "$.observations[1].trials"),
        ("/evidence", [{"trials": "9"}], "$.observations[1].trials"),
        ("/evidence", [{"trials": True}], "$.observations[1].trials"),
        ("/evidence", [{"successes": 1201}], "$.observations[1].successes"),
        ("/evidence", [{"successes": -1}], "$.observations[1].successes"),
        ("/evidence", [{"price": 0}], "$.observations[1].price"),
        ("/evidence", [{"price": 10**400}], "$.observations[1].price"),
        ("/evidence", [{"days": -1}], "$.observations[1].days"),
        ("/evidence", [{"note": "x" * 1001}], "$.observations[1].note"),
        ("/evidence", [{"note": "\x00"}], "$.observations[1].note"),
        ("/evidence", [{"surprise": 1}], "$.observations[1].surprise"),
        ("/complete", {"note": 5}, "$.note"),
        ("/complete", {"note": "x" * 2001}, "$.note"),
        ("/complete", {"evidence": {}}, "$.evidence"),
        ("/complete", {"evidence": [{**OBSERVATION, "kind": None}]}, "$.evidence[0].kind"),
        ("/cancel", {"reason": ["x"]}, "$.reason"),
        ("/cancel", {"reason": "\ud800"}, "$.reason"),
        ("/clock", {}, "$.advance_seconds"),
        ("/clock", {"advance_seconds": 0}, "$.advance_seconds"),
        ("/clock", {"advance_seconds": -5}, "$.advance_seconds"),
        ("/clock", {"advance_seconds": 1e300}, "$.advance_seconds"),
        ("/clock", {"advance_seconds": "60"}, "$.advance_seconds"),
    ],
)
def test_a_wrong_field_is_named(running, path, body, named):
    if isinstance(body, list):
        body = {"observations": [OBSERVATION, {**OBSERVATION, **body[0]}]}
    method = "PUT" if path == "/complete" else "POST"
    problem = refused(running, method, RUN + path, json.dumps(body))
    assert list(problem["errors"]) == [named]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def mocked(tmp_path):
    """Completing with evidence waits for workers, except in mock mode."""
    return make_api(tmp_path, mock_mode=True)


@pytest.mark.parametrize(("method", "path"), list(BODIES)[1:])
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_value_of_a_member_makes_a_server_error(mocked, method, path, data):
    api = mocked
    api.forget_everything()
    api.submit()
    name = data.draw(st.sampled_from(sorted(BODIES[method, path])))
    body = {**BODIES[method, path], name: data.draw(JSON)}
    before = everything(api)
    answer = send(api, method, path, json.dumps(body))
    assert answer.status_code in (200, 202, 400, 409), answer.get_data()
    if answer.status_code == 400:
        assert everything(api) == before


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_a_refusal(raw):
    try:
        parsed = parse_json(raw, 16)
    except InvalidInputError:
        return
    assert parsed == json.loads(raw)


@pytest.mark.parametrize("depth", [1, 15, 16, 17, 5000])
def test_nesting_is_bounded(depth):
    raw = b'{"a":' * (depth - 1) + b"[]" + b"}" * (depth - 1)
    if depth <= 16:
        parse_json(raw, 16)
        return
    with pytest.raises(InvalidInputError, match="deeper than 16"):
        parse_json(raw, 16)


def test_brackets_in_strings_do_not_nest():
    assert parse_json(b'{"a": "[[[[{{{{\\"[["}', 1) == {"a": '[[[[{{{{"[['}


def test_messages_are_flattened_to_json_paths():
    messages = {"idea": {"metadata": {"a b": ["x"]}, "_schema": ["y"]}, "list": {0: {"k": ["z"]}}}
    assert flatten(messages) == {
        "$.idea.metadata.a b": ["x"],
        "$.idea": ["y"],
        "$.list[0].k": ["z"],
    }
