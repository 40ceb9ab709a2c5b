"""The retention classes, and the days for which each is kept from the acceptance of its run."""

from collections.abc import Mapping
from typing import Literal

RetentionClass = Literal["working", "artefacts", "record"]

RETENTION_DAYS: Mapping[RetentionClass, int] = {
    # what passes between stages, and the evidence: long enough to explain a decision
    "working": 90,
    # the artefacts: two years, in which a venture shows whether the decision was right
    "artefacts": 730,
    # the record with its audit trail: seven years, as for audit papers (17 CFR 210.2-06, under SOX 802)
    "record": 2557,
}
DEAD_LETTER_DAYS = 90
"""Of a callback that nobody replayed, from when it occurred."""
