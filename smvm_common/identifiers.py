"""Identifiers of the contract. They become storage keys, so each is matched in full before use."""

import random
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from smvm_common.errors import InvalidInputError

RUN_ID = re.compile(r"RUN-([0-9]{8}-[0-9]{6}-[0-9a-f]{8})")
VALIDATION_ID = re.compile(r"VAL-[0-9]{8}-[0-9]{6}-[0-9a-f]{8}-[0-9]{3}")
PROJECT_ID = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
CORRELATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")

DEFAULT_TENANT = "tractionbuild"
"""Its runs lie at the store's root, as the guide draws the tree; other tenants' below theirs."""

ARTIFACT_NAMES = (
    "idea.input.json",
    "personas.output.json",
    "competitors.output.json",
    "simulation.config.json",
    "simulation.result.json",
    "decision.output.json",
    "analysis_report.pdf",
    "validation_summary.json",
)
"""The guide's eight files; every other document of a run is working material."""


def mint_run_id(now: datetime) -> str:
    return f"RUN-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def mint_correlation_id(now: datetime) -> str:
    """It tells requests apart and keeps no secret: the system's entropy would cost more than it."""
    return f"CORR-{now:%Y%m%d-%H%M%S}-{random.getrandbits(32):08x}"


def validation_id_for(run_id: str, sequence: int = 1) -> str:
    """The guide's ``VAL-<suffix of the run>-NNN``."""
    match = RUN_ID.fullmatch(run_id)
    if match is None:
        raise InvalidInputError(errors={"run_id": [f"{run_id!r} is not a run identifier"]})
    return f"VAL-{match.group(1)}-{sequence:03d}"


def _require(pattern: re.Pattern[str], name: str, value: str) -> None:
    if pattern.fullmatch(value) is None:
        raise InvalidInputError(errors={name: [f"{value!r} is not a valid {name}"]})


@dataclass(frozen=True, slots=True, order=True)
class RunKey:
    """Where a run lives. Raises ``InvalidInputError`` for anything that is not a safe path segment."""

    tenant: str
    project_id: str
    run_id: str
    validation_id: str

    def __post_init__(self) -> None:
        _require(TENANT, "tenant", self.tenant)
        _require(PROJECT_ID, "project_id", self.project_id)
        _require(RUN_ID, "run_id", self.run_id)
        _require(VALIDATION_ID, "validation_id", self.validation_id)

    @property
    def _root(self) -> str:
        return "" if self.tenant == DEFAULT_TENANT else f"tenants/{self.tenant}/"

    @property
    def prefix(self) -> str:
        """The folder of the guide's eight files."""
        return f"{self._root}runs/{self.project_id}/validation/{self.run_id}/"

    @property
    def working_prefix(self) -> str:
        """The folder of documents that pass between stages and of the evidence."""
        return f"{self._root}work/{self.project_id}/{self.run_id}/"

    def document(self, name: str) -> str:
        """The storage key of a document by name."""
        return (self.prefix if name in ARTIFACT_NAMES else self.working_prefix) + name

    def evidence(self, digest: str) -> str:
        return f"{self.working_prefix}evidence/{digest}.json"

    def to_message(self) -> dict[str, str]:
        """As keyword arguments of a task: identifiers only."""
        return {
            "tenant": self.tenant,
            "project_id": self.project_id,
            "run_id": self.run_id,
            "validation_id": self.validation_id,
        }
