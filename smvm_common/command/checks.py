"""What ``smvm doctor`` and ``smvm config check`` look at, also on behalf of the other packages.

Those name their checks as entry points, so that an installation checks the parts that it has:
``smvm.settings`` are functions of the settings that raise ``ConfigurationError``, ``smvm.checks``
such that yield :class:`Check`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Literal

from smvm_common.settings import Settings


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do about it."""

    name: str
    result: Literal["ok", "warn", "fail"]
    found: str
    advice: str = ""


def check_settings(settings: Settings) -> None:
    """Have each part look at its settings and the files that they name; ``ConfigurationError``."""
    for entry in entry_points(group="smvm.settings"):
        entry.load()(settings)


def checks_of_parts(settings: Settings) -> Iterator[Check]:
    """What each part finds of what it depends on."""
    for entry in entry_points(group="smvm.checks"):
        yield from entry.load()(settings)
