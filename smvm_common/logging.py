"""JSON logs with one set of fields: timestamp, level, event, logger, correlation_id, validation_id."""

import json
import logging
import sys
from typing import Any

import structlog

from smvm_common.settings import FeatureFlags, LoggingSettings

_OWN = ("smvm_api", "smvm_workers", "smvm_common")
_NOISY = ("botocore", "urllib3", "numba", "matplotlib", "fontTools")
_COMMON: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


def configure_logging(settings: LoggingSettings, features: FeatureFlags) -> None:
    """Send every log line of the process, libraries' included, to standard error as JSON.

    ``detailed_logging`` lowers the level to DEBUG for SMVM's own loggers.
    """
    level = logging.getLevelNamesMapping()[settings.level]
    own_level = logging.DEBUG if features.detailed_logging else level
    structlog.configure(
        processors=[*_COMMON, _render],
        logger_factory=_StandardError,
        wrapper_class=structlog.make_filtering_bound_logger(own_level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_COMMON, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for package in _OWN:
        logging.getLogger(package).setLevel(own_level)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


class _StandardError:
    """Where SMVM's own loggers write. Going through the standard library's costs three times as much,
    and there is a line for each request."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        # one write, so that no other thread's line gets between the line and its end
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


_encode = json.JSONEncoder(ensure_ascii=False, default=repr).encode


def _render(_logger: Any, _method: str, fields: structlog.typing.EventDict) -> str:
    return _encode(fields)
