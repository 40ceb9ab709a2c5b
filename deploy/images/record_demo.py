#!/usr/bin/env python3
"""Record ``demo.svg``, the picture in README.md, from a real ``smvm demo`` in a directory of its own.

    .venv/bin/python deploy/images/record_demo.py

Run it again whenever what the demo says has changed.
"""

import contextlib
import io
import re
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import MONOKAI

TARGET = Path(__file__).with_name("demo.svg")
COLUMNS = 108
FONTS_FROM_ELSEWHERE = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""A picture in a README may load nothing: any monospaced font of the reader's will do."""


def main() -> None:
    """Run the demo on a console that records, and export what it showed."""
    demo = import_module("smvm_common.command.demo")
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), highlight=False)
    demo.Console = lambda **options: console
    with TemporaryDirectory(prefix="smvm-record-") as directory, contextlib.chdir(directory):
        try:
            demo.demo.main([], prog_name="smvm demo", standalone_mode=False)
        except SystemExit as error:
            sys.exit(error.code)
    picture = console.export_svg(title="smvm demo", theme=MONOKAI)
    TARGET.write_text(FONTS_FROM_ELSEWHERE.sub("", picture), encoding="utf-8")


if __name__ == "__main__":
    main()
