"""Bindings of the reference and of real files, both ways."""

from __future__ import annotations

import ctypes
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aidisclose
from aidisclose.bindings import bmff_hash
from aidisclose.signing.credentials import Credentials
from aidisclose.validate.report import Report
from tests.bindings.build import BOXES, asset, flip
from tests.containers.samples import VECTORS, jpeg, mpf_jpeg, png
from tests.containers.samples_bmff import box, fragments, movie
from tests.containers.samples_images import gif, jxl
from tests.issuing import Issued

c2pa = pytest.importorskip("c2pa")

ISO_MEDIA = {
    "video1_no_manifest.mp4": "video/mp4",
    "c.mov": "video/quicktime",
    "sample1.m4a": "audio/mp4",
    "sample1.avif": "image/avif",
    "sample1.heic": "image/heic",
    "sample1.heif": "image/heif",
}
PICTURES = {
    "earth_apollo17.jpg": "image/jpeg",
    "P1000827.jpg": "image/jpeg",
    "libpng-test.png": "image/png",
    "sample1.png": "image/png",
    "sample1.gif": "image/gif",
    "sample1.jxl": "image/jxl",
}
LEAF_KIB = 64
PLAIN: dict[str, object] = {}
PROOFS: dict[str, object] = {"core": {"merkle_tree_chunk_size_in_kb": LEAF_KIB}}
LEAVES: dict[str, object] = {
    "core": {"merkle_tree_chunk_size_in_kb": LEAF_KIB, "merkle_tree_max_proofs": 0}
}

needs_files = pytest.mark.skipif(not VECTORS.exists(), reason="no real files next to the checkout")


class Reference:
    """The reference, with test credentials that both sides trust."""

    def __init__(self, credentials: Credentials) -> None:
        read = {item.name: item.read_bytes() for item in credentials.folder.glob("*.pem")}
        self._info = c2pa.C2paSignerInfo(b"es256", read["chain.pem"], read["key.pem"], None)
        self._root = read["root.pem"].decode()
        self.trust = aidisclose.TrustConfig.from_pem(read["root.pem"])
        self.signer = credentials.signer()

    def _context(self, settings: dict[str, object], signer: object = None) -> Any:
        trust = {"version": 1, "trust": {"user_anchors": self._root}}
        return c2pa.Context(c2pa.Settings.from_dict(trust | settings), signer)

    def sign(
        self, data: bytes, media_type: str, settings: dict[str, object], *, update: bool = False
    ) -> bytes:
        signed = io.BytesIO()
        with c2pa.Builder(_definition(data), self._context(settings)) as builder:
            if asset(data).layout.stores:
                intents = c2pa.C2paBuilderIntent
                builder.set_intent(intents.UPDATE if update else intents.EDIT)
            signer = c2pa.Signer.from_info(self._info)
            builder.sign(signer, media_type, io.BytesIO(data), signed)
        return signed.getvalue()

    def frame(self, data: bytes, media_type: str) -> bytes:
        """What to embed in a file so that it is bound by a box hash.

        The Python package does not offer this, but the library below it does.
        """
        library = c2pa.c2pa._lib
        options = {"prefer_box_hash": True, "thumbnail": {"enabled": False}}
        context = self._context({"builder": options}, c2pa.Signer.from_info(self._info))
        builder = c2pa.Builder(_definition(data), context)
        stream = c2pa.Stream(io.BytesIO(data))
        handle = ctypes.cast(builder._handle, ctypes.c_void_p)
        hash_file, embed = (
            library.c2pa_builder_update_hash_from_stream,
            library.c2pa_builder_sign_embeddable,
        )
        hash_file.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        embed.restype = ctypes.c_int64
        name, found = media_type.encode(), ctypes.POINTER(ctypes.c_ubyte)()
        assert hash_file(handle, name, ctypes.cast(stream._stream, ctypes.c_void_p)) >= 0
        length = embed(handle, name, ctypes.byref(found))
        assert length > 0
        return bytes(found[:length])

    def read(self, data: bytes, media_type: str) -> tuple[str, list[str]]:
        """Its verdict, and what it says about the binding."""
        reader = c2pa.Reader(media_type, io.BytesIO(data), context=self._context({}))
        found = json.loads(reader.json())
        statuses = found["validation_results"]["activeManifest"].values()
        codes = [item["code"] for kind in statuses for item in kind]
        return found["validation_state"], [code for code in codes if "Hash." in code]


