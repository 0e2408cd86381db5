"""A manifest store and the manifests in it (C2PA 2.5 §11.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from functools import cached_property
from typing import Any, Final, TypeVar

from aidisclose import limits
from aidisclose.codec import cbor, jumbf
from aidisclose.codec.cbor import ValueBudget
from aidisclose.codec.jumbf import Superbox
from aidisclose.errors import LimitExceeded, Malformed, Unreadable
from aidisclose.frozen import dataclass, field
from aidisclose.manifest import claim, label, uri
from aidisclose.manifest.claim import Claim
from aidisclose.manifest.label import AssertionLabel
from aidisclose.named import NamedTuple

T = TypeVar("T")

STORE: Final = jumbf.type_uuid("c2pa")
ASSERTION_STORE: Final = jumbf.type_uuid("c2as")
CLAIM: Final = jumbf.type_uuid("c2cl")
SIGNATURE: Final = jumbf.type_uuid("c2cs")
CBOR: Final = jumbf.type_uuid("cbor")
JSON: Final = jumbf.type_uuid("json")
UUID: Final = jumbf.type_uuid("uuid")
#: The C2PA Redaction UUID (C2PA 2.5 §14.10.3).
REDACTED: Final = bytes.fromhex("CAA98EEE9D4DF80E86AD4DFFCA263973")
EMBEDDED_FILE: Final = bytes.fromhex("40CB0C32BB8A489DA70B2AD6F47F4369")

#: By the label of the box, which no hash covers (C2PA 2.5 §11.1.4.3).
_CLAIM_VERSIONS: Final = {"c2pa.claim": 1, "c2pa.claim.v2": 2}

_ESCAPED_SURROGATE: Final = r"\ud"


class ManifestKind(Enum):
    """The type of a manifest."""

    STANDARD = jumbf.type_uuid("c2ma")
    UPDATE = jumbf.type_uuid("c2um")
    COMPRESSED = jumbf.type_uuid("c2cm")


# `c2md` was written by old generators for what is now `c2ma`.
_KINDS: Final = {kind.value: kind for kind in ManifestKind} | {
    jumbf.type_uuid("c2md"): ManifestKind.STANDARD
}


class EmbeddedFile(NamedTuple):
    """The content of an embedded-file assertion: a thumbnail, an icon, a prompt."""

    media_type: str
    name: str | None
    content: bytes


@dataclass(frozen=True)
class Assertion:
    """An assertion box of a manifest.

    Attributes:
        box: The superbox.
        manifest: Label of the manifest it stands in.
        values: The values, and bytes of them, that the file may still hold when this is decoded.
    """

    box: Superbox = field(repr=False)
    manifest: str
    values: ValueBudget = field(default_factory=ValueBudget, repr=False, compare=False)
    _decoded: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)

    def decoded(self, decode: Callable[[Assertion], T]) -> T:
        """The result of `decode` for this assertion, which is decoded once for all who ask.

        Raises:
            Malformed: `decode` raises it.
        """
        if decode not in self._decoded:
            self._decoded[decode] = decode(self)
        found: T = self._decoded[decode]
        return found

    @property
    def label(self) -> str:
        """As it stands in the box, with its instance number."""
        return self.box.label

    @cached_property
    def parts(self) -> AssertionLabel:
        """The parts of its label."""
        return label.split(self.box.label)

    @property
    def url(self) -> str:
        """Its absolute JUMBF URI."""
        return uri.absolute(self.manifest, uri.ASSERTIONS, self.box.label)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is left of it, as redaction demands (C2PA 2.5 §14.10.3).

        That is: content boxes of zero bytes only, or the box that marks a redaction, with zeros.
        """
        return not any(self.box.superboxes) and not any(
            any(child.content.removeprefix(REDACTED if child.type == b"uuid" else b""))
            for child in self.box.contents
        )

    @cached_property
    def data(self) -> object:
        """Its decoded content: CBOR and JSON as plain data, files as `EmbeddedFile`, else bytes.

        Raises:
            Malformed: It cannot be decoded.
        """
        content = next(self.box.contents, None)
        if content is None:
            raise Malformed("the assertion has no content")
        if self.box.uuid == CBOR:
            return cbor.decode(self._only(b"cbor"), values=self.values)
        if self.box.uuid == JSON:
            return _decode_json(self._only(b"json"), self.values)
        if self.box.uuid == EMBEDDED_FILE:
            return _decode_file(self.box)
        return content.content

    @property
    def encoded(self) -> bytes:
        """The encoding of its CBOR content.

        Raises:
            Malformed: It has none, or more than that.
        """
        return self._only(b"cbor")

    def _only(self, code: bytes) -> bytes:
        """The content of its one box (ISO/IEC 19566-5 §B); padding may follow it.

        Of two, readers would take one or the other.
        """
        listed = [child for child in self.box.contents if child.type != b"free"]
        if len(listed) != 1 or listed[0].type != code:
            raise Malformed(f"the assertion has something else than one {code.decode()} box")
        return listed[0].content

    @cached_property
    def fields(self) -> dict[object, object]:
        """Its decoded content, which must be a map.

        Raises:
            Malformed: It is not a map.
        """
        if not isinstance(self.data, dict):
            raise Malformed("the assertion is not a map")
        return self.data


