"""Identifiers become storage keys: whatever is no identifier never becomes one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.errors import InvalidInputError
from smvm_common.identifiers import (
    ARTIFACT_NAMES,
    CORRELATION_ID,
    RUN_ID,
    RunKey,
    mint_correlation_id,
    mint_run_id,
    validation_id_for,
)
from smvm_common.store.keys import check_key
from support.runs import KEY

NOW = datetime(2024, 12, 1, 14, 30, 52, tzinfo=UTC)
HOSTILE = st.text(st.sampled_from("aA0.-_/\\\n\x00~%é \u2028"), max_size=70)
PARTS = ("tenant", "project_id", "run_id", "validation_id")


def key(**changes) -> RunKey:
    return RunKey(**(KEY.to_message() | changes))


def test_minted_identifiers_are_the_contracts():
    assert mint_run_id(NOW).startswith("RUN-20241201-143052-")
    assert RUN_ID.fullmatch(mint_run_id(NOW))
    assert CORRELATION_ID.fullmatch(mint_correlation_id(NOW))
    assert mint_run_id(NOW) != mint_run_id(NOW)


def test_a_validation_is_named_after_its_run():
    run_id = "RUN-20241201-143052-a1b2c3d4"
    assert validation_id_for(run_id) == "VAL-20241201-143052-a1b2c3d4-001"
    assert validation_id_for(run_id, 12).endswith("-012")
    for wrong in ("", "RUN-1", run_id + "\n", run_id.upper(), " " + run_id, "../" + run_id):
        with pytest.raises(InvalidInputError):
            validation_id_for(wrong)


def test_the_guides_tree():
    assert KEY.prefix == "runs/PROJ-2024-001/validation/RUN-20260302-143052-a1b2c3d4/"
    assert key(tenant="acme").prefix == "tenants/acme/" + KEY.prefix
    for name in ARTIFACT_NAMES:
        assert KEY.document(name) == KEY.prefix + name
    assert KEY.document("market.output.json").startswith("work/")


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("wrong", ["", ".", "..", "a/b", "a\\b", "a\n", "a\x00", "é", "a b", "~"])
def test_each_part_is_checked(name, wrong):
    with pytest.raises(InvalidInputError) as raised:
        key(**{name: wrong})
    assert name in raised.value.errors


@given(name=st.sampled_from(PARTS), text=HOSTILE)
def test_no_text_leads_out_of_its_folder(name, text):
    try:
        made = key(**{name: text})
    except InvalidInputError:
        return
    for document in (made.document("idea.input.json"), made.document("x.json"), made.evidence("d")):
        assert check_key(document) == document
        assert ".." not in document
        assert text in document or name == "validation_id"
    assert made.prefix.count("/") == KEY.prefix.count("/") + 2 * (text != KEY.tenant) * (
        name == "tenant"
    )


@given(st.text("abcXYZ019._-", min_size=1, max_size=80))
def test_a_project_is_64_safe_characters_without_dots_in_a_row(text):
    allowed = len(text) <= 64 and text[0] not in "._-" and ".." not in text
    if allowed:
        assert key(project_id=text).project_id == text
    else:
        with pytest.raises(InvalidInputError):
            key(project_id=text)


def test_a_key_survives_a_message():
    assert RunKey(**KEY.to_message()) == KEY
