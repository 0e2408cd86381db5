"""Trust lists: whom the user trusts, and for each list where it came from and until when it holds.

An installed list is a PEM file, so that any other tool can read it. The lines before and between
its certificates say what PEM cannot, if the first one is `FORMAT`:

    aidisclose trust list 1
    Title: C2PA Trust List
    Source: https://…
    Sequence: 1
    …
    Not-Before: 2025-08-27T00:00:00Z
    -----BEGIN CERTIFICATE-----

Any other PEM file in the folder counts as a list without such lines. Lists are also read in the
form in which the C2PA publishes them: a list of trusted entities (ETSI TS 119 602) in JSON. Lists
of signers by name may have hashes instead of certificates, as those of c2patool: lines with the
SHA-256 of a certificate in base64.
"""

from __future__ import annotations

import base64
import codecs
import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed, TrustConfigError
from aidisclose.frozen import dataclass, replace
from aidisclose.named import NamedTuple
from aidisclose.trust.anchors import Anchor, ListReference, Voucher, can_issue
from aidisclose.trust.certificate import Certificate, load, load_pem
from aidisclose.trust.profile import CLAIM_SIGNING, TIME_STAMPING

FORMAT: Final = "aidisclose trust list 1"
#: How it begins in every version.
_FORMATS: Final = b"aidisclose trust list"
#: The lines that limit what a certificate vouches for.
_LIMITS: Final = ("Not-Before", "Not-After")

_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----"
_BLOCK: Final = re.compile(
    rb"-----BEGIN (X509 |TRUSTED |)CERTIFICATE-----[^-]*-----END \1CERTIFICATE-----"
)
_STARTS: Final = re.compile(rb"-----BEGIN (?:X509 |TRUSTED |)CERTIFICATE-----")
#: A SHA-256 in base64 or hexadecimal digits, alone in its line.
_HASH: Final = re.compile(
    rb"^[ \t]*([A-Za-z0-9+/]{43}=|[0-9A-Fa-f]{64}|(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2})[ \t]*\r?$",
    re.MULTILINE,
)
#: It becomes a file name: no separator, and no dot in front, by which `installed` would pass over
#: it.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: Names of devices of Windows, whatever their ending: a list that is saved so would be gone.
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)

_OID: Final = re.compile(r"[012](\.(0|[1-9][0-9]{0,38})){1,32}")

#: What reading JSON of another shape raises.
_NOT_SO: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

#: How the status of a service ends that may vouch now.
_TRUSTED: Final = "/trusted"

#: The title of the one list of the C2PA that is about time stamps.
_TSA: Final = "TSA"


class Purpose(Enum):
    """The purpose that the certificates of a list are trusted for; its value names their folder."""

    SIGNERS = ""
    TSA = "tsa"
    ALLOWED = "allowed"
    IDENTITIES = "identity"
    ACTORS = "identity-allowed"

    @property
    def is_by_name(self) -> bool:
        """Whether its certificates are trusted themselves, and vouch for nobody else."""
        return self in (Purpose.ALLOWED, Purpose.ACTORS)


#: What the lists of the C2PA vouch for, and nothing else (C2PA 2.2 §14.4.1).
PURPOSES: Final = {
    Purpose.SIGNERS: frozenset({CLAIM_SIGNING}),
    Purpose.TSA: frozenset({TIME_STAMPING}),
}


#: Name of the official lists of the C2PA here.
OFFICIAL: Final = "c2pa"
#: Name of the lists here with which signers were known before there were official ones.
INTERIM: Final = "interim"
INTERIM_TITLE: Final = "C2PA interim list (2025)"
#: Their addresses and types (C2PA 2.5 §14.7).
_OFFICIAL: Final = {
    Purpose.SIGNERS: ("https://c2pa.org/trustlist", "c2pa.trustList"),
    Purpose.TSA: ("https://c2pa.org/trustlist-tsa", "c2pa.tsaTrustList"),
}
_OTHER_TYPE: Final = "aidisclose.trustList"


