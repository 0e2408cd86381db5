"""A new manifest store, drafted at its final size before the asset is hashed and signed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Final

from aidisclose import sha2
from aidisclose.codec import cbor, jumbf
from aidisclose.frozen import dataclass, field
from aidisclose.manifest import store, uri
from aidisclose.manifest.store import Manifest, ManifestKind
from aidisclose.manifest.uri import HashedURI

_ALG: Final = "sha256"
#: 16 or 32 random bytes (C2PA 2.2 §8.4.2.3): without them, whoever guesses the content of an
#: assertion that was redacted could prove it by its hash.
_SALT_SIZE: Final = 16
_CLAIM: Final = "c2pa.claim.v2"


@dataclass(frozen=True)
class NewAssertion:
    """An assertion to be written.

    Attributes:
        label: With its instance number.
        box: Encoded superbox.
        created: Whether the signer vouches for it, or passes it on from others.
    """

    label: str
    box: bytes = field(repr=False)
    created: bool = True

    @cached_property
    def reference(self) -> HashedURI:
        """The reference to it from the same manifest."""
        return HashedURI(uri.relative(uri.ASSERTIONS, self.label), _hash_superbox(self.box))


def _hash_superbox(encoded: bytes) -> bytes:
    # A superbox of 4 GiB, with a longer header, exceeds every limit on stores. C2PA 2.2 §8.4.2.3:
    # from the description box on, without the header of the superbox.
    return sha2.digest(_ALG, memoryview(encoded)[8:])


def cbor_assertion(label: str, content: object, *, created: bool = True) -> NewAssertion:
    """An assertion with CBOR content; `content` may be CBOR that is encoded already."""
    encoded = content if isinstance(content, bytes) else cbor.encode(content)
    salt = os.urandom(_SALT_SIZE)
    box = jumbf.superbox(store.CBOR, label, [jumbf.box(b"cbor", encoded)], salt=salt)
    return NewAssertion(label, box, created)


def json_assertion(label: str, content: bytes, *, created: bool = True) -> NewAssertion:
    """An assertion with JSON text."""
    salt = os.urandom(_SALT_SIZE)
    box = jumbf.superbox(store.JSON, label, [jumbf.box(b"json", content)], salt=salt)
    return NewAssertion(label, box, created)


def file_assertion(
    label: str, content: bytes, *, media_type: str, created: bool = True
) -> NewAssertion:
    """An assertion with an embedded file, such as a thumbnail."""
    salt = os.urandom(_SALT_SIZE)
    # Toggles of 0: no file name follows, and the file is in this store (ISO/IEC 19566-5 Annex B).
    description = jumbf.box(b"bfdb", b"\0" + media_type.encode() + b"\0")
    boxes = [description, jumbf.box(b"bidb", content)]
    box = jumbf.superbox(store.EMBEDDED_FILE, label, boxes, salt=salt)
    return NewAssertion(label, box, created)


@dataclass(frozen=True, kw_only=True)
class LateAssertion:
    """An assertion about others, which is written when all of them are known.

    Attributes:
        label: With its instance number.
        size: Bytes of its content.
        write: The CBOR content, given the others with the hard binding; called once.
        salt: Of its box, so that the store can be assembled twice.
    """

    label: str
    size: int
    write: Callable[[Sequence[NewAssertion]], bytes]
    salt: bytes = field(default_factory=lambda: os.urandom(_SALT_SIZE), repr=False)

    def box(self, content: bytes) -> NewAssertion:
        """The assertion with this content; its signer is another than that of the claim.

        Raises:
            ValueError: The content has another size than `size`.
        """
        if len(content) != self.size:
            raise ValueError(f"{self.label} has not the drafted size")
        made = jumbf.superbox(store.CBOR, self.label, [jumbf.box(b"cbor", content)], salt=self.salt)
        return NewAssertion(self.label, made, created=False)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A store whose newest manifest lacks only its hard binding and its signatures.

    Attributes:
        label: Of the new manifest.
        claim: Fields of the claim but for `signature` and the lists of assertions.
        assertions: All but the hard binding and those about others.
        binding: Label of the hard binding; empty for an update manifest, which has none.
        binding_size: Bytes of its content.
        signature_size: Bytes of the COSE signature.
        late: Assertions about others.
        previous: Encoded manifests that come before, oldest first.
        salt: Of the hard binding, so that the store can be assembled twice.
    """

    label: str
    claim: dict[str, object]
    assertions: tuple[NewAssertion, ...]
    binding: str
    binding_size: int
    signature_size: int
    late: tuple[LateAssertion, ...] = ()
    previous: tuple[bytes, ...] = field(default=(), repr=False)
    salt: bytes = field(default_factory=lambda: os.urandom(_SALT_SIZE), repr=False)

    @property
    def kind(self) -> ManifestKind:
        """The type of the new manifest, before it is compressed."""
        return ManifestKind.STANDARD if self.binding else ManifestKind.UPDATE

    def placeholder(self) -> bytes:
        """A store of the final size, with zeros for the hard binding and the signatures."""
        zeros = bytes(self.binding_size)
        return self.assemble(zeros, lambda _: bytes(self.signature_size), blank=bytes)

    def assemble(
        self,
        binding: bytes,
        sign: Callable[[bytes], bytes],
        *,
        blank: Callable[[int], bytes] | None = None,
    ) -> bytes:
        """The store.

        Arguments:
            binding: Content of the hard binding, `binding_size` bytes.
            sign: Makes the COSE signature, of `signature_size` bytes, over the encoded claim.
            blank: Makes as many bytes for the content of each assertion about others, which is
                written without.
        """
        manifest = self.manifest(binding, sign, blank=blank)
        return jumbf.superbox(store.STORE, "c2pa", [*self.previous, manifest])

    def manifest(
        self,
        binding: bytes,
        sign: Callable[[bytes], bytes],
        *,
        blank: Callable[[int], bytes] | None = None,
    ) -> bytes:
        """The new manifest alone; see `assemble`."""
        others = self.bound(binding)
        late = (each.box(blank(each.size) if blank else each.write(others)) for each in self.late)
        assertions = (*others, *late)
        claim = self._claim(assertions)
        signature = sign(claim)
        if len(signature) != self.signature_size:
            raise ValueError("the signature has not the drafted size")
        boxes = [
            jumbf.superbox(
                store.ASSERTION_STORE, uri.ASSERTIONS, [item.box for item in assertions]
            ),
            jumbf.superbox(store.CLAIM, _CLAIM, [jumbf.box(b"cbor", claim)]),
            jumbf.superbox(store.SIGNATURE, uri.SIGNATURE, [jumbf.box(b"cbor", signature)]),
        ]
        return jumbf.superbox(self.kind.value, self.label, boxes)

    def bound(self, binding: bytes) -> tuple[NewAssertion, ...]:
        """All assertions with this hard binding, if there is one, but those about others.

        Raises:
            ValueError: It has another size than `binding_size`.
        """
        if len(binding) != self.binding_size:
            raise ValueError("the hard binding has not the drafted size")
        if not self.binding:
            return self.assertions
        content = jumbf.box(b"cbor", binding)
        box = jumbf.superbox(store.CBOR, self.binding, [content], salt=self.salt)
        return (*self.assertions, NewAssertion(self.binding, box))

    def _claim(self, assertions: Iterable[NewAssertion]) -> bytes:
        created = [item.reference.encode() for item in assertions if item.created]
        gathered = [item.reference.encode() for item in assertions if not item.created]
        fields: dict[str, object] = {
            "instanceID": self.claim["instanceID"],
            "claim_generator_info": self.claim["claim_generator_info"],
            "signature": uri.absolute(self.label, uri.SIGNATURE),
            "created_assertions": created,
        }
        if gathered:
            fields["gathered_assertions"] = gathered
        rest = {name: value for name, value in self.claim.items() if name not in fields}
        return cbor.encode(fields | rest | {"alg": _ALG})


def reference_to(manifest: Manifest, *path: str) -> HashedURI:
    """An absolute reference to a manifest, or to a box in it.

    Raises:
        KeyError: There is no such box.
    """
    box = manifest.find(path)
    if box is None:
        raise KeyError("/".join(path))
    digest = sha2.digest(_ALG, box.payload)
    return HashedURI(manifest.url(*path), digest, _ALG)