def _definition(data: bytes) -> str:
    definition: dict[str, object] = {"claim_generator_info": [{"name": "test", "version": "1"}]}
    if not asset(data).layout.stores:
        source_type = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"
        actions = [{"action": "c2pa.created", "digitalSourceType": source_type}]
        definition["assertions"] = [{"label": "c2pa.actions", "data": {"actions": actions}}]
    return json.dumps(definition)


@pytest.fixture(scope="module")
def reference(issued: Issued) -> Reference:
    return Reference(issued("es256"))


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files get a Merkle tree as well."""
    monkeypatch.setattr(bmff_hash, "_LARGE", 0)
    monkeypatch.setattr(bmff_hash, "_SMALLEST_LEAF", LEAF_KIB << 10)


def real(name: str, folder: str = "unsigned") -> bytes:
    path = VECTORS / folder / name
    if not path.exists():
        pytest.skip("no real files next to the checkout")
    return path.read_bytes()


def sign(reference: Reference, data: bytes, **options: Any) -> bytes:
    signed = io.BytesIO()
    disclosure = aidisclose.Disclosure(ai="generated")
    aidisclose.sign(data, signed, disclosure=disclosure, signer=reference.signer, **options)
    return signed.getvalue()


def codes(report: Report) -> list[str]:
    assert report.validation is not None
    return [status.code for status in report.validation.active.statuses if "Hash." in status.code]


MATCH, ADDITIONAL = "assertion.bmffHash.match", "assertion.bmffHash.additionalExclusionsPresent"


@pytest.mark.parametrize("settings", [PLAIN, PROOFS, LEAVES], ids=["plain", "proofs", "leaves"])
@pytest.mark.parametrize("name", ISO_MEDIA)
def test_iso_media_that_the_reference_signed(
    name: str, settings: dict[str, object], reference: Reference
) -> None:
    data = reference.sign(real(name), ISO_MEDIA[name], settings)
    report = aidisclose.verify(data, trust=reference.trust)
    assert report.state is aidisclose.State.TRUSTED
    assert MATCH in codes(report)
    changed = aidisclose.verify(flip(data, len(data) * 2 // 3), trust=reference.trust)
    assert codes(changed)[-1] == "assertion.bmffHash.mismatch"


@pytest.mark.parametrize("spec", ["2.4", "2.5"])
@pytest.mark.parametrize("name", ISO_MEDIA)
def test_iso_media_that_we_signed(name: str, spec: str, reference: Reference) -> None:
    """Nothing but what must be left out is; 2.5 has `ftyp` hashed as well."""
    data = sign(reference, real(name), spec=spec)
    assert codes(aidisclose.verify(data, trust=reference.trust)) == [MATCH]
    assert reference.read(data, ISO_MEDIA[name]) == ("Trusted", [MATCH])


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("name", ISO_MEDIA)
def test_iso_media_that_we_signed_with_a_tree(name: str, reference: Reference) -> None:
    """The reference counts even the exclusion that a tree demands as additional.

    In pictures, XMP would be a second `mdat`, and a tree is made for the only one.
    """
    data = sign(reference, real(name), xmp=False)
    assert codes(aidisclose.verify(data, trust=reference.trust)) == [MATCH]
    state, found = reference.read(data, ISO_MEDIA[name])
    assert (state, sorted(found)) == ("Trusted", [ADDITIONAL, MATCH])


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    "make", [lambda: movie(large=True), lambda: movie() + box("mdat", b"more" * 99), fragments]
)
def test_other_structures_that_we_signed(make: Callable[[], bytes], reference: Reference) -> None:
    """A tree only where there is one box of media: of several, the reference mixes them up."""
    data = sign(reference, make())
    assert codes(aidisclose.verify(data, trust=reference.trust)) == [MATCH]
    for _ in range(5):
        state, found = reference.read(data, "video/mp4")
        assert state == "Trusted"
        assert MATCH in found


@pytest.mark.parametrize("settings", [PLAIN, PROOFS], ids=["plain", "proofs"])
@pytest.mark.parametrize("update", [False, True], ids=["standard", "update"])
def test_iso_media_that_the_reference_signed_twice(
    settings: dict[str, object], update: bool, reference: Reference
) -> None:
    """It leaves proofs for the first manifest behind, which nothing protects."""
    first = reference.sign(real("video1_no_manifest.mp4"), "video/mp4", PROOFS)
    data = reference.sign(first, "video/mp4", settings, update=update)
    report = aidisclose.verify(data, trust=reference.trust)
    assert report.state is aidisclose.State.TRUSTED
    assert sorted(codes(report)) == [ADDITIONAL, MATCH]


def test_several_boxes_of_media_that_the_reference_signed(reference: Reference) -> None:
    """Whatever it thinks of its own work."""
    more = box("mdat", bytes(range(256)) * 500)
    for data in (movie() + more, movie() + more + box("mdat"), movie() + box("mdat", bytes(9))):
        for settings in (PROOFS, LEAVES):
            signed = reference.sign(data, "video/mp4", settings)
            report = aidisclose.verify(signed, trust=reference.trust)
            assert report.state is aidisclose.State.TRUSTED
            assert MATCH in codes(report)


@needs_files
@pytest.mark.parametrize("name", ["video1.mp4", "legacy.mp4"])
def test_real_files_with_bindings_of_old_versions(name: str) -> None:
    report = aidisclose.verify(real(name, "signed"), trust=aidisclose.TrustConfig.none())
    assert sorted(codes(report)) == [ADDITIONAL, MATCH]
    data = real(name, "signed")
    changed = aidisclose.verify(flip(data, len(data) - 9), trust=aidisclose.TrustConfig.none())
    assert sorted(codes(changed)) == [ADDITIONAL, "assertion.bmffHash.mismatch"]


@needs_files
def test_a_real_fragment() -> None:
    init, fragment = (VECTORS / "signed" / name for name in ("dashinit.mp4", "dash1.m4s"))
    none = aidisclose.TrustConfig.none()
    assert codes(aidisclose.verify(init, trust=none)) == ["assertion.bmffHash.mismatch"]
    # Its mfra box says where fragments begin that are not in this file: nobody vouches for it.
    found = codes(aidisclose.verify(init, trust=none, fragments=[fragment]))
    assert sorted(found) == [ADDITIONAL, MATCH]
    changed = flip(fragment.read_bytes(), 5000)
    found = codes(aidisclose.verify(init, trust=none, fragments=[changed]))
    assert found == ["assertion.bmffHash.mismatch"]


def embedded(data: bytes, frame: bytes) -> bytes:
    """The file with a frame of the reference where that puts it."""
    first, second, *_ = asset(data).layout.blocks
    place = second.end if data[:1] != b"\xff" or second.name == "APP0" else first.end
    return data[:place] + frame + data[place:]


CODED = [
    pytest.param(lambda name=name: real(name), media_type, id=name)
    for name, media_type in PICTURES.items()
]
MADE = [
    pytest.param(jpeg, "image/jpeg", id="jpeg"),
    pytest.param(lambda: jpeg(restart_marker_blocks=2), "image/jpeg", id="restarts"),
    pytest.param(lambda: jpeg(progressive=True), "image/jpeg", id="progressive"),
    pytest.param(png, "image/png", id="png"),
    pytest.param(gif, "image/gif", id="gif"),
    pytest.param(jxl, "image/jxl", id="jxl"),
]


@pytest.mark.parametrize(("make", "media_type"), CODED + MADE)
def test_pictures_that_the_reference_bound_by_boxes(
    make: Callable[[], bytes], media_type: str, reference: Reference
) -> None:
    original = make()
    data = embedded(original, reference.frame(original, media_type))
    report = aidisclose.verify(data, trust=reference.trust)
    assert codes(report) == ["assertion.boxesHash.match"]
    assert report.state is aidisclose.State.TRUSTED


#: The reference lists its own store among the boxes of the second image.
OURS = [*CODED, *MADE, pytest.param(mpf_jpeg, "image/jpeg", id="mpf")]


@pytest.mark.parametrize(("make", "media_type"), OURS)
def test_pictures_that_we_bound_by_boxes(
    make: Callable[[], bytes], media_type: str, reference: Reference
) -> None:
    data = sign(reference, make(), binding=BOXES)
    report = aidisclose.verify(data, trust=reference.trust)
    assert codes(report) == ["assertion.boxesHash.match"]
    assert reference.read(data, media_type) == ("Trusted", ["assertion.boxesHash.match"])


def test_a_real_file_of_the_name_boxhash() -> None:
    """It is bound by a data hash, whatever it is called."""
    report = aidisclose.verify(real("boxhash.jpg", "signed"), trust=aidisclose.TrustConfig.none())
    assert codes(report) == ["assertion.dataHash.match"]


def test_paths_are_taken_as_fragments(tmp_path: Path) -> None:
    fragment = tmp_path / "1.m4s"
    fragment.write_bytes(real("dash1.m4s", "signed"))
    report = aidisclose.verify(
        real("dashinit.mp4", "signed"), trust=aidisclose.TrustConfig.none(), fragments=[fragment]
    )
    assert sorted(codes(report)) == [ADDITIONAL, MATCH]