class ListedCertificate(NamedTuple):
    """One certificate of a list.

    Attributes:
        certificate: An authority, or of a list of allowed signers the signer.
        not_before: It vouches for nothing earlier.
        not_after: It vouches for nothing later.
    """

    certificate: Certificate
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TrustList:
    """Certificates that the user trusts, with a common origin.

    Attributes:
        name: Of its file, without the ending.
        kind: The purpose that they are trusted for.
        entries: The certificates.
        title: The title that it gives itself.
        source: The address or path that it was got from; empty if that is not known.
        purposes: Extended key usages of the signers that it vouches for; None for all.
        sequence: Number of this version.
        issued: The time at which this version was made.
        next_update: The time until which the next one is promised.
        fetched: The time at which the user got it.
        problems: The parts of it that could not be used, a line for each.
        hashes: SHA-256 of certificates of signers that are on it and whose certificates are not.
        is_interim: Whether it is the interim list of the C2PA, which nobody maintains since 2026.
    """

    name: str
    kind: Purpose
    entries: tuple[ListedCertificate, ...]
    title: str = ""
    source: str = ""
    purposes: frozenset[str] | None = None
    sequence: int | None = None
    issued: datetime | None = None
    next_update: datetime | None = None
    fetched: datetime | None = None
    problems: tuple[str, ...] = ()
    hashes: frozenset[bytes] = frozenset()
    is_interim: bool = False

    def __str__(self) -> str:
        """The name in reports: its title, and its date."""
        title = self.title or f"{self.name}.pem"
        return f"{title} of {self.issued:%Y-%m-%d}" if self.issued else title

    @property
    def reference(self) -> ListReference | None:
        """The list as others know it; None if it was not got from an address."""
        identifier = str(self.sequence) if self.sequence is not None else ""
        if self.name == OFFICIAL and self.kind in _OFFICIAL:
            return ListReference(*_OFFICIAL[self.kind], identifier)
        if not self.source.startswith("https://"):
            return None
        if not identifier and self.issued is not None:
            identifier = self.issued.isoformat()
        return ListReference(self.source, _OTHER_TYPE, identifier)

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The authorities on it; none on a list of signers by name."""
        if self.kind.is_by_name:
            return ()
        return tuple(
            Anchor(
                certificate=entry.certificate,
                source=str(self),
                purposes=self.purposes,
                not_before=entry.not_before,
                not_after=entry.not_after,
                trust_list=self.reference,
                list_name=self.name,
                is_interim=self.is_interim,
            )
            for entry in self.entries
            if can_issue(entry.certificate)
        )

    @property
    def by_name(self) -> frozenset[bytes]:
        """SHA-256 of the certificates that are trusted themselves.

        Of a list of anchors these are the self-signed ones that can vouch for nobody else: naming
        them can only mean the signer. Authorities for time stamps are never trusted by name.
        """
        # Nobody asks when they signed: whose time is over is not among them.
        certificates = [each.certificate for each in self.entries if each.not_after is None]
        if self.kind.is_by_name:
            return frozenset(each.sha256 for each in certificates) | self.hashes
        if self.kind is Purpose.TSA:
            return frozenset()
        return frozenset(
            each.sha256 for each in certificates if each.is_self_issued and not can_issue(each)
        )

    @property
    def voucher(self) -> Voucher:
        """The list as what those on it by name are trusted by."""
        return Voucher(str(self), self.name, self.is_interim, True, self.reference)


class ListChange(NamedTuple):
    """The changes of a new version of a list.

    Attributes:
        added: Certificates that only the new version has.
        removed: Certificates that only the old version has.
        hashes_added: Hashes of certificates that only the new version has.
        hashes_removed: Hashes of certificates that only the old version has.
    """

    added: tuple[Certificate, ...]
    removed: tuple[Certificate, ...]
    hashes_added: frozenset[bytes] = frozenset()
    hashes_removed: frozenset[bytes] = frozenset()


def compare(old: TrustList | None, new: TrustList) -> ListChange:
    """The certificates that only one of two versions has."""
    before = {entry.certificate for entry in old.entries} if old else set()
    after = {entry.certificate for entry in new.entries}
    added = tuple(entry.certificate for entry in new.entries if entry.certificate not in before)
    gone = old.entries if old else ()
    removed = tuple(entry.certificate for entry in gone if entry.certificate not in after)
    earlier = old.hashes if old else frozenset()
    return ListChange(added, removed, new.hashes - earlier, earlier - new.hashes)


def parse(data: bytes, *, name: str, kind: Purpose | None = None, source: str = "") -> TrustList:
    """A list in JSON or PEM, as somebody publishes it.

    A certificate that cannot be read, and one that cannot vouch for anybody, is passed over and
    named in `problems`.

    Arguments:
        data: Its content.
        name: The name for its file.
        kind: The purpose of the list; None if a list in JSON is to say it.
        source: The address or path that it was got from.

    Raises:
        TrustConfigError: It is neither, or holds no usable certificate.
    """
    if len(data) > limits.TRUST_LIST_SIZE:
        raise TrustConfigError(f"a trust list of more than {limits.TRUST_LIST_SIZE} bytes")
    if data.lstrip()[:1] == b"{":
        found = _parse_json(data, name, kind)
    else:
        found = _parse_pem(data, name, kind or Purpose.SIGNERS)
    if not found.entries and not found.hashes:
        hint = f" ({found.problems[0]})" if found.problems else ""
        if not found.kind.is_by_name and _HASH.search(_outside(data)):
            hint = ", but hashes of those of signers: --allowed trusts these"
        raise TrustConfigError(f"no usable certificate{hint}")
    return replace(found, source=source or found.source)


def check_name(name: str) -> str:
    """`name`, if it can be that of a list.

    Raises:
        TrustConfigError: It cannot.
    """
    if not _NAME.fullmatch(name) or _DEVICE.fullmatch(name):
        raise TrustConfigError(
            f"{name!r} cannot be the name of a trust list: use up to 64 letters, digits, - and _"
        )
    return name


def check_purpose(purpose: str) -> str:
    """`purpose`, if it is an object identifier in dotted form (ITU-T X.680 §32).

    Raises:
        TrustConfigError: It is not.
    """
    if not _OID.fullmatch(purpose):
        raise TrustConfigError(
            f"{purpose!r:.80} is not an extended key usage: expected an object identifier, such as "
            "1.3.6.1.5.5.7.3.4"
        )
    return purpose


# Lists of trusted entities.


def _parse_json(data: bytes, name: str, kind: Purpose | None) -> TrustList:
    from aidisclose.io import json_text  # lists that are installed are not in JSON

    try:
        document = json_text.decode(data)
        scheme = document["LoTE"]["ListAndSchemeInformation"]
        title = str(scheme["SchemeName"][0]["value"])
        title.encode()  # JSON may hold half a surrogate pair, which no file can
        entities = document["LoTE"]["TrustedEntitiesList"]
        services = [
            service["ServiceInformation"]
            for entity in entities
            for service in entity["TrustedEntityServices"]
        ]
        sequence = int(scheme["LoTESequenceNumber"])
        times = [
            datetime.fromisoformat(scheme[name]) for name in ("ListIssueDateTime", "NextUpdate")
        ]
        if any(each.tzinfo is None for each in times):
            raise TrustConfigError("a time without its zone")
        issued, next_update = (each.astimezone(UTC) for each in times)
    except _NOT_SO:
        raise TrustConfigError("no list of trusted entities in JSON (ETSI TS 119 602)") from None
    is_of_stamps = _TSA in title.split()
    if is_of_stamps and kind not in (None, Purpose.TSA):
        # C2PA 2.2 §14.4.2: whoever vouches for time stamps vouches for no signer.
        raise TrustConfigError(f"{title!r:.80} is about time stamp authorities: --tsa")
    kind = kind or (Purpose.TSA if is_of_stamps else Purpose.SIGNERS)
    problems: list[str] = []
    return TrustList(
        name=name,
        kind=kind,
        entries=tuple(_usable(_services(services, problems), kind, problems)),
        title=title,
        purposes=PURPOSES.get(kind),
        sequence=sequence,
        issued=issued,
        next_update=next_update,
        problems=tuple(problems),
    )


def _services(services: Iterable[Any], problems: list[str]) -> Iterator[ListedCertificate]:
    """The certificates of services, with the time from which their status counts."""
    count = 0
    for service in services:
        try:
            status = str(service["ServiceStatus"])
            since = _time(service["StatusStartingTime"])
            encoded = [
                each["val"] for each in service["ServiceDigitalIdentity"]["X509Certificates"]
            ]
        except _NOT_SO:
            problems.append("an entry without status, time or certificates")
            continue
        if since is None:
            problems.append("an entry whose time cannot be read, or has no zone")
            continue
        # A status is a URI of whoever publishes the list; only its last part means the same in all.
        is_trusted = status.endswith(_TRUSTED)
        for value in encoded:
            count += 1
            if count > limits.TRUST_ANCHORS:
                raise TrustConfigError(f"more than {limits.TRUST_ANCHORS} certificates")
            try:
                certificate = load(base64.b64decode(value, validate=True))
            except (Malformed, LimitExceeded, TypeError, ValueError) as error:
                problems.append(f"a certificate that cannot be read: {error}")
                continue
            if is_trusted:
                yield ListedCertificate(certificate, not_before=since)
            else:
                # Whatever it is called that ended its trust: it vouched for what is older.
                yield ListedCertificate(certificate, not_after=since)


def _usable(
    entries: Iterable[ListedCertificate], kind: Purpose, problems: list[str]
) -> Iterator[ListedCertificate]:
    """Entries that can do what the list is for, each once.

    Of two about one certificate, the order of the list decides nothing: a period that ended counts
    with its end, unless a later one began.
    """
    found: dict[Certificate, ListedCertificate] = {}
    for entry in entries:
        certificate = entry.certificate
        # Naming a self-signed signer among anchors can only mean the signer itself. Authorities for
        # time stamps are not trusted by name.
        is_signer = kind is not Purpose.TSA and certificate.is_self_issued
        if not (kind.is_by_name or is_signer or can_issue(certificate)):
            problems.append(f"{certificate.common_name!r} is not a CA and vouches for nobody")
        else:
            known = found.get(certificate)
            found[certificate] = entry if known is None else _merged(known, entry)
    return iter(found.values())


def _merged(one: ListedCertificate, other: ListedCertificate) -> ListedCertificate:
    """The period of two entries about one certificate that begins last, and ends first after."""
    begins = [each.not_before for each in (one, other) if each.not_before is not None]
    begin = max(begins) if begins else None
    ends = [each.not_after for each in (one, other) if each.not_after is not None]
    ends = [each for each in ends if begin is None or each >= begin]
    return ListedCertificate(one.certificate, begin, min(ends) if ends else None)


# PEM files.


def _parse_pem(data: bytes, name: str, kind: Purpose) -> TrustList:
    data = data.removeprefix(codecs.BOM_UTF8).lstrip()
    is_ours = _first_line(data) == FORMAT
    if not is_ours and data.startswith(_FORMATS):
        raise TrustConfigError("a trust list in a form of another version of aidisclose")
    problems: list[str] = []
    fields = _fields(data.partition(_BEGIN.encode())[0]) if is_ours else {}
    entries: list[ListedCertificate] = []
    for number, (text, block) in enumerate(_blocks(data)):
        said = _fields(text) if is_ours else {}
        if number >= limits.TRUST_ANCHORS:
            raise TrustConfigError(f"more than {limits.TRUST_ANCHORS} certificates")
        try:
            (certificate,) = load_pem(block)
        except (Malformed, LimitExceeded, ValueError):
            problems.append(f"certificate {number + 1} cannot be read")
            continue
        limits_of = [(name, said.get(name), _time(said.get(name))) for name in _LIMITS]
        # Without the limit that was meant it would vouch for more, and nobody would notice.
        if unread := next((name for name, text, time in limits_of if text and not time), None):
            problems.append(
                f"certificate {number + 1} is passed over: {unread} needs a time with its zone"
            )
            continue
        (_, _, begin), (_, _, end) = limits_of
        entries.append(ListedCertificate(certificate, begin, end))
    # Otherwise a list that was cut off in transit would be a shorter one, and nobody would notice.
    if len(_STARTS.findall(data)) > len(_BLOCK.findall(data)):
        problems.append("a certificate that is cut off")
    purposes = frozenset(fields.get("Purposes", "").split())
    # As dates that cannot be read, a number that cannot is as good as none: `int` refuses digits by
    # the thousand.
    sequence = fields.get("Sequence", "")
    return TrustList(
        name=name,
        kind=kind,
        entries=tuple(_usable(entries, kind, problems)),
        title=fields.get("Title", ""),
        source=fields.get("Source", ""),
        purposes=purposes or None,
        sequence=int(sequence) if sequence.isdecimal() and len(sequence) < 20 else None,
        issued=_time(fields.get("Issued")),
        next_update=_time(fields.get("Next-Update")),
        fetched=_time(fields.get("Fetched")),
        problems=tuple(problems),
        hashes=_hashes(data) if kind.is_by_name else frozenset(),
        is_interim=fields.get("Interim") == "yes",
    )


def _hash(line: bytes) -> bytes:
    if line.endswith(b"="):
        return base64.b64decode(line)
    return bytes.fromhex(line.replace(b":", b"").decode())


def _outside(data: bytes) -> bytes:
    """A PEM file without its certificates, of which a line may look like a hash by chance."""
    # The pattern has one group, so every second piece is what the group matched.
    return b"\n".join(_BLOCK.split(data)[::2])


def _hashes(data: bytes) -> frozenset[bytes]:
    """The hashes that stand alone in lines outside of certificates."""
    found = frozenset(map(_hash, _HASH.findall(_outside(data))))
    if len(found) > limits.TRUST_ANCHORS:
        raise TrustConfigError(f"more than {limits.TRUST_ANCHORS} hashes")
    return found


def _blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The certificates of a PEM file, each with the text before it."""
    position = 0
    for match in _BLOCK.finditer(data):
        yield data[position : match.start()], match[0]
        position = match.end()


