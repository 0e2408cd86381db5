"""Forgeries and changed stores in three programs: what one of them refuses, we do not accept.

Unless EXPLAINED says why, by the clause that decides. What both others take for sound is described
in SECURITY.md.
"""

from __future__ import annotations

import functools
import io
import itertools
import json
from collections.abc import Iterator
from typing import Final, NamedTuple

import c2pa

import aidisclose as ad
from aidisclose.containers import identify
from aidisclose.io.source import BytesSource
from tests.attacks import parties, structure
from tests.attacks.attack import judge
from tests.attacks.test_attacks import ATTACKS
from tests.cli.running import ROOT
from tests.interop import second

_OTHERS: Final = "C2PA 2.5 §11.1.4: a manifest may hold boxes that C2PA does not define"
_RECORDED: Final = (
    "C2PA 2.5 §14.11.3.3: what the signer recorded of an ingredient changes no verdict; nothing "
    "that its broken manifest says is believed"
)
_INERT: Final = "C2PA 2.5 §A.3.7: the pages are left out; players do not play the stream"
_PURPOSES: Final = "C2PA 2.5 §14.5.1.2: accepted purposes are those of the anchors: untrusted"

#: What we accept and another program refuses: how the name begins, and why.
EXPLAINED: Final[dict[str, str]] = {
    "believed: reference to it": _RECORDED,
    "believed: reference to it without signature": _RECORDED,
    "believed: reference to without a slash": _RECORDED,
    "believed: reference to without a slash without signature": _RECORDED,
    "believed: a second assertion in the manifest": _OTHERS,
    "exclusions: the store in two": "C2PA 2.5 §16.3.1: two exclusions may touch",
    "frame: Ogg, a page number": _INERT,
    "frame: Ogg, flags of a continuation": _INERT,
    "certificates: a signer for serverAuth": _PURPOSES,
    "certificates: a signer for codeSigning": _PURPOSES,
    "claim: listed twice": "C2PA 2.5 §10.2: nothing forbids it; the hash is the same both times",
    "claim: fields of version 1": "C2PA 2.3 added fields to the claim; those not known are ignored",
    "claim: a binding labelled c2pa.hash.data__1": "C2PA 2.5 §6.3: an instance of that label",
}
#: The same of changes of stores, by how what was done begins.
CHANGES: Final[dict[str, str]] = {
    "64-bit length of": "ISO/IEC 15444-1 §I.4: XLBox holds the length where LBox is 1",
    "unknown after": _OTHERS,
}

#: What both others take for sound, by how names begin: words by which SECURITY.md describes it.
ACCEPTED: Final[dict[str, str]] = {
    "update: recorded broken signature": "A failure that an update manifest recorded",
    "shadow:": "An offset that leads into the manifest store",
    "rebuilt:": "Objects of a PDF inside the manifest store",
    "padding:": "Padding that is not zeros",
    "offsets:": "Tables that say which bytes are shown",
    "exclusions:": "content left out by the signer",
    "rearranged: JPEG by boxes: APP11": "The manifest store twice",
    "rearranged: JPEG XL": "a few bytes behind the last box",
    "rearranged: JPEG: b'\\xff": "bytes between the boxes",
    "boxes:": "Boxes that every version leaves out",
    "more:": "further boxes of C2PA",
    "certificates: the signer twice": "stands twice in the chain",
    "certificates:": "COSE headers that contradict each other",
    "claim: manifest labelled": "Manifest labels of another form",
}

#: Of attacks on blocks of files, and of changed stores, one in so many.
_BLOCKS: Final = 2
_CHANGES: Final = 3

_RANKS: Final = {"Trusted": 2, "Valid": 1}


class Case(NamedTuple):
    """A file, and one like it that both other programs trust, if they know the format."""

    name: str
    honest: bytes
    data: bytes


def cases() -> Iterator[Case]:
    """All forgeries, and a sample of the changes of stores."""
    blocks = [item for item in ATTACKS if item.name.startswith(("rearranged", "boxes"))]
    rest = [item for item in ATTACKS if item not in blocks]
    for attack in (*rest, *blocks[::_BLOCKS]):
        yield Case(attack.name, attack.honest, attack.forged)
    other = structure.ingredients()
    for make in structure.LINEAGES:
        subject = make()
        found = structure.changes(subject.store, other.store)
        for change in itertools.islice(found, 0, None, _CHANGES):
            changed = structure.fitted(subject, change.store)
            yield Case(f"{subject.name}: {change.name}", subject.data, changed)


def ours(data: bytes) -> int:
    verdict = judge(data)
    if verdict.integrity != "intact":
        return 0
    return {ad.State.TRUSTED: 2, ad.State.VALID: 1}.get(verdict.state, 0)


@functools.cache
def reference_context() -> c2pa.Context:
    return c2pa.Context.from_dict(
        {
            "version": 1,
            "trust": {"user_anchors": parties.root().pem.decode()},
            "verify": {"remote_manifest_fetch": False},
        }
    )


def reference(data: bytes, media_type: str) -> int:
    try:
        with c2pa.Reader(media_type, io.BytesIO(data), context=reference_context()) as reader:
            return _RANKS.get(json.loads(reader.json())["validation_state"], 0)
    except c2pa.C2paError:
        return 0


def other(data: bytes, media_type: str) -> int:
    try:
        found = second.read(data, parties.root().pem, media_type)
    except ValueError:
        return 0
    return _RANKS.get(str(found["validation_state"]), 0)


@functools.cache
def knows(program: str, data: bytes, media_type: str) -> bool:
    """Whether a program trusts an honest file at all."""
    return {"reference": reference, "other": other}[program](data, media_type) == 2


def test_what_another_program_refuses_is_refused_or_explained() -> None:
    unexplained, used = [], set()
    for case in cases():
        rank = ours(case.data)
        if rank == 0:
            continue
        media_type = identify(BytesSource(case.honest)).media_types[0]
        for name, program in (("reference", reference), ("other", other)):
            if knows(name, case.honest, media_type) and program(case.data, media_type) < rank:
                why = _explanations(case.name)
                used.update(why)
                if not why:
                    unexplained.append(f"{name} refuses {case.name}")
    assert unexplained == []
    assert used == EXPLAINED.keys() | CHANGES.keys()


def test_what_both_others_accept_is_refused_and_described() -> None:
    text = " ".join((ROOT / "SECURITY.md").read_text().split())
    undescribed, used = [], set()
    for attack in ATTACKS:
        media_type = identify(BytesSource(attack.honest)).media_types[0]
        if not all(knows(name, attack.honest, media_type) for name in ("reference", "other")):
            continue
        if min(reference(attack.forged, media_type), other(attack.forged, media_type)) < 2:
            continue
        if attack.may_stand:
            continue
        assert ours(attack.forged) < 2, attack.name
        why = next((key for key in ACCEPTED if attack.name.startswith(key)), None)
        if why is None:
            undescribed.append(attack.name)
        used.add(why)
    assert undescribed == []
    assert used == ACCEPTED.keys()
    assert [words for words in ACCEPTED.values() if words not in text] == []


def _explanations(name: str) -> list[str]:
    change = name.partition(": ")[2]
    return [key for key in EXPLAINED if name == key] + [
        key for key in CHANGES if change.startswith(key)
    ]
