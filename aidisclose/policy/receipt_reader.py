"""Receipts, read and checked line by line; nothing is kept but what is counted or asked for."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final

from aidisclose import limits
from aidisclose.codec import cose
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.named import NamedTuple
from aidisclose.policy.receipt import (
    BEGIN,
    DETECTION,
    END,
    ENTRIES,
    SEAL,
    SIGNATURE,
    canonical,
    digest,
    to_sign,
)
from aidisclose.trust import certificate as certificates
from aidisclose.trust.budget import Budget
from aidisclose.trust.certificate import Certificate
from aidisclose.trust.config import TrustConfig
from aidisclose.trust.path import Path, find_path
from aidisclose.trust.profile import SIGNER_PURPOSES, Use, violations

_CERTIFICATES: Final = 8
#: How far the clocks of two machines may differ.
_SKEW: Final = timedelta(minutes=5)
_OUTCOMES: Final = frozenset({"pass", "fail", "warn", "undetermined", "unreadable"})
_STATES: Final = frozenset({"trusted", "valid", "invalid", "none", "unreadable"})

JSONObject = dict[str, Any]
_TEXT: Final = (str, type(None))
_LIST: Final = (list, type(None))

_HEAD: Final[Mapping[str, type]] = {
    "tool": dict,
    "time": str,
    "profiles": list,
    "as_of": str,
    "inputs": dict,
    "trust": dict,
    "options": dict,
}
_ENTRY: Final[Mapping[str, type | tuple[type, ...]]] = {
    "file": str,
    "media_type": (str, type(None)),
    "state": str,
    "outcome": str,
    "findings": list,
    "error": (str, type(None)),
    "sha256": (str, type(None)),
    "hash": str,
}
_FINDING: Final[Mapping[str, type | tuple[type, ...]]] = {
    "rule": str,
    "profile": str,
    "severity": str,
    "outcome": str,
    "reason": str,
    "accepted": bool,
}
#: Of detection results (`policy.detection`).
_DETECTION_HEAD: Final[Mapping[str, type]] = {
    "kind": str,
    "tool": dict,
    "time": str,
    "as_of": str,
    "techniques": list,
    "online": bool,
    "trust": dict,
}
_DETECTION: Final[Mapping[str, type | tuple[type, ...]]] = {
    "file": str,
    "sha256": _TEXT,
    "size": (int, type(None)),
    "media_type": _TEXT,
    "techniques": _LIST,
    "integrity": _TEXT,
    "trust": _TEXT,
    "signer": _TEXT,
    "organization": _TEXT,
    "signed": _TEXT,
    "identifier": _TEXT,
    "ai": _TEXT,
    "digital_source_types": _LIST,
    "model": _TEXT,
    "model_version": _TEXT,
    "failures": _LIST,
    "outcome": str,
    "error": _TEXT,
    "hash": str,
}
_SEALED: Final[Mapping[str, type]] = {
    "complete": bool,
    "count": int,
    "last": str,
    "signer": str,
}
_SIGNED: Final[Mapping[str, type]] = {"algorithm": str, "certificates": list, "value": str}


class Receipt(NamedTuple):
    """A receipt whose chain and signature are good.

    Attributes:
        head: The facts that hold for all entries.
        outcomes: Number of files with each outcome.
        is_detection: Whether it says what files say, and not which rules they meet.
        is_complete: Whether everything was checked that was to be.
        signer: Name of who signed it; untrusted text, unless it is trusted.
        distrust: Reason why nobody who is trusted vouches for the signer; None if somebody does.
        entries: Of the first files, if they were asked for.
    """

    head: Mapping[str, Any]
    outcomes: Mapping[str, int]
    is_detection: bool
    is_complete: bool
    signer: str
    distrust: str | None
    entries: tuple[Mapping[str, Any], ...] = ()


def verify(stream: BinaryIO, trust: TrustConfig, *, at: datetime, is_kept: bool = False) -> Receipt:
    """The receipt in a file, if nothing in it was changed since it was signed.

    Nobody but the signer says when a receipt was signed, so that an expired certificate vouches for
    none: whoever has the key of one could date it back.

    Arguments:
        stream: The file, at its begin.
        trust: The authorities and signers to trust; a signer for whom nobody vouches is not an
            error.
        at: The time at which the signer's certificate has to be valid.
        is_kept: Whether entries are kept: as many as `limits.RECEIPT_ENTRIES`, and no more than one
            line may have bytes.

    Raises:
        Malformed: It is not a receipt, an entry was changed, removed or moved, or the signature is
            not good.
        OSError: It cannot be read.
    """
    lines = _Lines(stream)
    for text in BEGIN.splitlines()[:-1]:
        lines.expect(text)
    head = _canonical(lines.take(after='"head": ', before=","), "its head")
    is_detection = "kind" in head
    _check_fields(head, _DETECTION_HEAD if is_detection else _HEAD, "its head")
    if is_detection and head["kind"] != DETECTION:
        raise Malformed(f"not a receipt: unknown kind {head['kind']!r:.80}")
    made = _time(head["time"])
    lines.expect(ENTRIES.splitlines()[-1])
    kept = _Kept(limits.RECEIPT_ENTRIES if is_kept else 0)
    last, outcomes = _entries(lines, digest(b"", head), kept, is_detection=is_detection)
    count = sum(outcomes.values())
    sealed = _object(lines.take(after=SEAL.splitlines()[-1], before=","), _SEALED, "its seal")
    signed = lines.take(after=SIGNATURE.splitlines()[-1])
    signature = _object(signed, _SIGNED, "its signature")
    lines.expect(END.splitlines()[-1])
    lines.end()
    if sealed["last"] != last.hex() or sealed["count"] != count:
        raise Malformed("entries are missing at the end of the receipt")
    pool = _certificates(signature["certificates"])
    signer = pool[0]
    if sealed["signer"] != signer.sha256.hex():
        raise Malformed("the certificate of the receipt is not the one that was sealed")
    _check_signature(signer, signature, to_sign(sealed))
    return Receipt(
        head=head,
        outcomes=outcomes,
        is_detection=is_detection,
        is_complete=sealed["complete"],
        signer=signer.common_name,
        distrust=_distrust(pool, trust, made, at),
        entries=tuple(kept.entries),
    )


class _Lines:
    """The lines of a file, each of bounded length."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._number = 0

    def next(self) -> str:
        """One line, without its end."""
        self._number += 1
        line = self._stream.readline(limits.RECEIPT_LINE + 1)
        if not line.endswith(b"\n"):
            too_long = len(line) > limits.RECEIPT_LINE
            raise self.error("it is too long" if too_long else "the file ends in it")
        try:
            return line[:-1].decode("ascii")
        except UnicodeDecodeError:
            raise self.error("it is not written in ASCII") from None

    def expect(self, text: str) -> None:
        """Pass over a line that has to read so."""
        if self.next() != text:
            raise self.error(f"expected {text}")

    def take(self, *, after: str, before: str = "") -> str:
        """The text of a line between two others."""
        line = self.next()
        if not line.startswith(after) or not line.endswith(before):
            raise self.error(f"expected {after}")
        return line[len(after) : len(line) - len(before)]

    def end(self) -> None:
        """Check that nothing follows."""
        if self._stream.read(1):
            raise self.error("something follows it")

    def error(self, reason: str) -> Malformed:
        """The defect of the line that was read last."""
        return Malformed(f"not a receipt: line {self._number}: {reason}")