def _decode_json(content: bytes, values: ValueBudget) -> object:
    if len(content) > limits.JSON_SIZE:
        raise Malformed(f"JSON of {len(content)} bytes, more than {limits.JSON_SIZE}")
    values.spend_json(content)

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise ValueError("a name stands twice in an object")
        return fields

    def refuse(constant: str) -> object:
        raise ValueError(f"{constant} is not a value of JSON")

    import json

    try:
        # Of bytes, `json` would take other encodings as well, which other readers do not know.
        text = content.decode()
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
        if _ESCAPED_SURROGATE in text.lower():
            json.dumps(value, ensure_ascii=False).encode()  # half a pair cannot be printed
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not valid JSON: {error}") from None
    else:
        return value


def _decode_file(box: Superbox) -> EmbeddedFile:
    description, content = box.content_box(b"bfdb"), box.content_box(b"bidb")
    if description is None or content is None or not description.content:
        raise Malformed("an embedded file without description or content")
    media_type, _, rest = description.content[1:].partition(b"\0")
    # The first bit of the toggles says that a file name follows.
    name = rest.partition(b"\0")[0] if description.content[0] & 1 else None
    return EmbeddedFile(
        media_type.decode(errors="replace"),
        None if name is None else name.decode(errors="replace"),
        content.content,
    )


