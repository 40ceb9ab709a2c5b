import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from smvm_common.clock import ManualClock
from smvm_common.metrics import TOKENS
from smvm_common.store.directory import DirectoryStore
from smvm_common.store.memory import MemoryStore
from smvm_workers.providers.budget import TokenBudget
from smvm_workers.providers.errors import MalformedError, OverBudgetError
from smvm_workers.providers.ledger import Account, Ledger
from support.providers import NOW
from support.runs import KEY


def budget(store=None, clock=None, per_run=1000, per_month=5000):
    return TokenBudget(store or MemoryStore(), clock or ManualClock(NOW), per_run, per_month)


def spend(of, most, used):
    with of.reserved(KEY, most, most // 2, "test") as spending:
        spending.used = used


def metered():
    return TOKENS.labels("test")._value.get()


def test_what_was_used_is_booked_and_metered():
    granted, before = budget(), metered()
    spend(granted, 400, 150)
    assert [s.account for s in granted.standings(KEY)] == [Account(used=150)] * 2
    assert metered() - before == 150


def test_a_run_cannot_use_more_than_its_part():
    granted = budget()
    spend(granted, 900, 900)
    with pytest.raises(OverBudgetError):
        spend(granted, 101, 0)
    spend(granted, 100, 100)
    run, month = granted.standings(KEY)
    assert (run.share, run.account.refused) == (1.0, True)
    assert month.account == Account(used=1000)


def test_what_the_month_refuses_is_given_back_to_the_run():
    granted = budget(per_month=100)
    with pytest.raises(OverBudgetError):
        spend(granted, 500, 0)
    run, month = granted.standings(KEY)
    assert run.account == Account()
    assert month.account == Account(refused=True)


def test_a_failed_call_books_what_it_says_it_used():
    granted = budget()
    with suppress(MalformedError), granted.reserved(KEY, 400, 200, "test"):
        raise MalformedError(tokens=70)
    with suppress(MalformedError), granted.reserved(KEY, 400, 200, "test"):
        raise MalformedError(tokens=None)
    assert granted.month().account == Account(used=270)


def test_an_interrupted_call_counts_as_a_likely_one():
    granted = budget()
    with suppress(KeyboardInterrupt), granted.reserved(KEY, 400, 200, "test"):
        raise KeyboardInterrupt
    assert granted.month().account == Account(used=200)


def test_a_month_begins_anew_and_a_call_over_midnight_counts_in_the_old():
    clock = ManualClock(datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))
    store = MemoryStore()
    granted = budget(store, clock)
    with granted.reserved(KEY, 400, 200, "test") as spending:
        clock.advance(timedelta(seconds=2))
        spending.used = 300
    assert granted.month().account == Account()
    assert Ledger(store).read("index/tokens/2026-03.json") == Account(used=300)


def test_the_account_is_in_the_store_and_outlives_the_process(tmp_path):
    spend(budget(DirectoryStore(tmp_path)), 400, 150)
    stored = json.loads((tmp_path / "index/tokens/2026-03.json").read_text())
    assert stored == {"used": 150, "reserved": 0, "refused": False}
    assert budget(DirectoryStore(tmp_path)).month().account.used == 150


def test_threads_together_never_pass_the_limit():
    granted = budget(per_run=1000)
    refused = []

    def once(_):
        try:
            spend(granted, 100, 100)
        except OverBudgetError:
            refused.append(1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(once, range(20)))
    run, _ = granted.standings(KEY)
    assert run.account == Account(used=1000, refused=True)
    assert len(refused) == 10


_WORKER = """
import sys
from pathlib import Path
from smvm_common.clock import SystemClock
from smvm_common.store.directory import DirectoryStore
from smvm_workers.providers.budget import TokenBudget
from smvm_workers.providers.errors import OverBudgetError
from support.runs import KEY
budget = TokenBudget(DirectoryStore(Path(sys.argv[1])), SystemClock(), 1000, 10_000)
granted = 0
for _ in range(15):
    try:
        with budget.reserved(KEY, 60, 30, "test") as spending:
            spending.used = 50
            granted += 1
    except OverBudgetError:
        pass
print(granted)
"""


def test_workers_together_never_pass_the_limit(tmp_path):
    command = [sys.executable, "-c", _WORKER, str(tmp_path)]
    path = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    workers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=path) for _ in range(2)
    ]
    granted = sum(int(worker.communicate(timeout=100)[0]) for worker in workers)
    account = budget(DirectoryStore(tmp_path)).standings(KEY)[0].account
    assert account.used == 50 * granted
    assert account.reserved == 0
    # a call needs 60 at most and uses 50: the last is granted at 940 or below
    assert 900 < account.used <= 1000
