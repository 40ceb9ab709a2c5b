from xml.etree import ElementTree

import pytest

from smvm_workers.report import charts

SCENARIO = {
    "name": "baseline",
    "bands": {
        name: [share * day for day in range(1, 31)]
        for name, share in zip(
            ("p2.5", "p10", "p25", "p50", "p75", "p90", "p97.5"), range(1, 8), strict=True
        )
    },
}
RIVAL = {
    "company_info": {"name": "$x_1^2$ & <Sons>"},
    "market_position": {"price_index": 1.0, "similarity": 0.7, "share": 0.1},
}
RISK = {"category": "market", "probability": 0.5, "impact": 0.4}
BARS = [{"input": "build_cost", "low": -1e6, "high": 2e5}]
MONTHLY = {name: [float(m) for m in range(36)] for name in ("p10", "p25", "p50", "p75", "p90")}

DRAWN = {
    "fan": lambda: charts.fan_chart(SCENARIO, 1000.0),
    "positioning": lambda: charts.positioning_chart([RIVAL, RIVAL], 0.9),
    "risks": lambda: charts.risk_chart([RISK]),
    "tornado": lambda: charts.tornado_chart(BARS),
    "cash": lambda: charts.cash_chart(MONTHLY),
}


@pytest.mark.parametrize("name", DRAWN)
def test_same_data_same_well_formed_bytes(name: str) -> None:
    one, two = DRAWN[name](), DRAWN[name]()
    assert one == two
    assert ElementTree.fromstring(one).tag.endswith("svg")  # noqa: S314 (drawn just above)


def test_text_is_outlines_so_that_no_font_is_needed() -> None:
    assert b"<text" not in DRAWN["cash"]()


def test_other_data_other_bytes() -> None:
    assert charts.fan_chart(SCENARIO, 1000.0) != charts.fan_chart(SCENARIO, 2000.0)
