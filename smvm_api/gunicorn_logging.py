"""gunicorn's own lines as JSON among the others."""

from typing import Any

from gunicorn.glogging import Logger

from smvm_common.logging import configure_logging
from smvm_common.settings import FeatureFlags, LoggingSettings


class JsonLogger(Logger):
    """Hands everything to the root logger, which each worker then configures by the settings."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        configure_logging(LoggingSettings(), FeatureFlags())
        self.error_log.handlers.clear()
        self.error_log.propagate = True