@dataclass(frozen=True)
class Manifest:
    """One manifest of a store.

    Attributes:
        box: Its superbox, as it stands in the store.
        kind: Its type; COMPRESSED only if it cannot be decompressed.
        content: Its superbox after decompression; the same if it is not compressed.
        problem: The reason why it cannot be decompressed.
        values: The values that the file may still hold when claim, signature and assertions
            are decoded.
    """

    box: Superbox = field(repr=False)
    kind: ManifestKind
    content: Superbox = field(repr=False)
    problem: str = ""
    values: ValueBudget = field(default_factory=ValueBudget, repr=False, compare=False)

    @property
    def is_compressed(self) -> bool:
        """Whether it stands in the store as a compressed manifest."""
        return self.box.uuid == ManifestKind.COMPRESSED.value

    @property
    def label(self) -> str:
        """Its unique name."""
        return self.box.label

    def url(self, *path: str) -> str:
        """The absolute JUMBF URI of a box in it, or of itself."""
        return uri.absolute(self.box.label, *path)

    @cached_property
    def claim_boxes(self) -> tuple[Superbox, ...]:
        """Its claim boxes; a sound manifest has one."""
        return tuple(box for box in self.content.superboxes if box.uuid == CLAIM)

    @cached_property
    def claim_content(self) -> bytes:
        """The claim as it was signed.

        Raises:
            Malformed: There is no claim, or it is not one CBOR box.
        """
        if not self.claim_boxes:
            raise Malformed("the manifest has no claim")
        return _only_cbor(self.claim_boxes[0])

    @cached_property
    def claim(self) -> Claim:
        """Its decoded claim.

        Raises:
            Malformed: There is none, or it is malformed.
        """
        content = self.claim_content
        name = self.claim_boxes[0].label
        version = _CLAIM_VERSIONS.get(name)
        if version is None:
            raise Malformed(f"a claim box labelled {name!r}")
        return claim.decode_box(content, version=version, values=self.values)

    @cached_property
    def signature_boxes(self) -> tuple[Superbox, ...]:
        """The boxes of its claim signature; a sound manifest has one."""
        return tuple(box for box in self.content.superboxes if box.uuid == SIGNATURE)

    @property
    def signature_box(self) -> Superbox | None:
        """The box of its claim signature, None if there is none.

        It is a child of the manifest itself (C2PA 2.5 §11.1.4.2): a box of that name anywhere
        below could be a decoy.
        """
        return next((box for box in self.signature_boxes if box.label == uri.SIGNATURE), None)

    @property
    def signature_content(self) -> bytes | None:
        """The COSE structure of its claim signature; None if there is none.

        Raises:
            Malformed: It is not one CBOR box.
        """
        return None if self.signature_box is None else _only_cbor(self.signature_box)

    @cached_property
    def assertions(self) -> dict[str, Assertion]:
        """The boxes of its assertion store by label, in order.

        Raises:
            Malformed: Two have the same label, or there are two assertion stores, or one under
                another name: which of them a URI means would be the reader's guess.
            LimitExceeded: There are too many.
        """
        stores = [box for box in self.content.superboxes if box.uuid == ASSERTION_STORE]
        if len(stores) > 1:
            raise Malformed("the manifest has more than one assertion store")
        if stores and stores[0].label != uri.ASSERTIONS:
            raise Malformed(f"an assertion store labelled {stores[0].label!r}")
        boxes = tuple(stores[0].superboxes) if stores else ()
        if len(boxes) > limits.ASSERTIONS:
            raise LimitExceeded(f"the manifest has more than {limits.ASSERTIONS} assertions")
        assertions = {box.label: Assertion(box, self.box.label, self.values) for box in boxes}
        if len(assertions) != len(boxes):
            raise Malformed("two assertions have the same label")
        return assertions

    @property
    def beside(self) -> Iterator[Superbox]:
        """The boxes with content that are neither claim nor signature, nor assertions.

        Data boxes and credentials (C2PA 2.2 §11.1.4.6), and boxes of others. They are signed only
        as far as an assertion refers to them by a hash, which is not looked at here.
        """
        waiting = [
            box
            for box in self.content.superboxes
            if box.uuid not in (ASSERTION_STORE, CLAIM, SIGNATURE)
        ]
        for box in waiting:  # grows while it is walked
            waiting += box.superboxes
            if any(True for _ in box.contents):
                yield box

    def named(self, name: str) -> tuple[Assertion, ...]:
        """The assertions of one kind, of any version, in order of the store."""
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> dict[str, tuple[Assertion, ...]]:
        groups: dict[str, list[Assertion]] = {}
        for item in self.assertions.values():
            groups.setdefault(item.parts.name, []).append(item)
        return {name: tuple(items) for name, items in groups.items()}

    def find(self, path: tuple[str, ...]) -> Superbox | None:
        """The box at a path of labels below this manifest; the first where labels repeat."""
        if not path:
            return self.box
        if len(path) == 2 and path[0] == uri.ASSERTIONS:  # the usual case, without a search
            assertion = self.assertions.get(path[1])
            return assertion.box if assertion else None
        return self._paths.get(path)

    @cached_property
    def _paths(self) -> dict[tuple[str, ...], Superbox]:
        paths: dict[tuple[str, ...], Superbox] = {}
        waiting: list[tuple[tuple[str, ...], Superbox]] = [((), self.content)]
        while waiting:
            path, box = waiting.pop()
            # The first of several boxes of one name, as readers that go from front to back find it.
            if path not in paths:
                paths[path] = box
                children = [((*path, child.label), child) for child in box.superboxes]
                waiting += reversed(children)
        return paths

    def resolve(self, url: str) -> Assertion | None:
        """The assertion of this manifest that a JUMBF URI points at."""
        target = uri.parse(url)
        if target is None or target.manifest not in (None, self.label):
            return None
        if len(target.path) != 2 or target.path[0] != uri.ASSERTIONS:
            return None
        return self.assertions.get(target.path[1])


@dataclass(frozen=True)
class Store:
    """A manifest store.

    Attributes:
        box: Its superbox.
        manifests: By label, oldest first.
    """

    box: Superbox = field(repr=False)
    manifests: dict[str, Manifest]

    @property
    def active(self) -> Manifest:
        """The active manifest: the last one (C2PA 2.5 §11.1.4.2)."""
        return next(reversed(self.manifests.values()))

    def find(self, url: str, *, base: str) -> Superbox | None:
        """The box that a JUMBF URI in the manifest `base` points at."""
        target = uri.parse(url)
        if target is None:
            return None
        manifest = self.manifests.get(base if target.manifest is None else target.manifest)
        return manifest.find(target.path) if manifest else None


