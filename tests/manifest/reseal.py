"""Signing a store again after some of its bytes were replaced: valid, and not what was drafted.

A test that wants a *valid* manifest which breaks a rule needs this. Replacing bytes alone makes
the manifest invalid, and then nothing that it says is believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from aidisclose.codec import cose
from aidisclose.containers import Edits, identify, read_store
from aidisclose.io.source import BytesSource
from aidisclose.manifest import store

#: Makes the bare signature of a COSE structure, as long as the one before.
Sign = Callable[[bytes], bytes]


def reseal(original: bytes, changed: bytes, sign: Sign) -> bytes:
    """A store in which all hashes and signatures fit again.

    Arguments:
        original: The store as it was sound.
        changed: The same with other bytes of the same number.
        sign: Signs in place of whoever signed before.
    """
    assert len(original) == len(changed)
    data = bytearray(changed)
    renewed: dict[bytes, bytes] = {}

    def digest(content: bytes | bytearray | memoryview) -> bytes:
        return hashlib.sha256(content).digest()

    for manifest in store.parse(original).manifests.values():
        start, end = manifest.box.start, manifest.box.end
        for assertion in manifest.assertions.values():
            at = slice(assertion.box.body, assertion.box.end)
            data[at] = _replaced(bytes(data[at]), renewed)
            renewed[digest(original[at])] = digest(data[at])
        data[start:end] = _replaced(bytes(data[start:end]), renewed)
        claim = manifest.claim_boxes[0].only
        box = manifest.signature_box
        assert claim is not None
        assert box is not None
        sign1 = cose.parse(bytes(manifest.signature_content or b""))
        signed = cose.sig_structure(sign1.protected, bytes(data[claim.body : claim.end]))
        fresh = sign(signed)
        assert len(fresh) == len(sign1.signature)
        at = slice(box.body, box.end)
        data[at] = bytes(data[at]).replace(sign1.signature, fresh)
        renewed[digest(original[at])] = digest(data[at])
        body = slice(manifest.box.body, end)
        renewed[digest(original[body])] = digest(data[body])
    return bytes(data)


def _replaced(data: bytes, renewed: dict[bytes, bytes]) -> bytes:
    for old, new in renewed.items():
        data = data.replace(old, new)
    return data


def patch(file: bytes, old: bytes, new: bytes, sign: Sign) -> bytes:
    """A file whose manifest store has other bytes, signed again."""
    source = BytesSource(file)
    container = identify(source)
    layout = container.scan(source)
    original = bytes(read_store(source, layout.stores[0]))
    assert old in original
    changed = reseal(original, original.replace(old, new), sign)
    splice = container.rewrite(source, layout, Edits(store=changed))
    return bytes(splice.read_at(0, splice.size))
