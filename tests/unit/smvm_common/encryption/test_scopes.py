import pytest

from smvm_common.encryption import scope_of
from smvm_common.identifiers import DEFAULT_TENANT, RunKey

RUN, VALIDATION = "RUN-20241201-143052-a1b2c3d4", "VAL-20241201-143052-a1b2c3d4-001"
OURS = RunKey(DEFAULT_TENANT, "PROJ-1", RUN, VALIDATION)
THEIRS = RunKey("acme", "PROJ-1", RUN, VALIDATION)


@pytest.mark.parametrize("key", [OURS, THEIRS])
def test_all_that_a_run_says_of_people_has_one_scope(key: RunKey) -> None:
    said = [
        key.document("idea.input.json"),
        key.document("analysis_report.pdf"),
        key.document("gate.output.json"),
        key.evidence("0" * 64),
    ]
    (scope,) = {scope_of(name) for name in said}
    assert scope not in (None, "system")


def test_tenants_have_scopes_of_their_own() -> None:
    ours, theirs = (scope_of(k.document("idea.input.json")) for k in (OURS, THEIRS))
    assert ours != theirs


def test_the_record_outlives_the_run_and_names_stay_readable() -> None:
    assert scope_of(OURS.document("validation_summary.json")) == "system"
    assert scope_of("dead-letters/x.json") == "system"
    assert scope_of("index/moving/tractionbuild/x.json") is None
    assert scope_of("keys/system.json") is None
