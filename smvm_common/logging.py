"""JSON logs with one set of fields: timestamp, level, event, logger, correlation_id, validation_id."""

import logging
import sys

import structlog

from smvm_common.settings import FeatureFlags, LoggingSettings


def configure_logging(settings: LoggingSettings, features: FeatureFlags) -> None:
    """Send every log line of the process, libraries' included, to standard error as JSON.

    ``detailed_logging`` lowers the level to DEBUG for SMVM's own loggers.
    """
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            # first, so that a line that nobody sees costs nothing
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level)
    own_level = "DEBUG" if features.detailed_logging else settings.level
    for package in ("smvm_api", "smvm_workers", "smvm_common"):
        logging.getLogger(package).setLevel(own_level)
    for noisy in ("botocore", "urllib3", "numba", "matplotlib", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
