import re
from copy import deepcopy

import pytest

from smvm_workers.report.content.finance import shown_bars
from smvm_workers.report.content.technology import build_order
from support.reports import NASTY, content, documents, texts

AFTER_THE_GATE = ("simulation.result", "finance.output", "technical.output", "risk.output")


def without(*names):
    return {name: body for name, body in documents().items() if name.split(".json")[0] not in names}


def charts_of(composed):
    blocks = [
        *composed["summary"]["outlook"],
        *(b for s in composed["sections"] for b in s["blocks"]),
    ]
    items = [item for b in blocks if b["kind"] == "charts" for item in b["items"]]
    return {item["name"]: item for item in items}


def takeaway(given, chart):
    return charts_of(content(given))[chart]["takeaway"]


def test_every_deliverable_has_its_section():
    names = [section["name"] for section in content()["sections"]]
    assert names == [
        *("gate", "market", "simulation", "finance", "technology", "risks", "limits", "grounds")
    ]


def test_no_identifier_of_the_engine_reaches_the_reader():
    for text in texts(content()["summary"]) + texts(content()["sections"]):
        if not re.fullmatch(r"(conditional_go|no_go|go|[a-z]+)", text):
            assert not re.search(r"\b[a-z]+_[a-z_]+\b", text), text


def test_nothing_is_certain_and_figures_have_three_digits():
    for text in texts(content()):
        assert "100 %" not in text.replace("50, 80 and 95 %", ""), text
        for number in re.findall(r"\$(\d[\d.]*)[kMBT]?\b", text):
            assert len(number.replace(".", "").lstrip("0")) <= 3, text


def test_same_documents_same_content():
    assert content(documents()) == content(documents())


@pytest.mark.parametrize(
    "name", sorted({*documents()} - {"idea.input.json", "decision.output.json"})
)
def test_any_other_document_may_be_missing(name):
    given = documents()
    del given[name]
    composed = content(given)
    assert composed["summary"]["verdict"]
    assert composed["sections"]


def test_what_ended_at_the_gate_is_short_and_lists_only_what_it_used():
    short, whole = content(without(*AFTER_THE_GATE)), content()
    assert [s["name"] for s in short["sections"]] == ["gate", "market", "limits", "grounds"]
    assert short["summary"]["outlook"] == []

    def assumptions(composed):
        grounds = composed["sections"][-1]["blocks"]
        return next(b for b in grounds if b.get("title") == "Assumptions")["rows"]

    assert 0 < len(assumptions(short)) < len(assumptions(whole))


def test_a_long_description_is_a_short_title_and_stands_in_full_at_the_end():
    words = "a fairly long description of what is sold to whom " * 20
    composed = content(documents(description=words))
    assert len(composed["summary"]["title"]) <= 160
    assert composed["summary"]["title"].endswith("…")
    assert composed["sections"][-1]["name"] == "submission"
    assert composed["sections"][-1]["blocks"][0]["text"] == words


def test_what_users_write_stays_as_it_is_but_for_controls():
    composed = content(documents(description=NASTY + " \u202eevil\u0007"))
    assert composed["summary"]["title"] == NASTY + " evil"


def test_every_chart_is_described_in_words():
    for name, chart in charts_of(content()).items():
        assert chart["takeaway"].endswith("."), name
        assert chart["takeaway"] in chart["alternative"]


def test_takeaway_of_cash_follows_the_median():
    given = documents()
    monthly = given["finance.output.json"]["monthly_cash"]
    monthly["p50"] = [-5e5, -9e5, -1e5, 2e5, *[3e5] * 32]
    assert takeaway(given, "cash") == (
        "The median is deepest in month 2, at −$900k, and above zero from month 4 on."
    )
    monthly["p50"] = [-5e5, *[-9e5] * 35]
    assert "not back above zero by month 36" in takeaway(given, "cash")
    monthly["p50"] = [1.0] * 36
    assert "never falls below zero" in takeaway(given, "cash")


def test_takeaway_of_the_tornado_counts_what_turns_the_sign():
    given = documents()
    given["finance.output.json"]["sensitivity"]["tornado"] = [
        {"input": "build_cost", "low": 2e6, "high": -1e6},
        {"input": "churn", "low": -3e5, "high": -2e5},
    ]
    assert takeaway(given, "tornado") == (
        "Cost to build: no input moves the net present value more, from $2M to −$1M."
        " 1 of the 2 inputs shown can turn its sign alone."
    )
    assert shown_bars(given["finance.output.json"])[0]["name"] == "cost to build"


def test_takeaway_of_the_price_names_the_side():
    given = documents()
    result = given["simulation.result.json"]
    result["conditions"]["prices"][0], result["conditions"]["annual_spend"] = 1.0, 100.0
    for best, words in (
        (1.0, "about the one"),
        (1.5, "above the planned"),
        (0.5, "below the planned"),
    ):
        result["price_response"]["best_price"] = best
        assert words in takeaway(given, "price")