def parse(data: bytes) -> Store:
    """A manifest store from its bytes.

    Claims, assertions and signatures are decoded when they are asked for; what is wrong in one
    manifest does not hide the others. An ISO media file may have a second box with the update
    manifests, a PDF one box in each update; they follow one another, and their manifests are one
    store. Of copies of a manifest, the one in the last box counts.

    Raises:
        Malformed: It is not a JUMBF store of C2PA, has no manifest, or two different ones with the
            same label, or padding in it or behind it is not zeros: it is under no hash.
        LimitExceeded: It holds too much.
    """
    room = _Room()
    first = box = _parse_box(data, 0, room)
    manifests = _manifests(first, room)
    boxes = 1
    # A box begins with its length; padding, with zeros.
    while any(data[box.end : box.end + 4]):
        # A million empty boxes would be a million small stores.
        boxes += 1
        if boxes > limits.MANIFESTS:
            raise LimitExceeded(f"the store has more than {limits.MANIFESTS} boxes")
        box = _parse_box(data, box.end, room)
        for name, manifest in _manifests(box, room).items():
            copy = manifests.pop(name, manifest)
            # An update of a PDF may repeat the history, so copies are usual; two versions of one
            # manifest are an attack.
            if copy.box.whole != manifest.box.whole:
                raise Malformed("two manifests have the same label", box.start)
            manifests[name] = manifest
    if any(memoryview(data)[box.end :]):
        raise Malformed("bytes follow the manifest store", box.end)
    if not manifests:
        raise Malformed("the manifest store has no manifest", first.start)
    if len(manifests) > limits.MANIFESTS:
        raise LimitExceeded(f"the store has more than {limits.MANIFESTS} manifests")
    return Store(first, manifests)


class _Room:
    """The budget of one store: boxes, bytes after decompression, decoded values."""

    __slots__ = ("boxes", "size", "values")

    def __init__(self) -> None:
        self.size = limits.DECOMPRESSED
        self.boxes = [limits.JUMBF_BOXES]
        self.values = ValueBudget()


def _manifests(box: Superbox, room: _Room) -> dict[str, Manifest]:
    _check_padding(box)
    boxes = [child for child in box.superboxes if child.uuid in _KINDS]
    if len(boxes) > limits.MANIFESTS:
        raise LimitExceeded(f"the store has more than {limits.MANIFESTS} manifests")
    manifests = {child.label: _open(child, room) for child in boxes}
    if len(manifests) != len(boxes):
        raise Malformed("two manifests have the same label", box.start)
    return manifests


def _check_padding(box: Superbox) -> None:
    """Raise Malformed if a `free` box holds something; within an assertion, a hash covers it."""
    for item in box.contents:
        length = item.end - item.body
        if item.type == b"free" and item.data.count(0, item.body, item.end) < length:
            raise Malformed("padding that holds something other than zeros", item.start)


def _open(box: Superbox, room: _Room) -> Manifest:
    if box.uuid != ManifestKind.COMPRESSED.value:
        for inner in (box, *box.superboxes):
            _check_padding(inner)
        return Manifest(box, _KINDS[box.uuid], box, values=room.values)
    try:
        content = _decompress(box, room)
    except Unreadable as error:
        # Every attempt may take all the room there is, and most of its time: one may fail.
        room.size = 0
        return Manifest(box, ManifestKind.COMPRESSED, box, str(error))
    return Manifest(box, _KINDS[content.uuid], content, values=room.values)


def _decompress(box: Superbox, room: _Room) -> Superbox:
    """The manifest in a compressed one (C2PA 2.5 §11.2.4)."""
    from aidisclose.codec import brotli  # few stores are compressed

    if box.only is None or box.only.type != b"brob":
        raise Malformed("a compressed manifest is not one brob box", box.start)
    data = brotli.decompress(box.only.content, most=room.size)
    # Of all manifests together: a thousand of them, each of which decompresses to 32 MiB, would be
    # 32 GiB.
    room.size -= len(data)
    content = jumbf.parse(data, budget=room.boxes)
    is_manifest = content.uuid in _KINDS and content.uuid != ManifestKind.COMPRESSED.value
    if not is_manifest or content.end != len(data) or not content.is_referable:
        raise Malformed("a compressed manifest holds something else", box.start)
    # References name the outer label, and the signature covers the inner one.
    if content.label != box.label:
        raise Malformed("a compressed manifest has another label inside", box.start)
    return content


def _parse_box(data: bytes, start: int, room: _Room) -> Superbox:
    box = jumbf.parse(data, start, budget=room.boxes)
    if box.uuid != STORE or box.label != "c2pa" or not box.is_referable:
        raise Malformed("the JUMBF box is not a C2PA manifest store", box.start)
    return box


def _only_cbor(box: Superbox) -> bytes:
    if box.only is None or box.only.type != b"cbor":
        raise Malformed(f"the box {box.label!r} is not one CBOR box", box.start)
    return box.only.content
