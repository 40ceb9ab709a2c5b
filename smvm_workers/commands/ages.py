"""Ages as operators write them: 30m, 6h, 2d."""

import re
from datetime import timedelta

import click

_AGE = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Age(click.ParamType[timedelta]):
    """A number and a unit of s, m, h or d."""

    name = "age"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = _AGE.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is not an age such as 30m, 6h or 2d", param, ctx)
        return timedelta(**{_UNITS[match.group(2)]: int(match.group(1))})
