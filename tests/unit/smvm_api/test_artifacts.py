import pytest

from support.api import RUN, make_api

PDF = RUN + "/artifacts/analysis_report.pdf"


@pytest.fixture
def api(tmp_path):
    made = make_api(tmp_path, mock_mode=True)
    made.submit()
    return made


def test_the_whole_file(api):
    answer = api.get(PDF)
    body = answer.get_data()
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert body.startswith(b"%PDF")
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.content_length == len(body)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=5-99", slice(5, 100)),
        ("bytes=-10", slice(-10, None)),
        ("bytes=100-", slice(100, None)),
        ("bytes=100-999999999", slice(100, None)),
    ],
)
def test_a_range(api, asked, part):
    whole = api.get(PDF).get_data()
    answer = api.get(PDF, Range=asked)
    assert (answer.status_code, answer.get_data()) == (206, whole[part])
    first, last, size = part.indices(len(whole))[0], len(whole[part]), len(whole)
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + last - 1}/{size}"


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=1-2", "bytes=x", "nonsense", ""])
def test_what_is_not_one_range_of_bytes_is_ignored(api, asked):
    answer = api.get(PDF, Range=asked)
    assert answer.status_code == 200


def test_a_range_beyond_the_end_is_a_416_that_names_the_size(api):
    size = len(api.get(PDF).get_data())
    answer = api.get(PDF, Range=f"bytes={size}-")
    assert answer.status_code == 416
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Content-Range"] == f"bytes */{size}"


def test_an_unchanged_file_is_a_304(api):
    etag = api.get(PDF).headers["ETag"]
    for offered in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        answer = api.get(PDF, **{"If-None-Match": offered})
        assert (answer.status_code, answer.get_data()) == (304, b"")


def test_a_range_of_another_version_is_the_whole_file(api):
    answer = api.get(PDF, **{"Range": "bytes=0-9", "If-Range": '"another"'})
    assert answer.status_code == 200
    etag = api.get(PDF).headers["ETag"]
    assert api.get(PDF, **{"Range": "bytes=0-9", "If-Range": etag}).status_code == 206


def test_head_has_the_headers_alone(api):
    answer = api.client.head(PDF, headers=api.token())
    assert (answer.status_code, answer.get_data()) == (200, b"")
    assert answer.content_length > 1000


@pytest.mark.parametrize(
    "name",
    [
        "unknown.json",
        "gate.output.json",
        "..%2f..%2findex%2fmaintenance.json",
        "%2e%2e",
        "analysis_report.pdf%00",
        "a" * 2000,
    ],
)
def test_any_other_name_is_a_404(api, name):
    answer = api.get(f"{RUN}/artifacts/{name}")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_a_file_that_is_not_there_yet_is_a_404(tmp_path):
    api = make_api(tmp_path / "live")
    api.submit()
    assert api.get(RUN + "/artifacts/idea.input.json").status_code == 200
    assert api.get(PDF).status_code == 404


def test_another_tenants_file_is_a_404(api):
    answer = api.client.get(PDF, headers=api.token(tenant="other"))
    assert answer.status_code == 404
