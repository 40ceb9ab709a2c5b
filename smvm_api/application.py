"""The application factory: one place where views, guards, problems and documents come together."""

from typing import Any

from flask import Flask, Response, redirect
from flask_smorest import Api
from flask_swagger_ui import get_swaggerui_blueprint
from werkzeug.middleware.proxy_fix import ProxyFix

from smvm_api import (
    artifacts,
    dead_letters,
    lifecycle,
    operations,
    privacy,
    results,
    runs,
    schemas,
    status,
)
from smvm_api.answers import answer
from smvm_api.documentation import describe_common
from smvm_api.guards import register_guards
from smvm_api.problems import register_problems
from smvm_api.services import ApiServices, build_services
from smvm_common import __version__
from smvm_common.contracts.responses import ProblemSchema
from smvm_common.settings import Settings

_RESOURCES = (
    runs,
    status,
    results,
    artifacts,
    lifecycle,
    dead_letters,
    schemas,
    operations,
    privacy,
)


class _OpenApi(Api):
    """flask-smorest for the document only: errors are answered by :mod:`smvm_api.problems`."""

    ERROR_SCHEMA = ProblemSchema
    # a declared default would hide undeclared statuses from contract tests
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to :func:`smvm_api.problems.register_problems`."""


def create_app(settings: Settings, services: ApiServices | None = None) -> Flask:
    """Compose the application; nothing connects until the first request."""
    app = Flask(__name__)
    proxies = settings.auth.trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0)  # type: ignore[method-assign]
    # a doubled slash is no way to say a single one: it names nothing
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.config.update(
        # a chunked body is cut off here without an error: one more byte tells that it is too large
        MAX_CONTENT_LENGTH=settings.limits.max_body_bytes + 1,
        API_TITLE="SMVM",
        API_VERSION=settings.integration.smvm.api_version,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS=_document_options(),
    )
    app.extensions["smvm"] = services or build_services(settings)
    register_guards(app)
    register_problems(app)
    api = _OpenApi(app)
    for resource in _RESOURCES:
        api.register_blueprint(resource.blueprint)
    _register_documents(app, api)
    return app


def _document_options() -> dict[str, Any]:
    return {
        "info": {
            "title": "SMVM, the Synthetic Market Validation Module",
            "version": __version__,
            "description": "Is this business idea worth building? From T0 to T32.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "components": {
            "securitySchemes": {
                "bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            }
        },
    }


def _register_documents(app: Flask, api: Api) -> None:
    @app.get("/openapi.json")
    def openapi() -> Response:
        return answer(describe_common(api.spec.to_dict()))

    app.register_blueprint(get_swaggerui_blueprint("/docs", "/openapi.json", {"app_name": "SMVM"}))

    @app.get("/")
    def index() -> Any:
        return redirect("/docs/")
