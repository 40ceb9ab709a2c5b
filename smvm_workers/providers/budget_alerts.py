"""``resource_constraint``: when 80 % of a budget are used, and when it is used up.

Each is raised once in a run and, of the month's budget, once in the month: in the run that got there.
"""

import json
from collections.abc import Iterator

from smvm_common.errors import PreconditionFailedError
from smvm_common.identifiers import RunKey
from smvm_common.run.record import Run
from smvm_common.store.base import ObjectStore
from smvm_workers.alerts import Alert
from smvm_workers.providers.budget import MONTHS, Standing, TokenBudget

_NEARLY = 0.8
"""The guide asks for warnings of exhaustion; at four fifths there is time to act."""


class BudgetAlerts:
    """Asked again, as after a worker's death, it answers the same until the record shows them."""

    def __init__(self, store: ObjectStore, budget: TokenBudget) -> None:
        self._store = store
        self._budget = budget

    def due(self, run: Run) -> tuple[Alert, ...]:
        """The alerts that this run must still raise."""
        return tuple(
            _alert(standing, level)
            for standing in self._budget.standings(run.key)
            for level in _levels(standing)
            if not _raised(run, standing, level) and self._falls_to(run.key, standing, level)
        )

    def _falls_to(self, key: RunKey, standing: Standing, level: str) -> bool:
        """Whether the alert is this run's to raise; the month's is the first comer's."""
        if standing.window == "run":
            return True
        name = f"{MONTHS}{self._budget.month_name}-{level}.json"
        try:
            self._store.create(name, json.dumps(key.to_message()).encode())
        except PreconditionFailedError:
            return bool(json.loads(self._store.get(name).body) == key.to_message())
        return True


def _levels(standing: Standing) -> Iterator[str]:
    if standing.share >= _NEARLY:
        yield "nearly"
    if standing.account.refused or standing.share >= 1:
        yield "exhausted"


def _raised(run: Run, standing: Standing, level: str) -> bool:
    raised = (event.data for event in run.events if event.callback == "alert")
    return any(
        data["alert_type"] == "resource_constraint"
        and (data["context"].get("budget"), data["context"].get("level"))
        == (standing.window, level)
        for data in raised
    )


def _alert(standing: Standing, level: str) -> Alert:
    used, limit, window = standing.account.used, standing.limit, standing.window
    amount = f"{used:,} of {limit:,} language-model tokens of the {window} are used"
    context = {"budget": window, "level": level, "used": used, "limit": limit}
    if level == "nearly":
        return Alert("resource_constraint", "warning", amount, context)
    message = f"{amount}; what the rest does not suffice for is done without the model"
    return Alert("resource_constraint", "critical", message, context)
