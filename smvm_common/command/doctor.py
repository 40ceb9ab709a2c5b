"""``smvm doctor``: checks settings and each dependency, and says what to do."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import click
from redis import RedisError
from rich.console import Console
from rich.table import Table

from smvm_common.command.checks import Check, checks_of_parts
from smvm_common.embedded.redis import find_redis_server
from smvm_common.embedded.s3 import find_weed
from smvm_common.errors import PreconditionFailedError, SmvmError
from smvm_common.redis_client import connect
from smvm_common.settings import Settings
from smvm_common.settings_loader import CONFIG_VARIABLE, load_settings
from smvm_common.store.factory import build_store
from smvm_common.tokens import load_keys

_MARKS = {"ok": "[green]ok[/green]", "warn": "[yellow]warn[/yellow]", "fail": "[red]fail[/red]"}
_FREE_GIGABYTES = 1.0


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The settings file; SMVM_CONFIG by default, then .smvm/settings.yaml.",
)
def doctor(config: Path | None) -> None:
    """Check settings and each dependency; exits with 1 if something must be mended."""
    checks = list(examine(config))
    table = Table("what", "", "found", "what to do")
    for check in checks:
        table.add_row(check.name, _MARKS[check.result], check.found, check.advice)
    Console(width=None if sys.stdout.isatty() else 140).print(table)
    if any(check.result == "fail" for check in checks):
        sys.exit(1)


def examine(config: Path | None) -> Iterator[Check]:
    """Yield the checks, in the order in which to mend things."""
    yield _python()
    embedded = Path(".smvm/settings.yaml")
    if config is None and CONFIG_VARIABLE not in os.environ and embedded.exists():
        config = embedded
    try:
        settings = load_settings(os.environ, config)
    except SmvmError as error:
        yield Check("settings", "fail", error.detail, "see deploy/smvm.yaml for every setting")
        return
    yield Check("settings", "ok", str(config or os.environ.get(CONFIG_VARIABLE, "defaults")))
    yield _binary("redis-server", lambda: f"{(r := find_redis_server()).path} ({r.origin})")
    yield _binary("weed (embedded S3)", lambda: str(find_weed()))
    yield _redis(settings)
    yield _store(settings)
    yield _keys(settings)
    yield _secrets(settings)
    yield from checks_of_parts(settings)
    yield from (_package(name) for name in ("numba", "typst", "wordllama", "pytickersymbols"))
    yield _disk()


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    result: Literal["ok", "fail"] = "ok" if sys.version_info >= (3, 11) else "fail"
    return Check(
        "Python", result, version, "" if result == "ok" else "install Python 3.11 or newer"
    )


def _binary(name: str, find: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", find())
    except SmvmError as error:
        return Check(name, "warn", "not found", error.detail)


def _redis(settings: Settings) -> Check:
    client = connect(settings.redis.url, patience=1.0)
    try:
        client.ping()
    except RedisError as error:
        advice = (
            "start it, or let `smvm up` start one; runs are accepted meanwhile, but do not begin"
        )
        return Check("Redis", "warn", str(error)[:60], advice)
    return Check("Redis", "ok", "answers")


def _store(settings: Settings) -> Check:
    kind = settings.store.kind
    try:
        store = build_store(settings.store)
        store.ping()
        key = f"index/ping/doctor-{os.getpid()}.json"
        etag = store.put(key, b"{}")
        store.replace(key, b'{"n": 1}', etag)
        try:
            store.replace(key, b'{"n": 2}', etag)
        except PreconditionFailedError:
            return Check("store", "ok", f"{kind}: reads, writes, compares and swaps")
        finally:
            store.delete(key)
    except SmvmError as error:
        return Check("store", "fail", error.detail, "check store.* in the settings")
    advice = "this store ignores If-Match: it cannot be the system of record"
    return Check("store", "fail", f"{kind}: an outdated swap went through", advice)


def _keys(settings: Settings) -> Check:
    try:
        keys = load_keys(settings.auth.keys_directory)
    except SmvmError as error:
        return Check("signing keys", "fail", error.detail, "smvm token init")
    return Check("signing keys", "ok", f"{len(keys)} in {settings.auth.keys_directory}")


def _secrets(settings: Settings) -> Check:
    missing = [] if settings.pseudonym_key else ["pseudonym_key"]
    missing += [] if settings.tenants else ["tenants (callback_api_key, webhook_secret)"]
    if missing:
        return Check(
            "secrets", "fail", f"missing: {', '.join(missing)}", "set them in the settings"
        )
    return Check("secrets", "ok", f"tenants: {', '.join(settings.tenants)}")


def _package(name: str) -> Check:
    if importlib.util.find_spec(name) is None:
        return Check(name, "fail", "not installed", f"pip install {name}")
    return Check(name, "ok", "installed")


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    if free < _FREE_GIGABYTES:
        return Check("disk", "fail", f"{free:.1f} GB free", "make room")
    return Check("disk", "ok", f"{free:.0f} GB free")
