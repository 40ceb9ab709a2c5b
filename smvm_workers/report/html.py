"""Composes the page. Jinja escapes whatever it prints; only the charts, drawn here, are markup."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from smvm_common.pages import stylesheet


def render_page(content: Mapping[str, Any], drawn: Mapping[str, bytes]) -> bytes:
    """A self-contained HTML page of composed content and its charts; the same input gives the same
    bytes."""
    charts = {
        name: _inline(drawn[name], words)
        for name, words in _alternatives(content).items()
        if name in drawn
    }
    page = _template().render(**content, charts=charts, stylesheet=_own(stylesheet()))
    return page.encode()


def _alternatives(content: Mapping[str, Any]) -> dict[str, str]:
    """What each chart shows, in words."""
    blocks = [
        *content["summary"]["outlook"],
        *(b for s in content["sections"] for b in s["blocks"]),
    ]
    return {
        item["name"]: item["alternative"]
        for block in blocks
        if block["kind"] == "charts"
        for item in block["items"]
    }


def _inline(svg: bytes, alternative: str) -> Markup:
    named = f'<svg role="img" aria-label="{escape(alternative)}" '
    return _own(svg.decode().replace("<svg ", named, 1))


def _own(markup: str) -> Markup:
    """Markup that was made here, and holds nothing from outside that is not escaped."""
    return Markup(markup)  # noqa: S704 # nosec B704


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("smvm_workers.report", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("report.html")
