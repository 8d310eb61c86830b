"""A self-signed certificate for https in the local network; browsers warn once about it."""

from __future__ import annotations

import datetime
import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING

from backline.errors import MissingExtraError

if TYPE_CHECKING:
    from cryptography import x509

VALID_DAYS = 397
"""Longest validity that browsers accept."""


def own_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """Return certificate and key for a host; they are renewed a day before they expire.

    Parameters
    ----------
    folder : Path
        Where they are kept; the key is readable for its owner alone.
    host : str
        Name or address that the certificate is for.

    Raises
    ------
    MissingExtraError
        If the library that makes certificates is missing.
    """
    try:
        from cryptography import x509
    except ImportError:
        raise MissingExtraError("A self-signed certificate", "web") from None
    certificate, key = folder / "own.crt", folder / "own.key"
    if certificate.is_file() and key.is_file():
        there = x509.load_pem_x509_certificate(certificate.read_bytes())
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
        if there.not_valid_after_utc > soon and _name(host) in _names(there):
            return certificate, key
    folder.mkdir(parents=True, exist_ok=True)
    _make(certificate, key, host)
    return certificate, key


def _make(certificate: Path, key: Path, host: str) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Backline")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(host)]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = secret.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key.unlink(missing_ok=True)
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(private)
    certificate.write_bytes(made.public_bytes(pem))


def _name(host: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    from cryptography import x509

    return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
