"""Which objects of the store are encrypted, and under whose data key."""

import re

_OF_RUN = re.compile(
    r"(?:tenants/(?P<tenant>[^/]+)/)?"
    r"(?:runs/(?P<project>[^/]+)/validation/(?P<run>[^/]+)"
    r"|work/(?P<working_project>[^/]+)/(?P<working_run>[^/]+))/(?P<name>.+)"
)
_RECORD = "validation_summary.json"
KEYS = "keys/"
"""The folder of the wrapped data keys."""
_OPEN = ("index/", KEYS)
"""Not encrypted: names and numbers alone; and the wrapped keys, which are so already."""

SYSTEM = "system"
"""Of what must outlive the erasure of a run: its record with the audit trail, and dead letters."""


def scope_of(key: str) -> str | None:
    """The scope whose data key encrypts an object; None for what is not encrypted."""
    if key.startswith(_OPEN):
        return None
    match = _OF_RUN.fullmatch(key)
    if match is None or match["name"] == _RECORD:
        return SYSTEM
    project = match["project"] or match["working_project"]
    run = match["run"] or match["working_run"]
    return run_scope(match["tenant"], project, run)


def run_scope(tenant: str | None, project: str, run: str) -> str:
    """The scope of a run; ``tenant`` None for the default one, as in the store's tree."""
    return f"{f'tenants/{tenant}/' if tenant else ''}runs/{project}/{run}"
