"""The checks of T0: pure, immediate, and the same in the API and in the client during an outage."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from smvm_common.pii import mask_values

Risk = Literal["low", "medium", "high"]

_PLAUSIBLE_SIZE = (1_000.0, 1e14)
"""USD a year: from a hobby to about the world's product."""
_FEW_WORDS = 4

_REGULATED = {
    "financial services": r"financ|bank|lend|loan|credit|insur|invest|trading|payment|crypto|tax",
    "health care": r"health|medic|clinic|patient|pharma|diagnos|therap",
    "children's data": r"\bchild|\bkids\b|minors|toddler",
    "food safety": r"\bfood\b|supplement|beverage|restaurant",
    "aviation and road safety": r"drone|aircraft|autonomous vehicle|self-driving",
    "energy": r"nuclear|power grid|energy utilit",
    "law and government": r"\blegal\b|\blawyer|government|election",
}
_SENSITIVE = r"weapon|gambl|casino|narcotic|cannabis|adult content|surveil|facial recognition"

_NEIGHBOURS = {
    "millennials": (r"millennial", "Gen Z"),
    "gen-z": (r"gen ?z|generation z", "millennials"),
    "students": (r"student", "young professionals"),
    "smbs": (r"\bsmbs?\b|small business", "mid-sized companies"),
    "seniors": (r"senior|retiree|elderly", "their family carers"),
}
_INTEGRATES = r"platform|api|integrat|marketplace|saas|management|dashboard|automation"


@dataclass(frozen=True, slots=True)
class T0Result:
    """What is known of an idea at once; ``warnings`` say what makes it doubtful."""

    business_logic_check: Literal["passed", "passed_with_warnings"]
    risk_assessment: Risk
    risk_reasons: tuple[str, ...]
    recommendations: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The guide's ``validation_results``."""
        return {
            "schema_compliance": "passed",
            "business_logic_check": self.business_logic_check,
            "risk_assessment": self.risk_assessment,
            "risk_reasons": list(self.risk_reasons),
            "recommendations": list(self.recommendations),
            "warnings": list(self.warnings),
        }


def mask_and_check(idea: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """An idea that satisfies the schema, personal data masked, and the guide's
    ``validation_results`` for it with the kinds of personal data found. It must not
    hold ``submitter``, which is a person by definition and is pseudonymised elsewhere."""
    found: Counter[str] = Counter()
    masked = mask_values(idea, found)
    pii = {"count": found.total(), "masked": dict(found)}
    return masked, {**check_idea(masked).to_json(), "pii": pii}


def check_idea(idea: Mapping[str, Any]) -> T0Result:
    """Check an idea that satisfies the schema."""
    metadata = idea.get("metadata") or {}
    text = " ".join(
        str(part)
        for part in (idea["description"], idea["domain"], metadata.get("target_customers") or "")
    ).lower()
    warnings = tuple(_warnings(idea["description"], metadata))
    reasons = tuple(_risk_reasons(text, idea, warnings))
    return T0Result(
        business_logic_check="passed_with_warnings" if warnings else "passed",
        risk_assessment=_level(text, reasons),
        risk_reasons=reasons,
        recommendations=tuple(_recommendations(text, metadata)),
        warnings=warnings,
    )


def _warnings(description: str, metadata: Mapping[str, Any]) -> list[str]:
    found = []
    if len(set(re.findall(r"\w{2,}", description.lower()))) < _FEW_WORDS:
        found.append("the description has too few words to judge the idea by")
    elif not _reads_like_language(description):
        found.append("the description does not read like a sentence")
    size = metadata.get("estimated_market_size")
    if size is not None and not _PLAUSIBLE_SIZE[0] <= size <= _PLAUSIBLE_SIZE[1]:
        found.append("the estimated market size is not plausible and will carry no weight")
    return found


def _reads_like_language(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return False
    if not all(c.isascii() for c in letters):
        return True  # another script has other rules; the engine reads it with more care
    vowels = sum(c in "aeiouyAEIOUY" for c in letters)
    return len(letters) > len(text) / 2 and 0.2 <= vowels / len(letters) <= 0.65


def _risk_reasons(text: str, idea: Mapping[str, Any], warnings: tuple[str, ...]) -> list[str]:
    reasons = [
        f"regulated field: {name}" for name, words in _REGULATED.items() if _has(words, text)
    ]
    if _has(_SENSITIVE, text):
        reasons.append("sensitive field that many markets restrict")
    if idea.get("urgency") == "critical":
        reasons.append("critical urgency leaves little time to learn")
    return reasons + list(warnings)


def _level(text: str, reasons: tuple[str, ...]) -> Risk:
    if _has(_SENSITIVE, text) or len(reasons) > 2:
        return "high"
    return "medium" if len(reasons) > 1 else "low"


def _recommendations(text: str, metadata: Mapping[str, Any]) -> list[str]:
    found = []
    for words, neighbour in _NEIGHBOURS.values():
        if _has(words, text):
            found.append(f"Consider expanding to {neighbour} as a neighbouring segment")
    if _has(_INTEGRATES, text):
        found.append("Evaluate which systems customers need integrated, and by which APIs")
    for name in (n for n, words in _REGULATED.items() if _has(words, text)):
        found.append(f"Find out early which rules for {name} apply in the first market")
    if not metadata.get("target_customers"):
        found.append("Name the target customers: it sharpens personas and market size")
    if metadata.get("estimated_market_size") is None:
        found.append("Give an estimated market size with its currency to test it against sources")
    if not metadata.get("competitive_advantage"):
        found.append("State the competitive advantage: it decides the simulated market share")
    return found


def _has(words: str, text: str) -> bool:
    return re.search(words, text) is not None
