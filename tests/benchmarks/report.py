"""Processor time of the report of one analysis, part by part; run it as a script.

``PYTHONPATH=.:tests python tests/benchmarks/report.py``
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from smvm_workers.report.content import compose
from smvm_workers.report.drawing import draw
from smvm_workers.report.html import render_page
from smvm_workers.report.typeset import typeset
from support.reports import CREATED_AT, VALIDATION_ID, documents

_ROUNDS = 15
_DESCRIPTION = "Personal finance platform, variant {} of the idea, so that no page is remembered"


def _report(number: int, taken: dict[str, list[float]]) -> None:
    """One report, each with another text, so that nothing is answered from a cache of pages."""
    given = documents(description=_DESCRIPTION.format(number))
    given["simulation.result.json"]["conditions"]["customers"] *= 1 + number / 100

    def timed(part: str, do: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = do()
        taken.setdefault(part, []).append(time.process_time() - started)
        return result

    content = timed("words", lambda: compose(given, VALIDATION_ID, CREATED_AT))
    drawn = timed("nine charts", lambda: draw(given))
    timed("PDF", lambda: typeset(content, drawn, CREATED_AT))
    timed("page", lambda: render_page(content, drawn))


def main() -> None:
    first: dict[str, list[float]] = {}
    _report(0, first)
    print(f"first report of a process: {sum(map(sum, first.values())):.2f} s")
    taken: dict[str, list[float]] = {}
    for number in range(1, _ROUNDS + 1):
        _report(number, taken)
    for part, seconds in taken.items():
        print(f"{part}: median {1000 * statistics.median(seconds):.0f} ms")
    whole = [sum(parts) for parts in zip(*taken.values(), strict=True)]
    print(f"whole report, warm: median {statistics.median(whole):.2f} s, worst {max(whole):.2f} s")


if __name__ == "__main__":
    main()