class _Kept:
    """The first entries, as far as they fit into the bytes of one line."""

    def __init__(self, most: int) -> None:
        self.entries: list[JSONObject] = []
        self._most = most
        self._left = limits.RECEIPT_LINE

    def add(self, entry: JSONObject, length: int) -> None:
        """Keep one, if there is room for it and there was for all before."""
        self._left -= length
        if self._left >= 0 and len(self.entries) < self._most:
            self.entries.append(entry)


def _entries(
    lines: _Lines, last: bytes, kept: _Kept, *, is_detection: bool
) -> tuple[bytes, Counter[str]]:
    """The hash of the last entry, and how many have which outcome."""
    # One entry at a time: a receipt about a million files is larger than memory.
    outcomes: Counter[str] = Counter()
    fields, known = (_DETECTION, _STATES) if is_detection else (_ENTRY, _OUTCOMES)
    number = 0
    is_last = (line := lines.next()) == "],"  # an empty list
    while not is_last:
        number += 1
        is_last = not line.endswith(",")
        entry = _object(line if is_last else line[:-1], fields, f"entry {number}")
        if entry["outcome"] not in known:
            raise Malformed(f"not a receipt: entry {number} has an unknown outcome")
        for each in entry.get("findings", ()):
            _check_fields(each, _FINDING, f"a finding of entry {number}")
        given = entry.pop("hash")
        last = digest(last, entry)
        if given != last.hex():
            raise Malformed(f"entry {number} of the receipt was changed, or one before it removed")
        outcomes[entry["outcome"]] += 1
        kept.add(entry, len(line))
        if is_last:
            lines.expect("],")
        else:
            line = lines.next()
    return last, outcomes