def _fields(text: bytes) -> dict[str, str]:
    lines = text.decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    return {name.strip().title(): value.strip() for name, separator, value in pairs if separator}


def _first_line(data: bytes) -> str:
    return data.partition(b"\n")[0].decode("utf-8", "replace").strip()


def _time(text: str | None) -> datetime | None:
    with contextlib.suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC) if found.tzinfo else None
    return None


def encode(found: TrustList) -> bytes:
    """The PEM file of a list."""
    fields = {
        "Title": found.title,
        "Source": found.source,
        "Purposes": " ".join(sorted(found.purposes or ())),
        "Sequence": found.sequence,
        "Issued": found.issued,
        "Next-Update": found.next_update,
        "Fetched": found.fetched,
        "Interim": "yes" if found.is_interim else "",
    }
    lines = [FORMAT, *_lines(fields)]
    if found.hashes:
        lines += ["", *(base64.b64encode(each).decode() for each in sorted(found.hashes))]
    for entry in found.entries:
        lines += ["", *_lines({"Subject": entry.certificate.common_name})]
        lines += _lines({"Not-Before": entry.not_before, "Not-After": entry.not_after})
        text = base64.b64encode(entry.certificate.der).decode()
        wrapped = [text[index : index + 64] for index in range(0, len(text), 64)]
        lines += [_BEGIN, *wrapped, _END]
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(fields: Mapping[str, object]) -> Iterator[str]:
    for name, value in fields.items():
        if value not in (None, ""):
            text = value.isoformat() if isinstance(value, datetime) else str(value)
            # Text from elsewhere must not begin a certificate or a line of its own.
            yield f"{name}: {' '.join(text.split()).replace('-----', '')}"


