"""Receipts: what is written is read, and nothing else is."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from aidisclose import limits
from aidisclose.errors import LimitExceeded, Malformed
from aidisclose.policy import receipt_reader
from aidisclose.policy.receipt import (
    BEGIN,
    END,
    ENTRIES,
    SEAL,
    SIGNATURE,
    Chain,
    canonical,
)
from aidisclose.policy.receipt_reader import Receipt
from aidisclose.trust.config import TrustConfig
from tests.trust import pki
from tests.trust.pki import NOW, Entity

Document = dict[str, Any]
DAY: Final = timedelta(days=1)
ROOT: Final = pki.issue("Root", number=1, ca=True)
SIGNER: Final = pki.issue("Signer", ROOT, number=2)
TRUST: Final = TrustConfig(anchors=(ROOT.anchor,), tsa_anchors=(), allowed=frozenset())
FINDING: Final = {
    "rule": "PAI-001",
    "profile": "pai@1",
    "severity": "error",
    "outcome": "pass",
    "reason": "ä",
    "accepted": False,
}


def head(time: datetime = NOW) -> Document:
    return {
        "tool": {"name": "aidisclose", "version": "1"},
        "time": time.astimezone(UTC).isoformat(),
        "profiles": ["pai@1"],
        "as_of": "2026-08-02",
        "inputs": {},
        "trust": {"anchors": [], "tsa_anchors": [], "allowed": []},
        "options": {},
    }


def entry(number: int) -> Document:
    return {
        "file": f"{number}.png",
        "media_type": "image/png",
        "state": "trusted",
        "outcome": "pass" if number % 2 else "fail",
        "findings": [FINDING],
        "error": None,
        "sha256": f"{number:064x}",
    }


def signing(signer: Entity) -> Callable[[bytes], bytes]:
    """Signs as COSE does: r and s, each in 32 bytes."""
    key = signer.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)

    def sign(data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def write(
    count: int = 3, *, signer: Entity = SIGNER, time: datetime = NOW, complete: bool = True
) -> bytes:
    """A receipt over some files."""
    parts: list[str] = []
    chain = Chain(parts.append, head(time))
    for number in range(count):
        chain.add(entry(number))
    certificates = (signer.certificate.der,)
    chain.seal(complete=complete, alg="es256", chain=certificates, sign=signing(signer))
    return "".join(parts).encode()


def read(data: bytes, *, trust: TrustConfig = TRUST, at: datetime = NOW) -> Receipt:
    return receipt_reader.verify(io.BytesIO(data), trust, at=at)


def laid_out(document: Document) -> bytes:
    """A document in the form of a receipt, so that only what it says can be wrong."""
    entries = ",".join(f"\n{canonical(each)}" for each in document["entries"])
    text = f"{BEGIN}{canonical(document['head'])}{ENTRIES}{entries}"
    text += f"{SEAL}{canonical(document['seal'])}{SIGNATURE}{canonical(document['signature'])}{END}"
    return text.encode()


@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_what_is_written_is_read(count: int) -> None:
    data = write(count)
    found = read(data)
    outcomes = {"pass": count // 2, "fail": count - count // 2}
    assert found.outcomes == {name: number for name, number in outcomes.items() if number}
    assert found.head == head()
    assert found.is_complete
    assert found.signer == "Signer"
    assert found.distrust is None
    assert laid_out(json.loads(data)) == data


def test_an_interrupted_check_is_told_from_a_complete_one() -> None:
    assert not read(write(complete=False)).is_complete


# each changes what a receipt says, and leaves its form


def change_outcome(document: Document) -> None:
    document["entries"][0]["outcome"] = "pass"


def change_reason(document: Document) -> None:
    document["entries"][1]["findings"][0]["reason"] = "a"


def change_hash(document: Document) -> None:
    document["entries"][1]["hash"] = document["entries"][0]["hash"]


def remove_last(document: Document) -> None:
    document["entries"].pop()


def remove_last_and_count(document: Document) -> None:
    document["entries"].pop()
    document["seal"]["count"] -= 1
    document["seal"]["last"] = document["entries"][-1]["hash"]


def remove_first(document: Document) -> None:
    document["entries"].pop(0)


def remove_all(document: Document) -> None:
    document["entries"].clear()


def repeat_last(document: Document) -> None:
    document["entries"].append(document["entries"][-1])


def swap(document: Document) -> None:
    document["entries"][:2] = reversed(document["entries"][:2])


def change_head(document: Document) -> None:
    document["head"]["as_of"] = "2020-01-01"


def change_trust(document: Document) -> None:
    document["head"]["trust"]["anchors"] = ["00"]


def unseal(document: Document) -> None:
    document["seal"]["complete"] = False


def change_signature(document: Document) -> None:
    document["signature"]["value"] = "AAAA"


def change_algorithm(document: Document) -> None:
    document["signature"]["algorithm"] = "es384"


def unknown_algorithm(document: Document) -> None:
    document["signature"]["algorithm"] = "none"


def no_certificate(document: Document) -> None:
    document["signature"]["certificates"] = []


def many_certificates(document: Document) -> None:
    document["signature"]["certificates"] *= 9


def garbled_certificate(document: Document) -> None:
    document["signature"]["certificates"] = ["AAAA"]


def other_certificate(document: Document) -> None:
    """Of the same key, in another name: what is sealed is who signed."""
    other = pki.issue("Other", ROOT, number=2)
    document["signature"]["certificates"] = [base64.b64encode(other.der).decode()]


def not_base64(document: Document) -> None:
    document["signature"]["value"] += "\n"


def no_text(document: Document) -> None:
    document["signature"]["certificates"] = [1]


# each leaves everything that is signed, and adds to the document


def extra_in_head(document: Document) -> None:
    document["head"]["note"] = ""


def extra_in_entry(document: Document) -> None:
    document["entries"][0]["note"] = ""


def extra_in_finding(document: Document) -> None:
    document["entries"][0]["findings"][0]["note"] = ""


def extra_in_seal(document: Document) -> None:
    document["seal"]["note"] = ""


def extra_in_signature(document: Document) -> None:
    document["signature"]["note"] = ""


def missing(document: Document) -> None:
    del document["signature"]["algorithm"]


def count_is_true(document: Document) -> None:
    document["seal"]["count"] = True


def outcome_is_a_list(document: Document) -> None:
    document["entries"][0]["file"] = ["x"]


def finding_is_text(document: Document) -> None:
    document["entries"][0]["findings"] = ["x"]


def unknown_outcome(document: Document) -> None:
    document["entries"][0]["outcome"] = "\x1b[31mgood"


CHANGES: Final[list[tuple[Callable[[Document], None], str]]] = [
    (change_outcome, "entry 1 of the receipt was changed"),
    (change_reason, "entry 2 of the receipt was changed"),
    (change_hash, "entry 2 of the receipt was changed"),
    (remove_last, "entries are missing at the end"),
    (remove_last_and_count, "signature of the receipt is not good"),
    (remove_first, "entry 1 of the receipt was changed"),
    (remove_all, "entries are missing at the end"),
    (repeat_last, "entry 4 of the receipt was changed"),
    (swap, "entry 1 of the receipt was changed"),
    (change_head, "entry 1 of the receipt was changed"),
    (change_trust, "entry 1 of the receipt was changed"),
    (unseal, "signature of the receipt is not good"),
    (change_signature, "signature of the receipt is not good"),
    (change_algorithm, "signature of the receipt is not good"),
    (unknown_algorithm, "signature of the receipt is not good"),
    (no_certificate, "it has 0 certificates"),
    (many_certificates, "it has 9 certificates"),
    (garbled_certificate, "certificate 1 of the receipt cannot be read"),
    (other_certificate, "not the one that was sealed"),
    (not_base64, "not base64"),
    (no_text, "not text"),
    (extra_in_head, "its head has the unknown field 'note'"),
    (extra_in_entry, "entry 1 has the unknown field 'note'"),
    (extra_in_finding, "a finding of entry 1 has the unknown field 'note'"),
    (extra_in_seal, "its seal has the unknown field 'note'"),
    (extra_in_signature, "its signature has the unknown field 'note'"),
    (missing, "its signature has no 'algorithm'"),
    (count_is_true, "'count' of its seal is of another type"),
    (outcome_is_a_list, "'file' of entry 1 is of another type"),
    (finding_is_text, "a finding of entry 1 is not an object"),
    (unknown_outcome, "entry 1 has an unknown outcome"),
]


@pytest.mark.parametrize(
    ("change", "reason"), CHANGES, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_receipt_that_was_changed_is_refused(
    change: Callable[[Document], None], reason: str
) -> None:
    document = json.loads(write())
    change(document)
    with pytest.raises(Malformed, match=reason):
        read(laid_out(document))


# each leaves what JSON readers make of the document, or adds to it


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{\n"schema": 1', b'{\n"schema": 2'),
        (b'{\n"schema": 1', b'{\n"schema": 1.0'),
        (b'{\n"schema": 1', b'{\n"note": 1,\n"schema": 1'),
        (b'{\n"schema": 1', b'\xef\xbb\xbf{\n"schema": 1'),
        (b"\n]", b"\n\n]"),
        (b"\n", b"\r\n"),
        (b'"head": {', b'"head":  {'),
        (b'"head": {', b'"head": {"as_of":"2020-01-01",'),
        (b'{"error"', b'{"error":null,"error"'),
        (b'"file":"0.png"', b'"file":"\\u0030.png"'),
        (b'"file":"0.png"', b'"file":NaN'),
        (b'"complete":true', b'"complete":false,"complete":true'),
        (b'"}\n}\n', b'"}\n}\n\n'),
        (b'"}\n}\n', b'"},\n"note": 1\n}\n'),
        (b'"}\n}\n', b'"}\n}'),
        (b'"reason":"\\u00e4"', '"reason":"ä"'.encode()),
        (b'"schema": 1,', b'"schema": 1'),
        (b'"entries": [', b'"entries": [['),
        (b'"last"', b"[" * 5_000 + b'"last"'),
    ],
)
def test_a_receipt_has_one_form_only(old: bytes, new: bytes) -> None:
    data = write()
    changed = data.replace(old, new)
    assert changed != data
    with pytest.raises(Malformed, match="not a receipt"):
        read(changed)


def test_a_receipt_that_ends_early_is_refused_wherever_it_ends() -> None:
    data = write(1)
    for length in range(len(data)):
        with pytest.raises(Malformed):
            read(data[:length])


def test_a_change_of_any_byte_is_noticed() -> None:
    data = write(1)
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        with pytest.raises((Malformed, LimitExceeded)):
            read(bytes(changed))


@pytest.mark.parametrize(
    "time", ["2026", "2026-08-02T00:00:00", "0001-01-01T00:00:00+14:00", "\x1b[31m"]
)
def test_a_time_that_cannot_be_used_is_refused(time: str) -> None:
    document = json.loads(write())
    document["head"]["time"] = time
    with pytest.raises(Malformed, match="invalid time"):
        read(laid_out(document))


# who signed


def test_nobody_is_trusted_for_being_in_a_receipt() -> None:
    assert read(write(), trust=TrustConfig.none()).distrust is not None


def test_a_signer_can_be_trusted_by_name() -> None:
    named = frozenset({SIGNER.certificate.sha256})
    assert (
        read(write(), trust=TrustConfig(anchors=(), tsa_anchors=(), allowed=named)).distrust is None
    )


@pytest.mark.parametrize("by_name", [False, True])
def test_an_expired_certificate_vouches_for_no_receipt(by_name: bool) -> None:
    """Who has its key can write any time into the head."""
    expired = pki.issue("Signer", ROOT, number=4, not_after=NOW - DAY)
    named = frozenset({expired.certificate.sha256}) if by_name else frozenset()
    trust = TrustConfig(anchors=(ROOT.anchor,), tsa_anchors=(), allowed=named)
    data = write(signer=expired, time=NOW - 2 * DAY)
    assert "has expired" in str(read(data, trust=trust).distrust)
    assert read(data, trust=trust, at=NOW - 2 * DAY).distrust is None


def test_a_receipt_from_before_its_certificate_is_not_trusted() -> None:
    early = SIGNER.certificate.not_before - DAY
    assert "not valid yet" in str(read(write(time=early)).distrust)


def test_a_receipt_of_the_future_is_not_trusted() -> None:
    assert read(write(time=NOW + timedelta(minutes=4))).distrust is None
    assert "future" in str(read(write(time=NOW + timedelta(minutes=6))).distrust)


# size


class Endless(io.RawIOBase):
    """A receipt that is written while it is read: it is nowhere as a whole."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and (piece := next(self._pieces, b"")):
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def long_receipt(count: int, size: int) -> Iterator[bytes]:
    parts: list[str] = []
    chain = Chain(parts.append, head())
    padded = {**FINDING, "reason": "r" * size}
    for number in range(count):
        chain.add({**entry(number), "findings": [padded]})
        yield "".join(parts).encode()
        parts.clear()
    chain.seal(complete=True, alg="es256", chain=(SIGNER.certificate.der,), sign=signing(SIGNER))
    yield "".join(parts).encode()


