"""The state directory of an embedded stack: settings, secrets, keys, data, logs."""

import base64
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from smvm_common.embedded.redis import EmbeddedRedis
from smvm_common.embedded.s3 import EmbeddedS3
from smvm_common.errors import ConfigurationError
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.settings import (
    AuthSettings,
    CallbackSettings,
    IntegrationSettings,
    MaintenanceSettings,
    RedisSettings,
    SandboxSettings,
    SchedulerSettings,
    Settings,
    SmvmEndpointSettings,
    StoreSettings,
    TenantSettings,
)
from smvm_common.settings_loader import dump_settings, load_settings
from smvm_common.tokens import create_key


class StateDirectory:
    """Made at first use; secrets are generated once and kept with mode 0600."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    @property
    def settings_file(self) -> Path:
        return self.root / "settings.yaml"

    @property
    def metrics(self) -> Path:
        return self.root / "metrics"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep a second stack out of the directory; ``ConfigurationError`` if one is in it."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        # the lock goes with this process and its relays, however they end
        lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise ConfigurationError(
                f"an SMVM is already running in {self.root}; end it, or name another --directory"
            ) from error
        try:
            yield
        finally:
            os.close(lock)

    def redis(self) -> EmbeddedRedis:
        return EmbeddedRedis(self.root / "redis")

    def s3(self) -> EmbeddedS3:
        return EmbeddedS3(self.root / "s3")

    def prepare(
        self, *, redis_url: str, store: StoreSettings | None, port: int, receiver_port: int
    ) -> Settings:
        """Write the settings of a stack on these ports and return them.

        An embedded stack has a sandbox and no maintenance window, and may call loopback.
        """
        for folder in (self.root, self.metrics, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        for stale in self.metrics.glob("*.db"):
            stale.unlink()
        keys = self.root / "keys"
        if not keys.exists():
            create_key(keys)
        kept = self._kept()
        url = f"http://127.0.0.1:{port}"
        settings = Settings(
            integration=IntegrationSettings(smvm=SmvmEndpointSettings(base_url=url)),
            redis=RedisSettings(url=redis_url),
            store=store or StoreSettings(path=self.root / "store"),
            auth=AuthSettings(keys_directory=keys),
            callbacks=CallbackSettings(allowed_hosts=(f"127.0.0.1:{receiver_port}",)),
            tenants=kept.tenants,
            maintenance=MaintenanceSettings(enabled=False),
            scheduler=SchedulerSettings(milestone_tick_seconds=1.0, reconcile_tick_seconds=5.0),
            sandbox=SandboxSettings(enabled=True),
            pseudonym_key=kept.pseudonym_key,
        )
        self._write(settings)
        return settings

    def _kept(self) -> Settings:
        """The secrets of an earlier start, or new ones; ``ConfigurationError`` for a file that cannot
        be read: with other secrets pseudonyms would no longer match, nor signatures verify."""
        if self.settings_file.exists():
            earlier = self._earlier()
            if earlier.pseudonym_key and earlier.tenants:
                return earlier
        tenant = TenantSettings(
            callback_api_key=secrets.token_urlsafe(24),
            webhook_secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        )
        return replace(
            Settings(), tenants={DEFAULT_TENANT: tenant}, pseudonym_key=secrets.token_hex(32)
        )

    def _earlier(self) -> Settings:
        try:
            return load_settings({}, self.settings_file)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"{error.detail}\nmend {self.settings_file}, or remove it to begin with new secrets"
            ) from error

    def _write(self, settings: Settings) -> None:
        written = self.settings_file.with_suffix(".new")
        written.touch(mode=0o600)
        written.write_text(dump_settings(settings), encoding="utf-8")
        # whoever is killed before here leaves the earlier file whole
        written.replace(self.settings_file)
