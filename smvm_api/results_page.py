"""``GET …/results`` for people: the page that a worker wrote, or what exists until then.

The report's page comes from the store as it is, under a few lines on the state of the run, which goes
on after the report: a final decision, warnings, a test recording.
"""

import base64
import hashlib
import re

from flask import Response, render_template, request
from markupsafe import Markup

from smvm_common.clock import rfc3339
from smvm_common.pages import stylesheet
from smvm_common.run import progress
from smvm_common.run.record import Run, RunStatus
from smvm_common.store.base import ObjectStore

_REPORT = "analysis_report.html"
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
_MAIN = b"<main>"


def wants_page() -> bool:
    """Whether the request prefers HTML; JSON where it does not say."""
    preferred = request.accept_mimetypes.best_match(("application/json", "text/html"))
    return preferred == "text/html"


def results_page(run: Run, store: ObjectStore, retry_seconds: int) -> Response:
    """The report with 200; what exists so far with 202 while one is being made."""
    if _REPORT in run.documents:
        return _page(_report(run, store))
    if run.status not in progress.MOVING:
        return _page(_so_far(run, None))
    response = _page(_so_far(run, retry_seconds))
    response.status_code = 202
    response.headers["Retry-After"] = str(retry_seconds)
    return response


def _report(run: Run, store: ObjectStore) -> bytes:
    body = store.get(run.key.document(_REPORT)).body
    state = render_template("run_state.html", **_state(run)).encode()
    # texts of users are escaped: the tag stands there once
    return body.replace(_MAIN, _MAIN + state, 1)


def _so_far(run: Run, refresh: int | None) -> bytes:
    return render_template(
        "results_so_far.html",
        **_state(run),
        refresh=refresh,
        progress=progress.progress(run),
        stages=progress.stage_results(run),
        stylesheet=Markup(stylesheet()),  # noqa: S704 # nosec B704 (ours)
    ).encode()


def _state(run: Run) -> dict[str, object]:
    preliminary = run.status not in (RunStatus.COMPLETED, RunStatus.FINALIZED)
    due = rfc3339(run.timeline.completion.due_at).partition("T")[0]
    return {"run": run, "preliminary": preliminary and _REPORT in run.documents, "due": due}


def _page(body: bytes) -> Response:
    response = Response(body, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = content_security_policy(body)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def content_security_policy(body: bytes) -> str:
    """Nothing may be loaded or run; of styles only the page's own element, by its hash."""
    hashes = (base64.b64encode(hashlib.sha256(css).digest()) for css in _STYLE.findall(body))
    styles = " ".join(f"'sha256-{digest.decode()}'" for digest in hashes)
    return (
        f"default-src 'none'; style-src {styles}; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
