from itertools import chain

import pytest

from smvm_api import listing
from support.api import RUNS


@pytest.fixture
def seven(api):
    for number in range(7):
        project = "EVEN" if number % 2 == 0 else "ODD"
        run_id = f"RUN-20241201-1430{number:02d}-a1b2c3d4"
        assert api.submit(run_id=run_id, project_id=project).status_code == 201
    return api


def walk(api, query=""):
    found, cursor = [], ""
    while cursor is not None:
        page = api.get(f"{RUNS}?{query}{cursor and '&cursor=' + cursor}").get_json()
        found.append([entry["validation_id"] for entry in page["runs"]])
        cursor = page["next_cursor"]
    return found


def test_all_runs_oldest_first(seven):
    (page,) = walk(seven)
    assert len(page) == 7
    assert page == sorted(page)


def test_pages_are_walked_by_the_cursor_without_gaps(seven):
    pages = walk(seven, "limit=3")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(chain(*pages)) == walk(seven)[0]


def test_a_last_page_that_is_full_needs_no_empty_one(seven):
    assert [len(page) for page in walk(seven, "limit=7")] == [7]


def test_a_run_that_comes_while_walking_is_seen_once(seven):
    first = seven.get(RUNS + "?limit=3").get_json()
    seven.submit(run_id="RUN-20241201-143000-00000000", project_id="LATE")
    seven.submit(run_id="RUN-20241201-143059-a1b2c3d4", project_id="LATE")
    rest = seven.get(f"{RUNS}?cursor={first['next_cursor']}").get_json()["runs"]
    ids = [entry["validation_id"] for entry in first["runs"] + rest]
    assert len(ids) == len(set(ids)) == 8


def test_filters(seven):
    seven.client.post(
        "/api/v1/validation/VAL-20241201-143001-a1b2c3d4-001/cancel", headers=seven.token()
    )
    assert len(walk(seven, "project_id=EVEN")[0]) == 4
    assert walk(seven, "status=cancelled") == [["VAL-20241201-143001-a1b2c3d4-001"]]
    assert walk(seven, "status=cancelled&project_id=EVEN") == [[]]


def test_a_search_reads_a_bounded_number_of_records_and_goes_on(seven, monkeypatch):
    monkeypatch.setattr(listing, "_MOST_READ", 2)
    pages = walk(seven, "project_id=ODD")
    assert list(chain(*pages)) == [f"VAL-20241201-1430{n:02d}-a1b2c3d4-001" for n in (1, 3, 5)]
    assert len(pages) >= 4


def test_a_line_says_where_the_run_stands(seven):
    line = seven.get(RUNS + "?limit=1").get_json()["runs"][0]
    assert line == {
        "validation_id": "VAL-20241201-143000-a1b2c3d4-001",
        "run_id": "RUN-20241201-143000-a1b2c3d4",
        "project_id": "EVEN",
        "status": "accepted",
        "progress": 0.0,
        "accepted_at": "2026-03-02T14:30:52Z",
        "gate_decision": None,
    }


def test_a_claimed_identifier_without_a_run_is_passed_over(seven):
    record = "runs/ODD/validation/RUN-20241201-143001-a1b2c3d4/validation_summary.json"
    seven.store.delete(record)
    assert len(walk(seven)[0]) == 6


def test_other_tenants_runs_are_not_listed(seven):
    answer = seven.client.get(RUNS, headers=seven.token(tenant="other"))
    assert answer.get_json() == {"runs": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("project_id=../x", "project_id"),
        ("status=asleep", "status"),
        ("cursor=1", "cursor"),
        ("cursor=VAL-20241201-143000-a1b2c3d4-001%0a", "cursor"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e1", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=", "limit"),
        ("page=2", "page"),
    ],
)
def test_a_wrong_query_is_a_400_that_names_the_parameter(api, query, named):
    answer = api.get(f"{RUNS}?{query}")
    assert answer.status_code == 400
    assert list(answer.get_json()["errors"]) == [named]
