"""The look of SMVM's HTML pages: the report that workers write, and what the API shows before it."""

from functools import cache
from importlib.resources import files


@cache
def stylesheet() -> str:
    """The style sheet, to stand in a page's own ``style`` element: pages load nothing."""
    return (files(__package__) / "page.css").read_text(encoding="utf-8")