# The user's folder.


def installed(folder: Path) -> tuple[TrustList, ...]:
    """The lists in a folder, by kind and name; none if there is no such folder.

    Raises:
        TrustConfigError: One cannot be used.
        OSError: One cannot be read.
    """
    return tuple(
        read(path, kind) for kind in Purpose for path in sorted((folder / kind.value).glob("*.pem"))
    )


def read(path: Path, kind: Purpose) -> TrustList:
    """The list in a file.

    Raises:
        TrustConfigError: It cannot be used.
        OSError: It cannot be read.
    """
    # Read no further than a list may be long: the folder is the user's, and a link in it may lead
    # to a device without end.
    with path.open("rb") as file:
        data = file.read(limits.TRUST_LIST_SIZE + 1)
    try:
        return parse(data, name=path.stem, kind=kind)
    except TrustConfigError as error:
        raise TrustConfigError(f"{path}: {error}") from None


def save(folder: Path, found: TrustList, *, overwrite: bool) -> Path:
    """Write a list to its place in a folder, which is made if needed; returns where.

    Raises:
        FileExistsError: There is one of that name, and `overwrite` is false.
        TrustConfigError: It cannot be called that.
        OSError: It cannot be written.
    """
    from aidisclose.io.output import write_file

    target = folder / found.kind.value / f"{check_name(found.name)}.pem"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_file(target, encode(found), overwrite=overwrite)
    return target
