"""Durations as people write them on a command line."""

import re
from datetime import timedelta

import click

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Lifetime(click.ParamType[timedelta]):
    """``30m``, ``24h`` or ``90d``."""

    name = "duration"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        match = re.fullmatch(r"([1-9]\d{0,4})([mhd])", value)
        if match is None:
            self.fail(f"{value!r} is no duration; write 30m, 24h or 90d", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
