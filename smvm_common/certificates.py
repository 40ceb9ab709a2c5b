"""Certificates for mutual TLS: a development authority, and what it signs (RFC 5280)."""

import base64
import hashlib
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from smvm_common.errors import ConfigurationError

_AUTHORITY = "ca"
_CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""A certificate is valid from so long before it was made: the peer's clock may be behind."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM files: a certificate and its private key (mode 0600)."""

    certificate: Path
    key: Path

    @classmethod
    def named(cls, directory: Path, name: str) -> "CertificateFiles":
        return cls(directory / f"{name}.crt", directory / f"{name}.key")


def thumbprint(der: bytes) -> str:
    """The ``x5t#S256`` of a certificate: its SHA-256 in base64url without padding (RFC 8705, 3.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def read_thumbprint(certificate: Path) -> str:
    """The thumbprint of a PEM file; ``ConfigurationError`` where it holds no certificate."""
    try:
        return thumbprint(ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii").strip()))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{certificate} holds no certificate: {error}") from error


def create_authority(directory: Path, now: datetime, lifetime: timedelta) -> CertificateFiles:
    """Make an authority in the directory; ``ConfigurationError`` if one is there already: what it
    signed would stop being valid."""
    files = CertificateFiles.named(directory, _AUTHORITY)
    if files.certificate.exists():
        raise ConfigurationError(f"{files.certificate} exists already")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("SMVM development authority")
    builder = (
        _builder(name, name, key, now, lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
    )
    return _write(files, builder.sign(key, hashes.SHA256()), key)


def issue_server(
    directory: Path, name: str, hosts: Sequence[str], now: datetime, lifetime: timedelta
) -> CertificateFiles:
    """A server's certificate for host names and addresses, signed by the directory's authority."""
    alternatives = x509.SubjectAlternativeName([_alternative(host) for host in hosts])
    return _issue(directory, name, ExtendedKeyUsageOID.SERVER_AUTH, alternatives, now, lifetime)


def issue_client(
    directory: Path, name: str, now: datetime, lifetime: timedelta
) -> CertificateFiles:
    """A client's certificate, signed by the directory's authority."""
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name)])
    return _issue(directory, name, ExtendedKeyUsageOID.CLIENT_AUTH, alternatives, now, lifetime)


def _issue(
    directory: Path,
    name: str,
    purpose: x509.ObjectIdentifier,
    alternatives: x509.SubjectAlternativeName,
    now: datetime,
    lifetime: timedelta,
) -> CertificateFiles:
    authority, authority_key = _authority(directory)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_name(name), authority.subject, key, now, lifetime)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(alternatives, critical=False)
    )
    files = CertificateFiles.named(directory, name)
    return _write(files, builder.sign(authority_key, hashes.SHA256()), key)


def _authority(directory: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    files = CertificateFiles.named(directory, _AUTHORITY)
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        key = load_pem_private_key(files.key.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"no authority in {directory}; make one with: smvm certs init"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigurationError(f"{files.key} is not an elliptic-curve key")
    return certificate, key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER_BY)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(
    files: CertificateFiles, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> CertificateFiles:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files.key.touch(mode=0o600)
    files.key.write_bytes(private)
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    return files
