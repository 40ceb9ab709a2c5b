"""gunicorn's settings: bounded requests, threads for slow stores, a clean end."""

import gc
import os
import ssl
from collections.abc import Callable
from typing import Any

bind = os.environ.get("SMVM_BIND", "127.0.0.1:8080")
workers = int(os.environ.get("SMVM_WEB_WORKERS", "2"))
worker_class = "smvm_api.gunicorn_worker.BoundedWorker"
logger_class = "smvm_api.gunicorn_logging.JsonLogger"
threads = 8
# the longest answer is PUT …/complete, which waits up to 50 seconds for an analysis
timeout = 90
graceful_timeout = 30
keepalive = 15
limit_request_line = 4096
limit_request_fields = 64
limit_request_field_size = 8190
accesslog = None
control_socket_disable = True

# TLS ends here where SMVM_TLS_CERTIFICATE names a file; with SMVM_TLS_CLIENT_CA only for clients whose
# certificate that authority signed
certfile = os.environ.get("SMVM_TLS_CERTIFICATE")
keyfile = os.environ.get("SMVM_TLS_KEY")
ca_certs = os.environ.get("SMVM_TLS_CLIENT_CA")
cert_reqs = ssl.CERT_REQUIRED if ca_certs else ssl.CERT_NONE


def ssl_context(config: Any, make_default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """TLS 1.2 or later."""
    context = make_default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


receive_seconds = float(os.environ.get("SMVM_RECEIVE_SECONDS", "30"))
"""How long a client may take to send a request: the contract's time-out of a submission."""
answer_seconds = 120.0
"""How long it may take in all, with an answer that it reads slowly."""


def post_worker_init(worker: Any) -> None:
    """Hand the worker the bounds that gunicorn has no settings for, and have it begin clean."""
    worker.receive_seconds = receive_seconds
    worker.answer_seconds = answer_seconds
    # what is loaded by now stays: collections need not go through it again
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    """Forget the live gauges of a process that ended."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
