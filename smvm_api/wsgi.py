"""What gunicorn loads: ``gunicorn -c python:smvm_api.gunicorn_config 'smvm_api.wsgi:create()'``."""

import os

from flask import Flask

from smvm_api.application import create_app
from smvm_common.logging import configure_logging
from smvm_common.settings_loader import load_settings


def create() -> Flask:
    """Build the application from the environment's settings."""
    settings = load_settings(os.environ)
    configure_logging(settings.logging, settings.features)
    return create_app(settings)
