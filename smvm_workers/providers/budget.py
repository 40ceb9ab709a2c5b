"""The budget of language-model tokens, per run and per month (UTC), shared by all workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal

from smvm_common.clock import Clock
from smvm_common.identifiers import RunKey
from smvm_common.metrics import TOKENS
from smvm_common.store.base import ObjectStore
from smvm_workers.providers.errors import NoAnswerError, OverBudgetError
from smvm_workers.providers.ledger import Account, Ledger

MONTHS = "index/tokens/"
Window = Literal["run", "month"]


@dataclass
class Spending:
    """What one call uses, in tokens; ``likely`` counts where nobody tells what was used."""

    likely: int
    used: int | None = None

    @property
    def booked(self) -> int:
        return self.likely if self.used is None else self.used


@dataclass(frozen=True, slots=True)
class Standing:
    """One window's account against its limit, in tokens."""

    window: Window
    account: Account
    limit: int

    @property
    def share(self) -> float:
        """The part of the limit that is used; 1 where there is no limit to use."""
        return self.account.used / self.limit if self.limit else 1.0


class TokenBudget:
    """Limits in tokens. A call reserves what it may use at most before it is made."""

    def __init__(self, store: ObjectStore, clock: Clock, per_run: int, per_month: int) -> None:
        self._ledger = Ledger(store)
        self._clock = clock
        self._per_run = per_run
        self._per_month = per_month

    @contextmanager
    def reserved(self, key: RunKey, most: int, likely: int, provider: str) -> Iterator[Spending]:
        """Hold ``most`` tokens while a call is made, then book what it used and give back the rest.

        Raises ``OverBudgetError`` where the run or the month has not so many left.
        """
        accounts = ((_run_account(key), self._per_run), (self._month_account(), self._per_month))
        self._reserve(accounts, most)
        spending = Spending(likely)
        try:
            yield spending
        except NoAnswerError as error:
            spending.used = error.tokens
            raise
        finally:
            for name, _ in accounts:
                self._ledger.change(name, lambda account: account.settle(most, spending.booked))
            TOKENS.labels(provider).inc(spending.booked)

    def _reserve(self, accounts: tuple[tuple[str, int], ...], tokens: int) -> None:
        granted: list[str] = []
        for name, limit in accounts:
            before, after = self._ledger.change(name, partial(_reserve, tokens=tokens, limit=limit))
            if after.reserved == before.reserved:
                for given in granted:
                    self._ledger.change(given, lambda account: account.settle(tokens, 0))
                raise OverBudgetError
            granted.append(name)

    def standings(self, key: RunKey) -> tuple[Standing, Standing]:
        """How the run and the month stand."""
        account = self._ledger.read(_run_account(key))
        return Standing("run", account, self._per_run), self.month()

    def month(self) -> Standing:
        """How the month stands."""
        account = self._ledger.read(self._month_account())
        return Standing("month", account, self._per_month)

    @property
    def month_name(self) -> str:
        return f"{self._clock.now():%Y-%m}"

    def _month_account(self) -> str:
        return f"{MONTHS}{self.month_name}.json"


def _reserve(account: Account, tokens: int, limit: int) -> Account:
    return account.reserve(tokens, limit)


def _run_account(key: RunKey) -> str:
    return key.document("tokens.json")
