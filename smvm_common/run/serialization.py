"""The run record as the bytes of ``validation_summary.json`` and back."""

import json
from datetime import datetime, timedelta
from typing import Any

import cattrs
from cattrs.errors import BaseValidationError

from smvm_common.clock import parse_rfc3339, rfc3339
from smvm_common.errors import InvalidInputError, UnreadableRecordError
from smvm_common.retention.classes import RETENTION_DAYS
from smvm_common.run.record import Run

SCHEMA_VERSION = "1.0"


def _precise(moment: datetime) -> str:
    return rfc3339(moment) if moment.microsecond % 1000 == 0 else moment.isoformat()


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_unstructure_hook(datetime, _precise)
    converter.register_structure_hook(datetime, lambda text, _: parse_rfc3339(text))
    converter.register_unstructure_hook(timedelta, lambda span: span.total_seconds())
    converter.register_structure_hook(timedelta, lambda seconds, _: timedelta(seconds=seconds))
    return converter


_CONVERTER = _converter()


def to_bytes(run: Run) -> bytes:
    """Serialise; the same record gives the same bytes."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "run_id": run.key.run_id,
        "validation_id": run.key.validation_id,
        "created_at": rfc3339(run.accepted_at),
        "data_class": "confidential",
        "retention_days": RETENTION_DAYS["record"],
        "record": _CONVERTER.unstructure(run),
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def from_bytes(body: bytes) -> Run:
    """Read a record; ``UnreadableRecordError`` where the bytes are not one."""
    try:
        return _CONVERTER.structure(json.loads(body)["record"], Run)
    except (ValueError, LookupError, TypeError, BaseValidationError, InvalidInputError) as error:
        raise UnreadableRecordError(f"a run record cannot be read: {error}") from error
