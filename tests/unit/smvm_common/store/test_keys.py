import pytest

from smvm_common.store.keys import check_key, content_etag, content_type_of


@pytest.mark.parametrize(
    "key", ["a", "runs/P/validation/RUN-1/idea.input.json", "é/ü ñ.json", "a.b/..c"]
)
def test_plain_relative_paths_pass_unchanged(key):
    assert check_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        ".",
        "a/../b",
        "a\x00",
        "a\u200eb",
        "a\\b",
        "\ud800",
        "x" * 256,
        "é" * 128,
    ],
)
def test_everything_else_is_refused(key):
    with pytest.raises(ValueError, match=r".+"):
        check_key(key)


def test_the_length_of_a_key_is_limited_in_bytes():
    segment = "é" * 100
    check_key("/".join([segment] * 4))
    with pytest.raises(ValueError, match="1004 bytes"):
        check_key("/".join([segment] * 5))


def test_content_types_follow_from_the_extension():
    assert content_type_of("a/report.pdf") == "application/pdf"
    assert content_type_of("a/idea.input.json") == "application/json"
    assert content_type_of("a/report.html") == "text/html; charset=utf-8"
    assert content_type_of("a/json") == "application/octet-stream"


def test_etags_name_the_content():
    assert content_etag(b"1") == content_etag(b"1") != content_etag(b"2")
