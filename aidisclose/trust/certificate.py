"""X.509 certificates (RFC 5280): what the rest needs to know of one, read once.

The reader is our own rather than `cryptography.x509`, which costs a cold `aidisclose verify` a
third of its time to import and does not show everything that the C2PA profile rules on. The tests
compare the two.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from aidisclose import limits, sha2
from aidisclose.codec import der
from aidisclose.errors import LimitExceeded, Malformed, Unreadable
from aidisclose.frozen import dataclass
from aidisclose.named import NamedTuple
from aidisclose.trust import signature as signatures
from aidisclose.trust.signature import AlgorithmIdentifier, Check, KeyInfo

if TYPE_CHECKING:
    from aidisclose.trust.signature import PublicKey

SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"
KEY_USAGE: Final = "2.5.29.15"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
NAME_CONSTRAINTS: Final = "2.5.29.30"
CERTIFICATE_POLICIES: Final = "2.5.29.32"
AUTHORITY_KEY_IDENTIFIER: Final = "2.5.29.35"
EXTENDED_KEY_USAGE: Final = "2.5.29.37"
CRL_DISTRIBUTION_POINTS: Final = "2.5.29.31"
AUTHORITY_INFORMATION_ACCESS: Final = "1.3.6.1.5.5.7.1.1"

#: Extensions that are understood, or that ask nothing of a verifier which accepts any policy and
#: looks at no alternative names (RFC 5280 §4.2: an unknown critical one must be refused).
HANDLED: Final = frozenset(
    {
        SUBJECT_KEY_IDENTIFIER,
        KEY_USAGE,
        BASIC_CONSTRAINTS,
        AUTHORITY_KEY_IDENTIFIER,
        EXTENDED_KEY_USAGE,
        "2.5.29.17",  # subjectAltName
        "2.5.29.18",  # issuerAltName
        CERTIFICATE_POLICIES,
    }
)

#: RFC 5280 §4.2.1.3, by bit.
KEY_USAGES: Final = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)

_OCSP: Final = "1.3.6.1.5.5.7.48.1"
_URI: Final = der.context(6, constructed=False)

#: X.520's attributes that C2PA signers use, under the short names of RFC 4514 §3. Any other is
#: shown by its number.
_ATTRIBUTES: Final = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
}
#: Characters that end or begin something in a name (RFC 4514 §2.4).
_SPECIAL: Final = frozenset(',+="\\;')
#: The string types of X.680 by their tag. TeletexString (0x14) is read as Latin-1: hardly any
#: program knows T.61, and old authorities wrote Latin-1 under it.
_STRINGS: Final = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}

#: RFC 7468 §5.1 has the plain label alone; the two others are of OpenSSL, which reads all three.
_PEM: Final = rb"-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END "
#: OpenSSL may note behind such a certificate what it is trusted for, and for what it is not.
_TRUSTED: Final = b"TRUSTED "


class Extension(NamedTuple):
    """One extension: whether it is critical, and its encoded value."""

    critical: bool
    value: bytes


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Certificate:
    """A parsed certificate; equal to another if it is the same bytes.

    Attributes:
        der: The whole certificate.
        tbs: The bytes that the issuer signed.
        version: 1, 2 or 3.
        serial: Serial number.
        algorithm: Of the issuer's signature.
        signature: The issuer's signature.
        issuer: Encoded name of the issuer.
        subject: Encoded name of the subject.
        not_before: First moment of the validity period.
        not_after: Last moment of the validity period.
        key_info: The subject's public key as it stands in the certificate.
        has_unique_ids: Whether issuerUniqueID or subjectUniqueID is present.
        extensions: By dotted object identifier.
        is_ca: The cA boolean of Basic Constraints.
        path_length: pathLenConstraint, None if there is none.
        key_usage: The asserted key usages, None without the extension.
        purposes: The extended key usages, None without the extension.
        subject_key_id: Subject Key Identifier, None without it.
        authority_key_id: keyIdentifier of the Authority Key Identifier, None without it.
    """

    der: bytes
    tbs: bytes
    version: int
    serial: int
    algorithm: AlgorithmIdentifier
    signature: bytes
    issuer: bytes
    subject: bytes
    not_before: datetime
    not_after: datetime
    key_info: KeyInfo
    has_unique_ids: bool
    extensions: Mapping[str, Extension]
    is_ca: bool = False
    path_length: int | None = None
    key_usage: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    subject_key_id: bytes | None = None
    authority_key_id: bytes | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the whole certificate."""
        return sha2.digest("sha256", self.der)

    @property
    def public_key(self) -> PublicKey | None:
        """The subject's key; None for a kind, curve or size that C2PA does not allow."""
        load_key = _public_key if self.is_cacheable else signatures.load_key
        return load_key(self.key_info)

    @property
    def is_self_issued(self) -> bool:
        """Whether issuer and subject have the same name."""
        return self.issuer == self.subject

    @property
    def is_cacheable(self) -> bool:
        """Whether results about it may be kept: unusually large ones would fill the memory."""
        return len(self.der) <= limits.CACHED_CERTIFICATE_SIZE

    @property
    def unhandled(self) -> tuple[str, ...]:
        """The critical extensions that are not understood here."""
        return tuple(
            oid
            for oid, extension in self.extensions.items()
            if extension.critical and oid not in HANDLED
        )

    @property
    def common_name(self) -> str:
        """The subject's common name, or failing that its whole name; untrusted text."""
        return attribute(self.subject, "CN") or format_name(self.subject)

    @property
    def organization(self) -> str:
        """The subject's organization, empty if it has none; untrusted text."""
        return attribute(self.subject, "O")

    @property
    def issuer_name(self) -> str:
        """The issuer's common name, or failing that its whole name; untrusted text."""
        return attribute(self.issuer, "CN") or format_name(self.issuer)

    @property
    def ocsp_urls(self) -> tuple[str, ...]:
        """Addresses of the issuer's OCSP responders (Authority Information Access); untrusted."""
        extension = self.extensions.get(AUTHORITY_INFORMATION_ACCESS)
        try:
            return tuple(_ocsp_urls(extension.value)) if extension else ()
        # An address that cannot be read is one that nobody can be asked at. The certificate counts
        # nevertheless: X.509 has no rule that these extensions be understood.
        except (Malformed, LimitExceeded, UnicodeDecodeError):
            return ()

    @property
    def crl_urls(self) -> tuple[str, ...]:
        """Addresses of revocation lists of the issuer for all reasons; untrusted."""
        extension = self.extensions.get(CRL_DISTRIBUTION_POINTS)
        try:
            return tuple(_crl_urls(extension.value)) if extension else ()
        except (Malformed, LimitExceeded):
            return ()

    @property
    def policies(self) -> frozenset[str]:
        """The policies under which it was issued, as dotted object identifiers; untrusted."""
        extension = self.extensions.get(CERTIFICATE_POLICIES)
        try:
            return frozenset(_policies(extension.value)) if extension else frozenset()
        except Malformed:
            return frozenset()

    def __repr__(self) -> str:
        digest = self.sha256.hex()[:16]
        return (
            f"<Certificate {self.common_name!r}, sha256:{digest}…, until {self.not_after:%Y-%m-%d}>"
        )

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether `moment` falls within the validity period, both ends included."""
        return self.not_before <= moment <= self.not_after

    def lapse(self, moment: datetime) -> str:
        """The reason why it is not valid at `moment`, to the minute: some live for a day only."""
        name = repr(self.common_name)
        if moment < self.not_before:
            return f"{name} is not valid before {self.not_before:%Y-%m-%d %H:%M}"
        return f"{name} expired on {self.not_after:%Y-%m-%d %H:%M}"


def load(data: bytes) -> Certificate:
    """The certificate that `data` encodes.

    Guarantees well-formed fields and known extensions; says nothing about rules or trust.

    Raises:
        Malformed: It is not a certificate, or not in DER.
        LimitExceeded: It is larger than `limits.CERTIFICATE_SIZE`.
    """
    if len(data) <= limits.CACHED_CERTIFICATE_SIZE:
        return _load(data)
    if len(data) > limits.CERTIFICATE_SIZE:
        raise LimitExceeded(f"a certificate of {len(data)} bytes")
    return _parse(data)


def load_pem(data: bytes) -> tuple[Certificate, ...]:
    """All certificates of a PEM file in order; whatever stands around them is ignored.

    Raises:
        Malformed: One of them cannot be read; the message says which.
        LimitExceeded: As `load`.
    """
    return tuple(
        _load_block(found, number) for number, found in enumerate(re.findall(_PEM, data), 1)
    )


def _load_block(found: tuple[bytes, bytes], number: int) -> Certificate:
    kind, block = found
    try:
        encoded = base64.b64decode(b"".join(block.split()), validate=True)
        if kind == _TRUSTED:
            encoded = _without_notes(encoded)
        return load(encoded)
    except (Malformed, binascii.Error) as error:
        raise Malformed(f"certificate {number} cannot be read: {error}") from None


def _without_notes(encoded: bytes) -> bytes:
    """The certificate alone, if the notes of OpenSSL behind it limit nothing.

    Raises:
        Malformed: They say what it is trusted for, or for what it is not: nobody asks that here.
    """
    reader = der.Reader(encoded)
    certificate = reader.take(der.SEQUENCE).encoded
    notes = reader.enter() if reader else None
    reader.finish()
    if notes and (notes.next_is(der.SEQUENCE) or notes.next_is(der.context(0))):
        raise Malformed("it is trusted for some purposes only: give the certificate alone")
    return certificate


@lru_cache(maxsize=limits.CERTIFICATE_CACHE)
def _load(data: bytes) -> Certificate:
    return _parse(data)


def _parse(data: bytes) -> Certificate:
    outer = der.read(data)
    tbs = outer.take(der.SEQUENCE)
    algorithm = signatures.read_algorithm(outer)
    signature = outer.bits()
    outer.finish()

    reader = tbs.reader()
    version = _version(reader)
    serial = reader.integer()
    # RFC 5280 §4.1.1.2. The outer one is not signed: if it could differ, anybody could choose it.
    if signatures.read_algorithm(reader) != algorithm:
        raise Malformed("two different signature algorithms in one certificate", tbs.start)
    issuer = _read_name(reader)
    validity = reader.enter()
    not_before, not_after = validity.time(), validity.time()
    validity.finish()
    subject = _read_name(reader)
    key_info = signatures.read_key(reader)
    unique_ids = [
        reader.optional(der.context(number, constructed=False)) is not None for number in (1, 2)
    ]
    tagged = reader.optional(der.context(3))
    reader.finish()
    extensions = read_extensions(tagged.reader().enter()) if tagged else {}
    path = _basic_constraints(extensions)
    return Certificate(
        der=data,
        tbs=tbs.encoded,
        version=version,
        serial=serial,
        algorithm=algorithm,
        signature=signature,
        issuer=issuer,
        subject=subject,
        not_before=not_before,
        not_after=not_after,
        key_info=key_info,
        has_unique_ids=any(unique_ids),
        extensions=extensions,
        is_ca=path[0],
        path_length=path[1],
        key_usage=_key_usage(extensions),
        purposes=_purposes(extensions),
        subject_key_id=_subject_key_id(extensions),
        authority_key_id=_authority_key_id(extensions),
    )


def _version(reader: der.Reader) -> int:
    element = reader.optional(der.context(0))
    version = element.reader().integer() + 1 if element else 1
    if version not in (1, 2, 3):
        raise Malformed(f"certificate version {version}")
    return version


def _read_name(reader: der.Reader) -> bytes:
    """The encoded name that comes next (RFC 5280 §4.1.2.4), empty or not.

    Elements of other types, or more of them, would be a name for some readers and none for others.
    """
    element = reader.take(der.SEQUENCE)
    for group in element.reader().entries(der.SET):
        inner = group.reader()
        if not inner:
            raise Malformed("a relative name without attributes", group.start)
        for pair in inner.entries(der.SEQUENCE):
            _read_attribute(pair.reader())
    return element.encoded


def _read_attribute(pair: der.Reader) -> tuple[str, der.Element]:
    oid, value = pair.oid(), pair.take()
    pair.finish()
    return oid, value


def read_extensions(reader: der.Reader) -> dict[str, Extension]:
    """The extensions that are left in `reader`; one that stands there twice is `Malformed`."""
    extensions: dict[str, Extension] = {}
    for entry in reader.entries(der.SEQUENCE):
        fields = entry.reader()
        oid = fields.oid()
        critical = fields.boolean() if fields.next_is(der.BOOLEAN) else False
        if oid in extensions:
            raise Malformed(f"extension {oid} is there twice")
        extensions[oid] = Extension(critical, fields.octets())
        fields.finish()
    return extensions


def _basic_constraints(extensions: Mapping[str, Extension]) -> tuple[bool, int | None]:
    extension = extensions.get(BASIC_CONSTRAINTS)
    if not extension:
        return False, None
    reader = der.read(extension.value)
    # DEFAULT FALSE: DER leaves it out.
    is_ca = reader.boolean() if reader.next_is(der.BOOLEAN) else False
    length = reader.integer() if reader else None
    reader.finish()
    return is_ca, length


def _key_usage(extensions: Mapping[str, Extension]) -> frozenset[str] | None:
    extension = extensions.get(KEY_USAGE)
    if not extension:
        return None
    bits = der.Reader(extension.value).named_bits()
    return frozenset(name for index, name in enumerate(KEY_USAGES) if index in bits)


def _purposes(extensions: Mapping[str, Extension]) -> frozenset[str] | None:
    extension = extensions.get(EXTENDED_KEY_USAGE)
    if not extension:
        return None
    entries = der.read(extension.value).entries()
    return frozenset(der.Reader(entry.encoded).oid() for entry in entries)


def _subject_key_id(extensions: Mapping[str, Extension]) -> bytes | None:
    extension = extensions.get(SUBJECT_KEY_IDENTIFIER)
    return der.Reader(extension.value).octets() if extension else None


def _authority_key_id(extensions: Mapping[str, Extension]) -> bytes | None:
    extension = extensions.get(AUTHORITY_KEY_IDENTIFIER)
    if not extension:
        return None
    # The issuer's name and serial number may follow; paths are built without them (RFC 5280
    # §4.2.1.1 wants the key identifier to be there).
    element = der.read(extension.value).optional(der.context(0, constructed=False))
    return element.content if element else None


def _policies(value: bytes) -> list[str]:
    policies: list[str] = []
    reader = der.read(value)
    while reader:
        # The qualifiers behind it are texts and addresses for people.
        policies.append(reader.enter().oid())
    return policies


def _ocsp_urls(value: bytes) -> Iterator[str]:
    for entry in der.read(value).entries(der.SEQUENCE):
        description = entry.reader()
        if description.oid() == _OCSP and description.next_is(_URI):
            yield description.take().content.decode("ascii")


def _crl_urls(value: bytes) -> Iterator[str]:
    """Addresses of lists for all reasons by the issuer itself (RFC 5280 §4.2.1.13)."""
    for entry in der.read(value).entries(der.SEQUENCE):
        fields = entry.reader()
        name = fields.optional(der.context(0))
        # A second field would say that the list is for some reasons, a third that somebody else
        # issues it. A list with part of the reasons cannot prove that a certificate is good.
        if name is not None and not fields:
            yield from read_uris(name.reader())


def read_uris(reader: der.Reader) -> Iterator[str]:
    """The addresses in the full name of a distribution point; others are passed over."""
    if not reader.next_is(der.context(0)):
        return
    for name in reader.enter(der.context(0)).entries():
        if name.tag == _URI and name.content.isascii():
            yield name.content.decode("ascii")


@lru_cache(maxsize=limits.CERTIFICATE_CACHE)
def _public_key(info: KeyInfo) -> PublicKey | None:
    return signatures.load_key(info)


def is_issued_by(certificate: Certificate, issuer: Certificate) -> Check:
    """Whether `issuer` is named in `certificate` and its key made the signature.

    Says nothing about whether `issuer` was allowed to. The answer is remembered.
    """
    if certificate.is_cacheable and issuer.is_cacheable:
        return _is_issued_by(certificate, issuer)
    return _check_issuer(certificate, issuer)


@lru_cache(maxsize=2 * limits.CERTIFICATE_CACHE)
def _is_issued_by(certificate: Certificate, issuer: Certificate) -> Check:
    return _check_issuer(certificate, issuer)


def _check_issuer(certificate: Certificate, issuer: Certificate) -> Check:
    # As bytes. RFC 5280 §7.1 would ignore case and spaces; issuers copy their name as it stands,
    # and a comparison that folds is one more thing for two verifiers to differ in.
    if certificate.issuer != issuer.subject:
        return Check.BAD
    return signatures.verify(
        issuer.public_key, certificate.algorithm, certificate.signature, certificate.tbs
    )


def format_name(name: bytes) -> str:
    """An encoded name for a person, in its own order: `CN=…, O="…, …"`; untrusted text."""
    return ", ".join(
        f"{_ATTRIBUTES.get(oid, oid)}={_quoted(text)}" for oid, text in _attributes(name)
    )


def _quoted(text: str) -> str:
    """A value in quotation marks if something in it could be taken for the next attribute."""
    if _SPECIAL.isdisjoint(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def attribute(name: bytes, wanted: str) -> str:
    """One attribute of an encoded name, such as `CN`, `O` or `C`; empty if it is not there."""
    return next((text for oid, text in _attributes(name) if _ATTRIBUTES.get(oid) == wanted), "")


def attributes(name: bytes) -> dict[str, str]:
    """The attributes of an encoded name that have a short name, the first of each; untrusted."""
    found = [(_ATTRIBUTES[oid], text) for oid, text in _attributes(name) if oid in _ATTRIBUTES]
    return dict(reversed(found))


def _attributes(name: bytes) -> tuple[tuple[str, str], ...]:
    """The readable parts of an encoded name: text by object identifier."""
    return _known(name) if len(name) <= limits.CACHED_CERTIFICATE_SIZE else _decode(name)


@lru_cache(maxsize=limits.CERTIFICATE_CACHE)
def _known(name: bytes) -> tuple[tuple[str, str], ...]:
    return _decode(name)


def _decode(name: bytes) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    try:
        # A relative name is a set, nearly always of one attribute.
        for group in der.read(name).entries(der.SET):
            for pair in group.reader().entries(der.SEQUENCE):
                oid, value = _read_attribute(pair.reader())
                found.append((oid, _text(value)))
    except Unreadable:
        pass  # a name is compared as bytes; this is only for showing it
    return tuple(found[: limits.NAME_ATTRIBUTES])


def _text(value: der.Element) -> str:
    """A value of a name as text; its encoding where it is of another type (RFC 4514 §2.4)."""
    encoding = _STRINGS.get(value.tag)
    if encoding is None:
        return f"#{value.encoded[: limits.NAME_TEXT // 2].hex()}"
    return value.content[: limits.NAME_TEXT].decode(encoding, "replace")
