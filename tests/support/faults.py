"""What goes wrong with a running stack: each fault strikes when entered and is mended when left."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from redis import Redis

from smvm_common.settings import Settings
from support.lossy_proxy import LossyProxy, lossy_proxy
from support.stack import RunningStack, running_stack

_QUEUES = ("rapid", "analysis", "callbacks", "schedule")
_SLOW_SECONDS = 0.2
"""Added to each answer of the store: a stage makes some ten requests."""

_ALONE = 0.8
"""How often a fault strikes alone. A worker takes some seconds to start, more on a loaded machine."""


@dataclass(frozen=True)
class Site:
    """Where faults strike: a stack on an S3 server behind a proxy."""

    stack: RunningStack
    proxy: LossyProxy


@dataclass(frozen=True)
class Fault:
    """``lasting`` ones are held for some seconds; ``rank`` says in which order they are mended: what
    others need to come up again has the higher one."""

    name: str
    strike: Callable[[Site], AbstractContextManager[None]]
    lasting: bool
    rank: int = 0


@contextmanager
def site_of(directory: Path, adjust: Callable[[Settings], Settings]) -> Iterator[Site]:
    """A running stack whose S3 server stands behind a proxy."""
    proxies: list[LossyProxy] = []
    with ExitStack() as cleanup:

        def through_proxy(settings: Settings) -> Settings:
            port = urlsplit(settings.store.endpoint_url).port
            proxies.append(cleanup.enter_context(lossy_proxy(port)))
            endpoint = f"http://127.0.0.1:{proxies[0].port}"
            return adjust(replace(settings, store=replace(settings.store, endpoint_url=endpoint)))

        stack = cleanup.enter_context(running_stack(directory, store="s3", adjust=through_proxy))
        yield Site(stack, proxies[0])


@contextmanager
def _killed(site: Site, name: str) -> Iterator[None]:
    process = site.stack.processes[name]
    process.kill()
    try:
        yield
    finally:
        process.start()


@contextmanager
def _pool_process_killed(site: Site) -> Iterator[None]:
    for pid in children_of(site.stack.processes["worker"].pid)[:1]:
        # it may have ended by itself meanwhile
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    yield


@contextmanager
def _flushed(site: Site) -> Iterator[None]:
    with Redis.from_url(site.stack.redis.url) as redis:
        redis.flushall()
    yield


@contextmanager
def _messages_doubled(site: Site) -> Iterator[None]:
    """What waits in a queue comes twice, as after a redelivery."""
    with Redis.from_url(site.stack.redis.url) as redis:
        for queue in _QUEUES:
            if waiting := redis.lrange(queue, 0, -1):
                redis.lpush(queue, *waiting)
    yield


@contextmanager
def _messages_lost(site: Site) -> Iterator[None]:
    with Redis.from_url(site.stack.redis.url) as redis:
        redis.delete(*_QUEUES)
    yield


@contextmanager
def _redis_killed(site: Site) -> Iterator[None]:
    site.stack.redis.kill()
    try:
        yield
    finally:
        site.stack.redis.start()


@contextmanager
def _redis_hangs(site: Site) -> Iterator[None]:
    site.stack.redis.pause()
    try:
        yield
    finally:
        site.stack.redis.unpause()


@contextmanager
def _store_killed(site: Site) -> Iterator[None]:
    assert site.stack.s3 is not None
    site.stack.s3.kill()
    try:
        yield
    finally:
        site.stack.s3.start()


@contextmanager
def _store_busy(site: Site) -> Iterator[None]:
    site.proxy.busy = True
    try:
        yield
    finally:
        site.proxy.busy = False


@contextmanager
def _store_slow(site: Site) -> Iterator[None]:
    site.proxy.delay = _SLOW_SECONDS
    try:
        yield
    finally:
        site.proxy.delay = 0.0


@contextmanager
def _answer_lost(site: Site) -> Iterator[None]:
    site.proxy.lose_next()
    yield


FAULTS: tuple[Fault, ...] = (
    Fault("worker killed", partial(_killed, name="worker"), lasting=False),
    Fault("pool process killed", _pool_process_killed, lasting=False),
    Fault("courier killed", partial(_killed, name="courier"), lasting=False),
    Fault("beat killed", partial(_killed, name="beat"), lasting=True),
    Fault("API killed", partial(_killed, name="web"), lasting=False),
    Fault("messages doubled", _messages_doubled, lasting=False),
    Fault("messages lost", _messages_lost, lasting=False),
    Fault("Redis emptied", _flushed, lasting=False),
    Fault("Redis killed", _redis_killed, lasting=True, rank=1),
    Fault("Redis hangs", _redis_hangs, lasting=True, rank=1),
    Fault("answer of the store lost", _answer_lost, lasting=False),
    Fault("store killed", _store_killed, lasting=True, rank=1),
    Fault("store answers 503", _store_busy, lasting=True, rank=1),
    Fault("store slow", _store_slow, lasting=True, rank=1),
)


def storm(random: Random) -> Iterator[Sequence[Fault]]:
    """Yield every fault in some order, then all in another, for ever; some with a second one, so that
    one strikes at once while the other lasts."""
    while True:
        for first in random.sample(FAULTS, len(FAULTS)):
            if random.random() < _ALONE:
                yield [first]
            else:
                others = [fault for fault in FAULTS if fault.lasting != first.lasting]
                yield [first, random.choice(others)]


def strike(site: Site, faults: Sequence[Fault], hold: Callable[[], None]) -> None:
    """Have the faults at once, ``hold`` while they last, and mend them."""
    with ExitStack() as mending:
        # what needs a server strikes before that is gone, and is mended after it
        for fault in sorted(faults, key=lambda fault: fault.rank):
            mending.enter_context(fault.strike(site))
        if any(fault.lasting for fault in faults):
            hold()


def children_of(pid: int) -> list[int]:
    """The ids of the process's children."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in threads for child in path.read_text().split()]
