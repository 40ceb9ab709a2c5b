import base64
import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from smvm_common.certificates import (
    create_authority,
    issue_client,
    issue_server,
    read_thumbprint,
    thumbprint,
)
from smvm_common.errors import ConfigurationError

NOW, DAY = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=1)


def test_the_thumbprint_is_that_of_rfc_8705(tmp_path: Path) -> None:
    create_authority(tmp_path, NOW, DAY)
    files = issue_client(tmp_path, "one", NOW, DAY)
    der = ssl.PEM_cert_to_DER_cert(files.certificate.read_text())
    expected = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
    assert read_thumbprint(files.certificate) == thumbprint(der) == expected


def test_an_authority_is_not_overwritten(tmp_path: Path) -> None:
    create_authority(tmp_path, NOW, DAY)
    with pytest.raises(ConfigurationError, match="exists already"):
        create_authority(tmp_path, NOW, DAY)


def test_without_an_authority_nothing_is_signed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="smvm certs init"):
        issue_client(tmp_path, "one", NOW, DAY)


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = [create_authority(tmp_path, NOW, DAY), issue_client(tmp_path, "one", NOW, DAY)]
    assert all(files.key.stat().st_mode & 0o077 == 0 for files in made)


def test_a_server_is_named_by_hosts_and_addresses(tmp_path: Path) -> None:
    create_authority(tmp_path, NOW, DAY)
    files = issue_server(tmp_path, "server", ["api.example", "127.0.0.1"], NOW, DAY)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["api.example"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert certificate.not_valid_after_utc == NOW + DAY


def test_what_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.crt").write_text("nothing")
    with pytest.raises(ConfigurationError, match=r"x\.crt"):
        read_thumbprint(tmp_path / "x.crt")