def test_a_receipt_of_more_than_64_mib_is_read_in_constant_memory() -> None:
    count, size = 80, 1 << 20
    tracemalloc.start()
    try:
        stream: Any = io.BufferedReader(Endless(long_receipt(count, size)))
        found = receipt_reader.verify(stream, TRUST, at=NOW)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(found.outcomes.values()) == count
    assert peak < 24 << 20


def test_a_line_without_end_is_not_read_to_its_end() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"{\n"
        for _ in range(1_000):
            yield b"x" * limits.MIB
        raise AssertionError("read to its end")

    stream: Any = io.BufferedReader(Endless(pieces()))
    with pytest.raises(Malformed, match="line 2: it is too long"):
        receipt_reader.verify(stream, TRUST, at=NOW)


def test_what_could_not_be_read_is_not_written() -> None:
    chain = Chain(lambda _text: None, head())
    with pytest.raises(LimitExceeded):
        chain.add({**entry(1), "error": "e" * limits.RECEIPT_LINE})
    with pytest.raises(LimitExceeded):
        Chain(lambda _text: None, {"inputs": "i" * limits.RECEIPT_LINE})


def test_the_longest_line_that_is_written_is_read() -> None:
    parts: list[str] = []
    chain = Chain(parts.append, head())
    spare = len(canonical({**entry(1), "error": "", "hash": "0" * 64}))
    for _ in range(2):
        chain.add({**entry(1), "error": "e" * (limits.RECEIPT_LINE - 2 - spare)})
    chain.seal(complete=True, alg="es256", chain=(SIGNER.certificate.der,), sign=signing(SIGNER))
    assert read("".join(parts).encode()).outcomes == {"pass": 2}


def test_the_signer_is_sealed() -> None:
    sealed = json.loads(write())["seal"]
    assert sealed["signer"] == hashlib.sha256(SIGNER.certificate.der).hexdigest()
