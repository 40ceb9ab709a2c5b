"""Which client certificate a request came with, for tokens that are bound to one (RFC 8705)."""

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from smvm_common.certificates import thumbprint
from smvm_common.errors import AuthenticationError


def presented_certificate(environ: Mapping[str, Any], header: str | None) -> str | None:
    """The SHA-256 thumbprint of the certificate that TLS verified, None where there was none.

    ``header`` names the request header in which a proxy that ends TLS hands on the certificate, as
    nginx's ``$ssl_client_escaped_cert``; without one, gunicorn ends TLS itself. Raises
    ``AuthenticationError`` for a header that holds no certificate.
    """
    if header is not None:
        return _from_header(environ.get(f"HTTP_{header.upper().replace('-', '_')}", ""))
    connection = environ.get("gunicorn.socket")
    if not isinstance(connection, ssl.SSLSocket):
        return None
    der = connection.getpeercert(binary_form=True)
    return None if der is None else thumbprint(der)


def _from_header(escaped: str) -> str | None:
    if not escaped:
        return None
    try:
        return thumbprint(ssl.PEM_cert_to_DER_cert(unquote(escaped)))
    except ValueError as error:
        raise AuthenticationError("the proxy handed on no certificate") from error
