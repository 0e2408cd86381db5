"""Every change of the structure of a manifest store, and of every byte in it.

The property: either the state falls, or every output says exactly what it said before. A sample is
part of the suite; `python -m tests.attacks.structure` tries all of them.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import brotli
import cbor2

import aidisclose as ad
from aidisclose.codec import jumbf
from aidisclose.codec.jumbf import ContentBox, Superbox
from aidisclose.containers.container import BoxMapped
from aidisclose.errors import AidiscloseError
from aidisclose.policy.profiles import PROFILES
from aidisclose.render import formats
from aidisclose.render.renderer import Result, Run
from tests.attacks import files, redaction
from tests.attacks.believed import created, model
from tests.attacks.parties import TRUST, sealed, strange
from tests.bindings.build import asset
from tests.containers import samples
from tests.manifest import build
from tests.manifest.build import Fields, Recipe
from tests.trust.pki import NOW

#: Padding of the active signature: changes that make the store longer or shorter fit into it.
_ROOM: Final = 9_000
#: A low bit, the bit between upper and lower case, the highest.
BITS: Final = (0x01, 0x20, 0x80)

REPORTS = tuple(formats.FORMATS["verify"])


# --- what is changed ------------------------------------------------------------------------------


class Subject(NamedTuple):
    """A file that is trusted.

    Attributes:
        name: Of its kind.
        data: The file.
        of: The media file without the store.
    """

    name: str
    data: bytes
    of: files.Media

    @property
    def store(self) -> bytes:
        """Its manifest store."""
        return files.store_of(self.data)


def _parent(number: int = 1) -> bytes:
    note = build.json("com.example.note", b'{"a": [1, 2]}')
    assertions = (created("trainedAlgorithmicMedia"), model("SDXL"), note)
    return Recipe(number=number, assertions=assertions, seal=strange(size=1_600)).build()


def plain(of: files.Media | None = None) -> Subject:
    """One manifest."""
    recipe = files.active(
        assertions=(created("trainedAlgorithmicMedia"), model("SDXL")), seal=sealed(size=_ROOM)
    )
    of = of or files.picture()
    return Subject(f"plain {of.container.name} {of.binding}", files.signed(recipe, of=of), of)


def ingredients() -> Subject:
    """A parent and a component."""
    parent, part = _parent(), _parent(2)
    first = files.ingredient(parent)
    placed = files.ingredient(part, "componentOf", label="c2pa.ingredient.v3__1")
    history = build.actions(
        {"action": "c2pa.opened", "parameters": {"ingredients": [first.reference]}},
        {"action": "c2pa.placed", "parameters": {"ingredients": [placed.reference]}},
    )
    recipe = files.active(assertions=(first, placed, history), seal=sealed(size=_ROOM))
    return Subject("ingredients", files.signed(recipe, parent, part), files.picture())


def _last(data: bytes) -> bytes:
    return files.whole(files.manifests(files.store_of(data))[-1])


def update() -> Subject:
    """An update manifest over one that is bound."""
    recipe = files.active(number=8, assertions=(created("digitalCapture"),), seal=sealed())
    first = _last(files.signed(recipe))
    over = files.active(
        assertions=(ingredient := build.ingredient(first), files.opened(ingredient)),
        seal=sealed(size=_ROOM),
        code="c2um",
    )
    return Subject("update", files.unbound(over, first), files.picture())


def redacted() -> Subject:
    """A parent of which something was redacted."""
    parent = _parent()
    url = build.url(build.label(1), "c2pa.assertions", "com.example.note")
    shortened = redaction.redacted(parent, "com.example.note", keep=True)
    reference = files.ingredient(parent)
    action: Fields = {
        "action": "c2pa.redacted",
        "reason": "c2pa.PII.present",
        "parameters": {"redacted": url},
    }
    opened: Fields = {"action": "c2pa.opened", "parameters": {"ingredients": [reference.reference]}}
    recipe = files.active(
        assertions=(reference, build.actions(opened, action)),
        claim={"redacted_assertions": [url]},
        seal=sealed(size=_ROOM),
    )
    return Subject("redacted", files.signed(recipe, shortened), files.picture())


def compressed() -> Subject:
    """A parent that is compressed."""
    parent = packed(_parent())
    found = files.ingredient(
        _parent(),
        activeManifest={
            "url": build.url(build.label(1)),
            "alg": "sha256",
            "hash": build.digest(parent),
        },
    )
    recipe = files.active(assertions=(found, files.opened(found)), seal=sealed(size=_ROOM))
    return Subject("compressed", files.signed(recipe, parent), files.picture())


def packed(manifest: bytes) -> bytes:
    """A manifest as a compressed one."""
    label = jumbf.parse(manifest).label
    content = jumbf.box(b"brob", brotli.compress(manifest))
    return jumbf.superbox(jumbf.type_uuid("c2cm"), label, [content])


LINEAGES: Final = (plain, ingredients, update, redacted, compressed)


def bound() -> tuple[Subject, ...]:
    """One manifest in every container, by every binding that it has."""
    boxed = [name for name in samples.FAMILIES if isinstance(files.FORMATS[name], BoxMapped)]
    media = [files.media(name) for name in samples.FAMILIES]
    media += [files.media(name, binding="c2pa.hash.boxes") for name in boxed]
    return tuple(map(plain, media))


# --- changes --------------------------------------------------------------------------------------


class Change(NamedTuple):
    """A changed store, and what was done."""

    name: str
    store: bytes


#: The bytes of a box with its header as it stands; of the others, what to put in their place.
_Node = Superbox | ContentBox


def _bytes(box: _Node) -> bytes:
    return box.data[box.start : box.end]


def _walk(box: Superbox) -> Iterator[tuple[Superbox, int, _Node]]:
    """Every box below one: its parent, its place there, itself."""
    for index, child in enumerate(box.children):
        yield box, index, child
        if isinstance(child, Superbox):
            yield from _walk(child)


def _name(box: _Node) -> str:
    return box.label if isinstance(box, Superbox) else box.type.decode("latin-1")


def _with(store: Superbox, target: _Node, *new: bytes) -> bytes:
    """The store with others in the place of one box; all lengths around it are right."""

    def made(box: _Node) -> bytes:
        if box.start == target.start and box.end == target.end:
            return b"".join(new)
        if isinstance(box, ContentBox) or not box.start < target.start < box.end:
            return _bytes(box)
        return jumbf.refill(box, map(made, box.children))

    return made(store)


def _described(box: Superbox, *, label: str | None = None, uuid: bytes | None = None) -> bytes:
    contents = [_bytes(child) for child in box.children]
    return jumbf.superbox(
        uuid or box.uuid, box.label if label is None else label, contents, salt=box.salt
    )


def changes(data: bytes, other: bytes) -> Iterator[Change]:
    """Every change of one box of a store; `other` is another signed store."""
    store, strange_store = jumbf.parse(data), jumbf.parse(other)
    others = {
        (len(_path(strange_store, box)), _name(box)): box for _, _, box in _walk(strange_store)
    }
    nodes = list(_walk(store))
    for parent, index, box in nodes:
        where = "/".join((*_path(store, box), ""))
        own, siblings = _bytes(box), parent.children
        yield Change(f"remove {where}", _with(store, box))
        yield Change(f"double {where}", _with(store, box, own, own))
        yield Change(f"empty {where}", _with(store, box, _emptied(box)))
        yield Change(f"wrap {where}", _with(store, box, _wrapped(box)))
        for code in ("c2ma", "c2as", "none"):
            nested = jumbf.superbox(jumbf.type_uuid(code), "nested", [own])
            yield Change(f"nest {where} in {code}", _with(store, box, nested))
        for position, title in ((0, "first"), (len(siblings) - 1, "last")):
            if index != position:
                order = [item for item in siblings if item is not box]
                order.insert(position, box)
                moved = jumbf.refill(parent, map(_bytes, order))
                yield Change(f"move {where} {title}", _replaced(store, parent, moved))
        if index + 1 < len(siblings):
            order = list(siblings)
            order[index], order[index + 1] = order[index + 1], order[index]
            moved = jumbf.refill(parent, map(_bytes, order))
            yield Change(f"swap {where} with the next", _replaced(store, parent, moved))
            # Grown over what follows: the next box lies inside now.
            after = siblings[index + 1]
            grown = (len(own) + after.end - after.start).to_bytes(4) + own[4:] + _bytes(after)
            changed = b"".join(
                [_bytes(item) for item in siblings[:index]]
                + [grown]
                + [_bytes(item) for item in siblings[index + 2 :]]
            )
            yield Change(
                f"grow {where} over the next",
                _replaced(store, parent, jumbf.refill(parent, [changed])),
            )
        found = others.get((len(_path(store, box)), _name(box)))
        if found is not None:
            yield Change(f"replace {where} by another's", _with(store, box, _bytes(found)))
            yield Change(f"put another's before {where}", _with(store, box, _bytes(found), own))
            yield Change(f"put another's after {where}", _with(store, box, own, _bytes(found)))
        yield from _lengths(store, box, where)
        if isinstance(box, Superbox):
            yield from _labels(store, box, where)
        else:
            yield Change(f"retype {where}", _with(store, box, jumbf.box(b"free", box.content)))
    for (parent, _, box), (_, _, target) in itertools.product(nodes, nodes):
        if isinstance(target, Superbox) and target is not parent and not _holds(box, target):
            title = f"move {'/'.join(_path(store, box))} into {'/'.join(_path(store, target))}"
            yield Change(title, _moved(store, box, target))


def _holds(box: _Node, other: _Node) -> bool:
    return box.start <= other.start and other.end <= box.end


def _moved(store: Superbox, box: _Node, target: Superbox) -> bytes:
    def made(item: _Node) -> bytes:
        if item.start == box.start and item.end == box.end:
            return b""
        if isinstance(item, ContentBox):
            return _bytes(item)
        inside = [made(child) for child in item.children]
        if item.start == target.start:
            inside.append(_bytes(box))
        return jumbf.refill(item, inside)

    return made(store)


def _replaced(store: Superbox, box: Superbox, new: bytes) -> bytes:
    return new if box.start == store.start else _with(store, box, new)


def _path(store: Superbox, box: _Node) -> tuple[str, ...]:
    """The labels down to a box."""
    for child in store.children:
        if child.start == box.start:
            return (_name(child),)
        if isinstance(child, Superbox) and _holds(child, box):
            return (_name(child), *_path(child, box))
    return ()


def _emptied(box: _Node) -> bytes:
    if isinstance(box, Superbox):
        return jumbf.superbox(box.uuid, box.label, [], salt=box.salt)
    return jumbf.box(box.type, b"")


def _wrapped(box: _Node) -> bytes:
    label = box.label if isinstance(box, Superbox) else "wrapped"
    uuid = box.uuid if isinstance(box, Superbox) else jumbf.type_uuid("none")
    return jumbf.superbox(uuid, label, [_bytes(box)])


def _lengths(store: Superbox, box: _Node, where: str) -> Iterator[Change]:
    own = _bytes(box)
    head = own[:8]
    long = (1).to_bytes(4) + head[4:] + (len(own) + 8).to_bytes(8) + own[8:]
    yield Change(f"64-bit length of {where}", _with(store, box, long))
    yield Change(f"no length of {where}", _with(store, box, bytes(4) + own[4:]))
    longer = (len(own) + 4).to_bytes(4) + own[4:] + bytes(4)
    yield Change(f"zeros in {where}", _with(store, box, longer))
    free = jumbf.box(b"free", b"hidden")
    yield Change(f"free before {where}", _with(store, box, free, own))
    yield Change(f"free after {where}", _with(store, box, own, free))
    unknown = jumbf.superbox(jumbf.type_uuid("none"), "unknown", [jumbf.box(b"json", b"{}")])
    yield Change(f"unknown after {where}", _with(store, box, own, unknown))


def _labels(store: Superbox, box: Superbox, where: str) -> Iterator[Change]:
    renamed = {
        "other": box.label + "x",
        "instance": box.label + "__1",
        "version": box.label + ".v3",
        "upper": box.label.upper(),
        "encoded": box.label.replace(".", "%2E", 1),
        "deeper": "x/" + box.label,
        "none": "",
        "space": box.label + " ",
        "wide": box.label.replace("c", "\N{CYRILLIC SMALL LETTER ES}", 1),
        "joined": box.label + "\N{ZERO WIDTH JOINER}",
    }
    for name, label in renamed.items():
        if label != box.label:
            yield Change(
                f"label of {where}: {name}", _with(store, box, _described(box, label=label))
            )
    for code in ("c2ma", "c2um", "c2cm", "c2as", "c2cl", "c2cs", "c2db", "c2vc", "cbor", "json"):
        if jumbf.type_uuid(code) != box.uuid:
            changed = _described(box, uuid=jumbf.type_uuid(code))
            yield Change(f"type of {where}: {code}", _with(store, box, changed))
    toggles = box.body + 8 + 16
    for value in (0x00, 0x01, 0x02, 0x83, 0x43, 0x23):
        own = bytearray(_bytes(box))
        own[toggles - box.start] = value
        yield Change(f"toggles of {where}: {value:#x}", _with(store, box, bytes(own)))
    contents = [_bytes(child) for child in box.children]
    salted = jumbf.superbox(box.uuid, box.label, contents, salt=bytes(16))
    yield Change(f"salt of {where}", _with(store, box, salted))


def flips(store: bytes) -> Iterator[Change]:
    """Every bit of `BITS` in every byte of a store."""
    for position, bit in itertools.product(range(len(store)), BITS):
        changed = bytearray(store)
        changed[position] ^= bit
        yield Change(f"bit {bit:#x} at {position}", bytes(changed))


# --- what becomes of it ---------------------------------------------------------------------------


#: What reading a signature to pad it may meet after it was changed.
_UNPADDED: Final = (
    *(AidiscloseError, cbor2.CBORError, ValueError, LookupError, StopIteration, TypeError),
    *(AttributeError, AssertionError),
)


def fitted(subject: Subject, changed: bytes) -> bytes:
    """The file with the changed store, of the old size wherever the padding allows it."""
    size = len(subject.store)
    if len(changed) != size:
        try:
            last = files.manifests(changed)[-1]
            resized = files.resized(files.whole(last), last.end - last.start + size - len(changed))
            changed = _with(jumbf.parse(changed), last, resized)
        except _UNPADDED:
            pass  # nothing to pad: the file tells by its size
    try:
        return subject.of.embed(changed)
    except (AidiscloseError, ValueError):
        # What is not a store any more is not written; it is put there all the same.
        [piece] = asset(subject.data).layout.stores[0].pieces
        return subject.data[: piece.start] + changed + subject.data[piece.end :]


def said(data: bytes) -> tuple[str, ...] | None:
    """All outputs about a file that is taken for what was signed; None if it is not."""
    try:
        report = ad.verify(data, trust=TRUST, at=NOW)
    except AidiscloseError:
        return None
    integrity = getattr(report.integrity, "value", report.integrity)
    if report.state < ad.State.VALID or integrity not in ("intact", "partial"):
        return None
    result, run = Result("file", report), Run(NOW)
    outputs = [formats.renderer("verify", name).result(result, run) for name in REPORTS]
    findings = ad.check(report, _PROFILES, as_of=NOW.date())
    return (*(_ordered(output, len(data)) for output in outputs), repr(findings))


def _ordered(output: str, size: int) -> str:
    """The output but for the size of the file; of JSON, whatever the order of the members.

    The size is not what a file says. An update manifest may make the store longer (C2PA 2.5
    §14.12.1), and a box hash leaves it out however long it is (§16.3.3), so that room which nothing
    uses may be there or not.

    crJSON 2.5 §3.4 wants manifests in the order of the store, which no hash covers: but for the
    first one, the active manifest, it says nothing.
    """
    output = re.sub(rf"\b{f'{size:,}'.replace(',', '.?')}\b", '"SIZE"', output)
    try:
        found = json.loads(output)
    except ValueError:
        return output
    if isinstance(found, dict) and isinstance(found.get("manifests"), list):
        active, *others = found["manifests"] or [None]
        found["manifests"] = [active, *sorted(others, key=lambda item: str(item["label"]))]
    return json.dumps(found, sort_keys=True)


_PROFILES: Final = tuple(PROFILES)


def unlike(subject: Subject, change: Change) -> str:
    """What a changed store makes the program say that it did not say before; empty if nothing."""
    found = said(fitted(subject, change.store))
    if found is None:
        return ""
    for name, before, after in zip((*REPORTS, "check"), _before(subject), found, strict=True):
        if before != after:
            return f"{subject.name}: {change.name}: {name} says something else"
    return ""


@functools.cache
def _before(subject: Subject) -> tuple[str, ...]:
    found = said(subject.data)
    assert found is not None, subject.name
    return found


def main() -> int:
    """Try everything, or a share of the bits; a line for each change that is not noticed."""
    parser = argparse.ArgumentParser(description="every change of a store and its bytes")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="parts of names of what is changed"
    )
    parser.add_argument("--share", type=float, default=1, help="of the bits (default: 1, all)")
    options = parser.parse_args()
    failed = 0
    subjects: list[Callable[[], Subject]] = [*LINEAGES]
    subjects += [functools.partial(lambda item: item, item) for item in bound()]
    other = ingredients()
    for make in subjects:
        subject = make()
        if options.names and not any(name in subject.name for name in options.names):
            continue
        start = time.process_time()
        chance = random.Random(subject.name)
        flipped = (flip for flip in flips(subject.store) if chance.random() < options.share)
        tried: Counter[str] = Counter()
        for change in itertools.chain(changes(subject.store, other.store), flipped):
            tried["bits" if change.name.startswith("bit ") else "boxes"] += 1
            if problem := unlike(subject, change):
                failed += 1
                print(problem, flush=True)
        print(
            f"{subject.name}: {tried['boxes']} changes of boxes, {tried['bits']} of "
            f"{len(BITS) * len(subject.store)} bits, {time.process_time() - start:.0f} s",
            flush=True,
        )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
