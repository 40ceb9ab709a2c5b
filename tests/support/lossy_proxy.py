"""A TCP proxy before an S3 server: it loses an answer, answers 503 itself, or takes its time."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

_BUSY = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n"
    b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
)


class LossyProxy:
    """Forwards to a loopback port; after :meth:`lose_next`, one answer to a PUT is thrown away.

    While ``busy`` it answers 503 in the server's place; ``delay`` in seconds holds up each answer.
    """

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.lost = 0
        self.busy = False
        self.delay = 0.0
        self._losing = False

    def lose_next(self) -> None:
        self._losing = True

    def serve(self) -> None:
        """Accept until closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def close(self) -> None:
        # shutting down wakes the accept; closing alone does not
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _relay(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._upstream))
        except OSError:
            # nobody listens there now: the client is to see no more than that
            client.close()
            return
        lossy = threading.Event()
        threading.Thread(target=self._upload, args=(client, server, lossy), daemon=True).start()
        with closing(client), closing(server), suppress(OSError):
            while answer := server.recv(65536):
                if lossy.is_set() and not answer.startswith(b"HTTP/1.1 100"):
                    self.lost += 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                time.sleep(self.delay)
                client.sendall(answer)

    def _upload(self, client: socket.socket, server: socket.socket, lossy: threading.Event) -> None:
        with suppress(OSError):
            while request := client.recv(65536):
                if self.busy:
                    _refuse(client)
                    return
                if self._losing and request.startswith(b"PUT "):
                    self._losing = False
                    lossy.set()
                server.sendall(request)


def _refuse(client: socket.socket) -> None:
    """Answer 503, and read what is still sent, or the answer would be lost to a reset."""
    client.sendall(_BUSY)
    client.shutdown(socket.SHUT_WR)
    while client.recv(65536):
        pass


@contextmanager
def lossy_proxy(upstream: int) -> Iterator[LossyProxy]:
    proxy = LossyProxy(upstream)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(5)
