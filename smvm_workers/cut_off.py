"""Ends a conversation that lasts too long, however busily it goes on."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from threading import Event, Timer


@contextmanager
def cut_off(connected: socket.socket, seconds: float) -> Iterator[Event]:
    """Shut the socket down after ``seconds``; what fails from then on is a ``TimeoutError``.

    Yields the event of the cut: a parser may take the end of the connection for the end of headers.
    A socket's own time limit begins anew with every byte, so a receiver that drips could hold a
    worker for ever; the limit here also covers a TLS handshake.
    """
    fired = Event()
    # TLS takes the descriptor away from ``connected``; a duplicate reaches the same connection
    with closing(connected.dup()) as duplicate:

        def cut() -> None:
            fired.set()
            with suppress(OSError):
                duplicate.shutdown(socket.SHUT_RDWR)

        timer = Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield fired
        except (OSError, HTTPException) as error:
            if fired.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()
