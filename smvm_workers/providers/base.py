"""The one interface, seen from a stage and from the runner."""

from datetime import timedelta
from typing import Protocol

from smvm_common.run.record import Run
from smvm_workers.alerts import Alert
from smvm_workers.engine.domain import CompetitorSet, Idea, IdeaReading, MarketSize, PersonaSet


class Provider(Protocol):
    """What a stage may ask, of one run. Asked twice, it answers the same.

    What could not be had stands as a finding in the answer; nothing is raised for it.
    """

    def read_idea(self, idea: Idea) -> IdeaReading:
        """Understand an idea: field, buyers, technologies, rules, what forbids it."""
        ...

    def synthesise_personas(self, idea: Idea, reading: IdeaReading) -> PersonaSet:
        """The personas of the idea's segment."""
        ...

    def find_competitors(self, idea: Idea, reading: IdeaReading) -> CompetitorSet:
        """The five nearest competitors and the status quo."""
        ...

    def size_market(self, idea: Idea, reading: IdeaReading) -> MarketSize:
        """TAM, SAM and SOM in USD a year."""
        ...


class ProviderSession(Provider, Protocol):
    """A provider while one stage of one run is done."""

    def alerts(self) -> tuple[Alert, ...]:
        """What the receiver of the run must be told of what was asked, and was not told yet."""
        ...


class Providers(Protocol):
    """Opens sessions; made once in a process."""

    def open(self, run: Run, time_limit: timedelta) -> ProviderSession:
        """A session for a stage of the run that has ``time_limit`` for everything it does."""
        ...
