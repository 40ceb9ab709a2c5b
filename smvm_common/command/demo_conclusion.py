"""The end of ``smvm demo``: the decision in plain words, key numbers, callbacks, artefacts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from smvm_common.client import SmvmClient
from smvm_common.command.demo_walk import Finished
from smvm_common.command.stack import Stack

_VERDICTS = {
    "go": ("GO", "green"),
    "conditional_go": ("CONDITIONAL GO", "yellow"),
    "no_go": ("NO-GO", "red"),
}
_MARKET = ("market_analysis", "market_size", "intervals")
_FINANCE = ("financial_projections",)
_NUMBERS: tuple[tuple[str, tuple[str, ...], tuple[str, str, str]], ...] = (
    ("market (TAM), a year", (*_MARKET, "tam"), ("median", "low", "high")),
    ("within reach (SAM), a year", (*_MARKET, "sam"), ("median", "low", "high")),
    ("obtainable (SOM), a year", (*_MARKET, "som"), ("median", "low", "high")),
    ("revenue in the third year", (*_FINANCE, "revenue_by_year", "year_3"), ("p50", "p10", "p90")),
    ("need of money", (*_FINANCE, "funding_need"), ("p50", "p10", "p90")),
    ("net present value", (*_FINANCE, "npv"), ("p50", "p10", "p90")),
)
"""What to call a figure, where it stands in the results, and its median and 80 % interval."""


def conclude(stack: Stack, finished: Finished, *, kept: bool) -> RenderableType:
    """Everything that is printed once the decision is final; where the artefacts lie, if ``kept``."""
    return Group(
        _decision(finished.state.final or {}),
        *_numbers(finished.results),
        _artifacts(finished),
        Text(
            f"in {_folder(stack, finished)}"
            if kept
            else "not kept: leave out --no-keep to keep them"
        ),
        Text(callback_line(finished.callbacks) + f"; {finished.seconds:.0f} s in all"),
    )


def _decision(final: Mapping[str, Any]) -> Panel:
    word, colour = _VERDICTS[final["recommendation"]]
    body = Text.assemble(
        (word, f"bold {colour}"),
        f"   confidence {final['confidence_score']:.0%}\n\n",
        final["plain_words"],
        *(f"\n• {reason}" for reason in final["reasons"]),
        *(f"\n→ {condition}" for condition in final["conditions"]),
    )
    return Panel(body, title="T32: the decision", border_style=colour)


def _numbers(results: Mapping[str, Any]) -> Iterator[Table]:
    """The table of key numbers; none for a run that the gate ended before they existed."""
    table = Table("key number", "median", "80 % interval", title_justify="left")
    for label, median, interval in key_numbers(results):
        table.add_row(label, median, interval)
    if table.row_count:
        yield table


def key_numbers(results: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield label, median and interval of each figure that the results hold."""
    for label, path, names in _NUMBERS:
        found: Any = results
        for part in path:
            found = (found or {}).get(part)
        if found:
            median, low, high = (dollars(found[name]) for name in names)
            yield label, median, f"{low} to {high}"


def dollars(amount: float) -> str:
    """Three figures, as people say it: ``−$1.03M``."""
    size, sign = abs(amount), "−" if amount < 0 else ""
    for bound, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= bound:
            return f"{sign}${size / bound:.3g}{suffix}"
    return f"{sign}${size:.0f}"


def callback_line(callbacks: tuple[Mapping[str, Any], ...]) -> str:
    """How many came, whether they verified, and whether they came in order."""
    order = [callback["sequence"] for callback in callbacks]
    ordered = "in order" if order == sorted(order) else "OUT OF ORDER"
    return f"{len(order)} callbacks received, every signature verified, {ordered}"


def _artifacts(finished: Finished) -> Table:
    table = Table("artefact", "bytes")
    table.columns[1].justify = "right"
    for entry in finished.results["artifacts"]:
        table.add_row(entry["name"], f"{entry['bytes']:,}")
    return table


def _folder(stack: Stack, finished: Finished) -> Path:
    """Where the artefacts lie, as seen from here; from S3 they are downloaded first."""
    settings = stack.settings.store
    folder = Path("runs", finished.submission.project_id, "validation", finished.accepted.run_id)
    if settings.kind == "directory":
        return _from_here(settings.path / folder)
    target = stack.state.root / "downloads" / folder
    _download(finished.client, finished, target)
    return _from_here(target)


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _download(client: SmvmClient, finished: Finished, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in finished.results["artifacts"]:
        client.download(finished.accepted.validation_id, entry["name"], target / entry["name"])
