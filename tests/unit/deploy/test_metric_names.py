"""The rules and the dashboard ask only for what the code exposes, and show what the guide asks for."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from smvm_api.application import create_app
from smvm_workers.celery import create_celery

PROCESSES = (create_app, create_celery)
"""Importing what makes them registers the metrics of all they consist of."""
DEPLOY = Path(__file__).parents[3] / "deploy"
_SAMPLES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}
KEY_METRICS = {
    "validation success rate": ("smvm_runs_total", {"status"}),
    "average validation time": ("smvm_run_duration_seconds_sum", set()),
    "response times by endpoint": ("smvm_http_request_duration_seconds_bucket", {"endpoint"}),
    "error rates by type and endpoint": ("smvm_http_errors_total", {"type", "endpoint"}),
    "token consumption": ("smvm_tokens_consumed_total", {"provider"}),
    "queue depth": ("smvm_queue_depth", {"queue"}),
    "dead letters": ("smvm_dead_letters", set()),
    "breaker state": ("smvm_breaker_state", {"destination"}),
}


def exposed() -> dict[str, set[str]]:
    """The labels of every sample that the code can expose, by the sample's name."""
    found = {}
    for metric in {c for c in REGISTRY._collector_to_names if isinstance(c, MetricWrapperBase)}:
        for suffix in _SAMPLES[metric._type]:
            labels = {"le"} if suffix == "_bucket" else set()
            found[metric._name + suffix] = labels | set(metric._labelnames)
    return found


def rules() -> list[dict[str, str]]:
    groups = yaml.safe_load((DEPLOY / "prometheus/smvm.rules.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions_of(node: object) -> Iterator[str]:
    """Every ``expr`` of the dashboard, at any depth."""
    if isinstance(node, dict):
        if isinstance(node.get("expr"), str):
            yield node["expr"]
        node = list(node.values())
    if isinstance(node, list):
        yield from chain.from_iterable(expressions_of(inner) for inner in node)


DASHBOARD = list(expressions_of(json.loads((DEPLOY / "grafana/smvm.json").read_text())))
RULES = [rule["expr"] for rule in rules()]


def test_there_is_something_to_check():
    assert len(DASHBOARD) >= 15
    assert len(RULES) >= 15


@pytest.mark.parametrize("expression", [*RULES, *DASHBOARD])
def test_an_expression_asks_for_what_is_exposed(expression):
    known = exposed() | {rule["record"]: set() for rule in rules() if "record" in rule}
    asked = set(re.findall(r"\bsmvm[_:][a-zA-Z0-9_:]+", expression))
    assert asked <= set(known), asked - set(known)
    for name, matchers in re.findall(r"\b(smvm_\w+)\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers)) <= known[name]
    if asked and all(name.startswith("smvm_") for name in asked):
        grouped = ",".join(re.findall(r"\bby\s*\(([^)]*)\)", expression))
        labels = {label.strip() for label in grouped.split(",") if label.strip()}
        assert labels <= set().union(*(known[name] for name in asked))


@pytest.mark.parametrize("what", KEY_METRICS)
def test_each_key_metric_of_the_guide_is_exposed_and_shown(what):
    name, labels = KEY_METRICS[what]
    assert labels <= exposed()[name]
    family = re.sub(r"_(?:total|sum|count|bucket)$", "", name)
    assert any(family in expression for expression in RULES + DASHBOARD)


def test_the_guides_thresholds_are_alerts():
    alerts = {rule["alert"]: rule["expr"] for rule in rules() if "alert" in rule}
    assert alerts["SmvmValidationFailureRate"].endswith("> 0.05")
    assert alerts["SmvmResponseTime"].endswith("> 30")
    assert alerts["SmvmApiErrorRate"].endswith("> 0.01")
    assert "smvm_token_budget_used_ratio" in alerts["SmvmTokensNearExhaustion"]


def test_each_alert_names_a_runbook_that_exists():
    headings = re.findall(r"^#+ (.+)$", (DEPLOY / "runbooks.md").read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}
    for rule in rules():
        if "alert" in rule:
            assert rule["annotations"]["runbook"].split("#")[1] in anchors, rule["alert"]