def test_takeaway_of_scenarios_names_the_extremes():
    given = documents()
    scenarios = given["simulation.result.json"]["scenarios"]
    for scenario in scenarios[1:]:
        scenario["against_baseline"] = 1.0
    scenarios[1] |= {"name": "price_cut", "against_baseline": 1.5}
    scenarios[2] |= {"name": "stress", "against_baseline": 0.4}
    assert takeaway(given, "scenarios") == (
        "“Stress” costs most, 60 % of the customers; “price cut” brings most, 50 % more."
    )
    scenarios[1]["against_baseline"] = scenarios[2]["against_baseline"] = 1.0
    assert takeaway(given, "scenarios") == (
        "No scenario costs customers; none brings more than the baseline."
    )


def test_what_is_luck_and_what_is_not_known_are_told_apart():
    given = documents()
    result = given["simulation.result.json"]
    result["scenarios"][0]["precision"]["adopters"]["chance_share"] = 0.25
    result |= {"success": 0.6, "success_threshold": 0.003}
    found = texts(content(given))
    assert any(
        "25 % is luck" in text and "60 % the launch wins the 0.3 %" in text for text in found
    )


def test_takeaway_of_positions_counts_dearer_and_cheaper():
    given = documents()
    document = given["competitors.output.json"]
    document["our_price_index"] = 1.0
    for price, rival in zip((2.0, 1.5, 0.5, 1.0, 1.0), document["competitors"], strict=True):
        rival["market_position"]["price_index"] = price
        rival["market_position"]["similarity"] = 0.1 * price
    assert takeaway(given, "positioning") == (
        "Of 5 named competitors 2 ask more than the planned price and 1 less; number 1 is most like"
        " the idea."
    )


def test_without_competitors_or_personas_there_is_neither_table_nor_chart():
    given = documents()
    given["competitors.output.json"]["competitors"] = []
    given["personas.output.json"]["personas"] = []
    composed = content(given)
    assert not {"positioning", "personas"} & set(charts_of(composed))
    assert any("No named competitor was found" in text for text in texts(composed))


def test_evidence_tells_before_and_after():
    given = documents()
    assert content(given)["summary"]["evidence"] == []
    wide, narrow = (
        {"median": 0.03, "low": 0.01, "high": 0.09},
        {"median": 0.02, "low": 0.016, "high": 0.024},
    )
    given["simulation.result.json"]["evidence"] |= {
        "observations": 4,
        "changes": [
            {"name": "conversion", "before": wide, "after": narrow},
            {"name": "churn", "before": wide, "after": wide},
        ],
    }
    given["decision.output.json"]["decision_recommendation"] |= {
        "recommendation": "go",
        "evidence_effect": {
            "observations": 4,
            "probability_before": 0.33,
            "probability_after": 0.7,
            "recommendation_before": "no_go",
        },
    }
    assert content(given)["summary"]["evidence"] == [
        "The chance to earn its cost back was 33 % without the evidence and is 70 % with it; the"
        " answer was No-go, and is Go",
        "Share of visitors who sign up or order: 3 % before, 2 % after (the 80 % interval is 90 %"
        " narrower)",
    ]
    assert "4 observations" in content(given)["summary"]["basis"]


def test_only_web_addresses_become_links():
    given = documents()
    info = given["competitors.output.json"]["competitors"][0]["company_info"]
    info["url"] = "javascript:alert(1)"
    given["decision.output.json"]["sources"][0]["url"] = "file:///etc/passwd"
    assert not any("javascript:" in text or "file:" in text for text in texts(content(given)))


def test_capabilities_stand_after_what_they_need():
    def part(name, *needs):
        return {"name": name, "depends_on": list(needs)}

    parts = [part("a", "b"), part("b", "c"), part("c", "not here"), part("d")]
    assert [p["name"] for p in build_order(parts)] == ["c", "d", "b", "a"]
    circle = [part("a", "b"), part("b", "a"), part("c")]
    assert [p["name"] for p in build_order(circle)] == ["c", "a", "b"]


def test_composing_changes_no_document():
    given = documents()
    before = deepcopy(given)
    content(given)
    assert given == before


def test_what_a_language_model_said_is_marked_as_such():
    given = documents()
    personas, rivals = (
        deepcopy(given[f"{name}.output.json"]) for name in ("personas", "competitors")
    )
    for persona in personas["personas"]:
        persona["portrait"] = "Wants fewer surprises"
    rivals["also_named"] = [{"name": "Pennywise Ledgers"}]
    said = {"personas.output.json": personas, "competitors.output.json": rivals}
    shown = texts(content({**given, **said})["sections"])
    assert "In a language model's words: Wants fewer surprises" in shown
    assert any("also named Pennywise Ledgers" in text for text in shown)
    assert not any("language model's words" in text for text in texts(content(given)))
