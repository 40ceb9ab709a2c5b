"""What gunicorn loads: ``gunicorn -c python:smvm_api.gunicorn_config 'smvm_api.wsgi:create()'``."""

import os

from flask import Flask, Response
from gunicorn.http.errors import ParseException

from smvm_api.application import create_app
from smvm_api.problems import problem
from smvm_common.errors import InvalidInputError
from smvm_common.logging import configure_logging
from smvm_common.settings_loader import load_settings


def create() -> Flask:
    """Build the application from the environment's settings."""
    settings = load_settings(os.environ)
    configure_logging(settings.logging, settings.features)
    app = create_app(settings)
    app.register_error_handler(ParseException, _malformed)
    return app


def _malformed(error: ParseException) -> Response:
    """gunicorn found the body's chunks malformed while a view read them."""
    return problem(400, InvalidInputError.slug, f"the body cannot be read: {error}", errors={})
