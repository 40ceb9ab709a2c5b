from dataclasses import asdict, replace

from smvm_common.clock import ManualClock
from smvm_common.identifiers import RunKey
from smvm_common.run.transitions import raise_alert
from smvm_common.store.memory import MemoryStore
from smvm_workers.providers.budget import TokenBudget
from smvm_workers.providers.budget_alerts import BudgetAlerts
from smvm_workers.providers.errors import OverBudgetError
from support.providers import NOW
from support.runs import KEY, T0, new_run

OTHER = RunKey(
    "tractionbuild",
    "PROJ-2024-002",
    "RUN-20260302-143052-ffffffff",
    "VAL-20260302-143052-ffffffff-001",
)


class Office:
    def __init__(self, per_run=1000, per_month=100_000):
        store = MemoryStore()
        self.clock = ManualClock(NOW)
        self.budget = TokenBudget(store, self.clock, per_run, per_month)
        self.alerts = BudgetAlerts(store, self.budget)

    def spend(self, tokens, key=KEY):
        try:
            with self.budget.reserved(key, tokens, tokens, "test"):
                pass
        except OverBudgetError:
            pass

    def due(self, run):
        return [(a.context["budget"], a.context["level"]) for a in self.alerts.due(run)]


def told(run, office):
    """The run with what is due in its record, as when its stage is done."""
    for alert in office.alerts.due(run):
        run = raise_alert(run, T0, **asdict(alert))
    return run


def test_below_four_fifths_there_is_nothing_to_say():
    office = Office()
    office.spend(799)
    assert office.due(new_run()) == []


def test_at_four_fifths_and_at_the_limit_once_each():
    office, run = Office(), new_run()
    office.spend(800)
    assert office.due(run) == [("run", "nearly")]
    run = told(run, office)
    assert office.due(run) == []
    office.spend(201)
    assert office.due(run) == [("run", "exhausted")]
    assert office.due(told(run, office)) == []


def test_alerts_are_the_guides_and_say_the_figures():
    office = Office()
    office.spend(1000)
    first, second = office.alerts.due(new_run())
    assert {first.alert_type, second.alert_type} == {"resource_constraint"}
    assert (first.severity, second.severity) == ("warning", "critical")
    assert "1,000 of 1,000" in first.message
    assert second.context["limit"] == 1000


def test_until_the_record_shows_it_a_run_says_it_again():
    office, run = Office(per_run=10_000, per_month=1000), new_run()
    office.spend(900)
    assert office.due(run) == office.due(run) == [("month", "nearly")]


def test_the_months_alert_is_one_runs_alone():
    office = Office(per_run=10_000, per_month=1000)
    office.spend(900)
    assert office.due(new_run()) == [("month", "nearly")]
    assert office.due(new_run(key=OTHER)) == []
    office.spend(200, OTHER)
    assert office.due(new_run(key=OTHER)) == [("month", "exhausted")]
    assert office.due(new_run()) == [("month", "nearly")]


def test_the_next_month_says_it_again_even_in_the_same_run():
    office, run = Office(per_run=10_000, per_month=1000), new_run()
    office.spend(900)
    run = told(run, office)
    office.clock.advance(T0.replace(month=4) - T0)
    office.spend(900)
    assert office.due(replace(run, key=OTHER, events=())) == [("month", "nearly")]