def _object(text: str, fields: Mapping[str, type | tuple[type, ...]], what: str) -> JSONObject:
    """An object with exactly these fields, in canonical form."""
    found = _canonical(text, what)
    _check_fields(found, fields, what)
    return found


def _canonical(text: str, what: str) -> JSONObject:
    """An object in canonical form: no key can be there twice."""
    try:
        value = json.loads(text)
        is_canonical = isinstance(value, dict) and canonical(value) == text
    except (ValueError, RecursionError):
        is_canonical = False
    if not is_canonical:
        raise Malformed(f"not a receipt: {what} is not an object in canonical form")
    found: JSONObject = value
    return found


def _check_fields(value: object, fields: Mapping[str, type | tuple[type, ...]], what: str) -> None:
    if not isinstance(value, dict):
        raise Malformed(f"not a receipt: {what} is not an object")
    if unknown := sorted(value.keys() - fields.keys()):
        raise Malformed(f"not a receipt: {what} has the unknown field {unknown[0]!r:.80}")
    for name, kind in fields.items():
        if name not in value:
            raise Malformed(f"not a receipt: {what} has no {name!r}")
        # bool is a subclass of int in Python.
        if not isinstance(value[name], kind) or (kind is int and isinstance(value[name], bool)):
            raise Malformed(f"not a receipt: {name!r} of {what} is of another type")


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Malformed(f"not a receipt: invalid time {text!r:.80}")


def _base64(text: object) -> bytes:
    if not isinstance(text, str):
        raise Malformed("not a receipt: something in its signature is not text")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    # The last character has bits that stand for nothing: two receipts would be one.
    if base64.b64encode(data).decode() != text or not data:
        raise Malformed("not a receipt: something in its signature is not base64")
    return data


def _certificates(values: list[object]) -> list[Certificate]:
    if not 0 < len(values) <= _CERTIFICATES:
        raise Malformed(f"not a receipt: it has {len(values)} certificates, not 1 to 8")
    found = []
    for number, each in enumerate(values, 1):
        try:
            found.append(certificates.load(_base64(each)))
        except (Malformed, LimitExceeded) as error:
            where = f"certificate {number} of the receipt"
            raise Malformed(f"{where} cannot be read: {error}") from None
    return found


def _check_signature(signer: Certificate, signature: JSONObject, signed: bytes) -> None:
    algorithm = cose.NAMED.get(signature["algorithm"])
    key = signer.public_key
    value = _base64(signature["value"])
    if algorithm is None or key is None or not cose.verify(algorithm, key, value, signed):
        raise Malformed("the signature of the receipt is not good")


def _distrust(
    pool: list[Certificate], trust: TrustConfig, made: datetime, at: datetime
) -> str | None:
    signer = pool[0]
    if made - at > _SKEW:
        return "it says that it was made in the future"
    for moment in (made, at):
        if moment < signer.not_before:
            return "the certificate was not valid yet"
        if moment > signer.not_after:
            return "the certificate has expired, and only the receipt says when it was signed"
    use = Use.ALLOWED if trust.allows(signer) else Use.SIGNER
    for violation in violations(signer, use=use):
        return f"the certificate may not sign: {violation}"
    if use is Use.ALLOWED:
        return None
    budget = Budget()
    for moment in (made, at):
        found = find_path(
            signer,
            pool[1:],
            trust.anchors,
            at=moment,
            purposes=trust.purposes,
            budget=budget,
            usual=SIGNER_PURPOSES,
        )
        if not isinstance(found, Path):
            return found.detail
    return None
