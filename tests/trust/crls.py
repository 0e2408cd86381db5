"""Revocation lists made on the spot."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.trust import pki
from tests.trust.pki import NOW, Entity


def entry(
    entity: Entity,
    at: datetime,
    reason: x509.ReasonFlags | None = None,
    *others: x509.ExtensionType,
) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(entity.x509.serial_number)
        .revocation_date(at.replace(tzinfo=None))
    )
    if reason is not None:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    for extension in others:
        builder = builder.add_extension(extension, critical=False)
    return builder.build()


def make(
    issuer: Entity,
    entries: Iterable[x509.RevokedCertificate] = (),
    *,
    key: Any = None,
    at: datetime = NOW - timedelta(days=1),
    until: datetime = NOW + timedelta(days=1),
    extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
    encoding: Encoding = Encoding.DER,
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.x509.subject)
        .last_update(at.replace(tzinfo=None))
        .next_update(until.replace(tzinfo=None))
    )
    for each in entries:
        builder = builder.add_revoked_certificate(each)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(key or issuer.key, hashes.SHA256()).public_bytes(encoding)


def scope(**changes: Any) -> x509.IssuingDistributionPoint:
    fields: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(fields | changes))


def address(url: str) -> x509.CRLDistributionPoints:
    names = [x509.UniformResourceIdentifier(url)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(names, None, None, None)])


def with_address(url: str, issuer: Entity | None = None, **options: Any) -> Entity:
    """A signer whose certificate names a revocation list."""
    extensions: pki.Extensions = {x509.CRLDistributionPoints: (address(url), False)}
    return pki.issue(
        "Listed", issuer or pki.intermediate(), number=60, extensions=extensions, **options
    )
