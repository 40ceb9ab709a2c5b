"""What TractionBuild is told at once, through ``/validation/alert``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

AlertType = Literal["quality_warning", "risk_escalation", "timeline_slip", "resource_constraint"]
Severity = Literal["info", "warning", "critical"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert; ``context`` is plain JSON data."""

    alert_type: AlertType
    severity: Severity
    message: str
    context: Mapping[str, Any] = field(default_factory=dict)
