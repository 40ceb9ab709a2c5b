"""The checks of T0: immediate, never failing, and following from what was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smvm_common.contracts.requests import IdeaSchema
from smvm_common.pii import find_pii
from smvm_common.t0 import check_idea, mask_and_check

EXAMPLE = {
    "description": "AI-powered personal finance management platform",
    "domain": "finance",
    "urgency": "high",
    "metadata": {
        "estimated_market_size": 5000000,
        "target_customers": "millennials",
        "competitive_advantage": "AI-driven insights",
    },
}
SCALARS = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
IDEAS = st.fixed_dictionaries(
    {"description": st.text(min_size=1), "domain": st.text(min_size=1)},
    optional={
        "urgency": st.sampled_from(["low", "medium", "high", "critical"]),
        "metadata": st.dictionaries(
            st.text(min_size=1).filter(
                lambda k: k not in ("estimated_market_size", "target_customers")
            ),
            SCALARS,
            max_size=4,
        ),
    },
)


def idea(**changes):
    return {**EXAMPLE, **changes}


def test_the_guides_example_passes_with_low_risk():
    found = check_idea(EXAMPLE)
    assert (found.business_logic_check, found.risk_assessment) == ("passed", "low")
    assert any("Gen Z" in text for text in found.recommendations)
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"description": "app"}, "too few words"),
        ({"description": "xkcd qwrt zxcv bnmk plkj"}, "does not read like a sentence"),
        ({"description": "12 34 56 78 90"}, "does not read like a sentence"),
        ({"metadata": {"estimated_market_size": 5}}, "not plausible"),
        ({"metadata": {"estimated_market_size": 1e18}}, "not plausible"),
        ({"metadata": {"estimated_market_size": -1}}, "not plausible"),
    ],
)
def test_what_is_doubtful_is_a_warning_and_a_risk(changes, warning):
    found = check_idea(idea(**changes))
    assert found.business_logic_check == "passed_with_warnings"
    assert any(warning in text for text in found.warnings)
    assert set(found.warnings) <= set(found.risk_reasons)


def test_other_scripts_are_no_reason_for_doubt():
    assert check_idea(idea(description="個人の 家計を 管理する 仕組み です")).warnings == ()


def test_risk_rises_with_its_reasons():
    sensitive = check_idea(idea(description="A casino with gambling for everybody online"))
    assert sensitive.risk_assessment == "high"
    two = check_idea(idea(description="Loans and a health clinic for all people"))
    assert two.risk_assessment == "medium"
    assert len(two.risk_reasons) == 2


def test_what_is_missing_is_recommended():
    found = check_idea({"description": "Bread delivered to the door each day", "domain": "food"})
    text = " ".join(found.recommendations)
    for missing in ("target customers", "market size", "competitive advantage"):
        assert missing in text


@given(IDEAS)
def test_no_idea_of_the_schema_breaks_the_checks(document):
    errors = IdeaSchema().validate(document)
    if errors:
        return
    loaded = IdeaSchema().load(document)
    found = check_idea(loaded).to_json()
    assert found["risk_assessment"] in ("low", "medium", "high")
    assert check_idea(loaded).to_json() == found


@given(IDEAS)
def test_masking_before_the_checks_leaves_no_personal_data(document):
    document["description"] += " call +1 650-253-0000 or mail jane@example.com"
    masked, checks = mask_and_check(document)
    assert checks["pii"]["count"] >= 2
    assert set(checks["pii"]["masked"]) >= {"phone", "email"}
    assert find_pii(masked["description"]) == []
    assert "jane@example.com" not in str(checks)
