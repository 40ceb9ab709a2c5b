"""What ``smvm demo --idea`` reads, and how it says what is wrong."""

import json

import pytest

from smvm_common.command.idea_file import EXAMPLE, read_submission
from smvm_common.errors import InvalidInputError
from support.api import IDEA_REQUEST


@pytest.fixture
def read(tmp_path):
    def of(text, name="idea.yaml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_submission(path)

    return of


def test_without_a_file_it_is_the_guides_example():
    assert read_submission(None).idea == EXAMPLE
    assert EXAMPLE.to_json() == IDEA_REQUEST["idea"]


def test_json_and_yaml_an_idea_or_a_whole_request(read):
    whole = read(json.dumps(IDEA_REQUEST), "idea.json")
    assert whole.idea == EXAMPLE
    assert (whole.run_id, whole.project_id) == (IDEA_REQUEST["run_id"], "PROJ-2024-001")
    bare = read("description: Bread by bicycle\nmetadata:\n  target_customers: bakers\n")
    assert (bare.idea.description, bare.idea.domain) == ("Bread by bicycle", "other")
    assert bare.idea.metadata == {"target_customers": "bakers"}
    assert bare.run_id is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{bad", "neither JSON nor YAML"),
        (b"\xff\xfe\x00", "neither JSON nor YAML"),
        ("[1]", "must hold an object"),
        ("", "must hold an object"),
        ("domain: x", r"\$\.idea\.description"),
        ("description: 5", r"\$\.idea\.description"),
        ("description: x\nurgency: soon", r"\$\.idea\.urgency"),
        ("description: x\nmetadata: {a: [1]}", r"\$\.idea\.metadata\.a"),
        ("description: x\nsurprise: 1", r"\$\.idea\.surprise"),
        ("idea: {description: x, domain: y}\nproject_id: ../x", r"\$\.project_id"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(read, text, message):
    with pytest.raises(InvalidInputError, match=r"idea\.yaml.*" + message):
        read(text)
