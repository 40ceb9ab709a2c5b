"""The default: the packaged tables, the operator's companies, and the engine."""

from dataclasses import dataclass
from datetime import timedelta

from smvm_common.run.record import Run
from smvm_workers.alerts import Alert
from smvm_workers.engine.catalogue import CatalogueEntry
from smvm_workers.engine.competitors import find_competitors
from smvm_workers.engine.domain import CompetitorSet, Idea, IdeaReading, MarketSize, PersonaSet
from smvm_workers.engine.idea import read_idea
from smvm_workers.engine.market import size_market
from smvm_workers.engine.personas import synthesise_personas


@dataclass(frozen=True, slots=True)
class OfflineProvider:
    """Needs no network and is the same for every run. ``companies`` are the operator's own."""

    companies: tuple[CatalogueEntry, ...] = ()

    def open(self, run: Run, time_limit: timedelta) -> "OfflineProvider":
        return self

    def read_idea(self, idea: Idea) -> IdeaReading:
        return read_idea(idea)

    def synthesise_personas(self, idea: Idea, reading: IdeaReading) -> PersonaSet:
        return synthesise_personas(reading)

    def find_competitors(self, idea: Idea, reading: IdeaReading) -> CompetitorSet:
        return find_competitors(idea, reading, self.companies)

    def size_market(self, idea: Idea, reading: IdeaReading) -> MarketSize:
        return size_market(idea, reading)

    def alerts(self) -> tuple[Alert, ...]:
        return ()
