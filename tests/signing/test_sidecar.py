"""Signing with the manifest store in a file of its own."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import c2pa
import pytest

import aidisclose as ad
from aidisclose.containers import CONTAINERS, Container, sidecar
from tests.containers import samples
from tests.containers.samples import jpeg, png
from tests.issuing import Issued

GENERATED = ad.Disclosure(ai="generated")
EDITED = ad.Disclosure(ai="edited")


def sign(
    source: Path | bytes,
    output: Path | io.BytesIO | None,
    issued: Issued,
    *,
    disclosure: ad.Disclosure = GENERATED,
    **options: object,
) -> ad.SignedAsset:
    signer = issued("es256").signer()
    return ad.sign(source, output, disclosure=disclosure, signer=signer, **options)  # type: ignore[arg-type]


def verify(source: Path | bytes, issued: Issued, manifest: bytes | None = None) -> ad.Report:
    root = (issued("es256").folder / "root.pem").read_bytes()
    return ad.verify(source, trust=ad.TrustConfig.from_pem(root), manifest=manifest)


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda item: item.name)
def test_every_format_can_have_its_store_beside_it(container: Container, issued: Issued) -> None:
    data, other = (sample.data() for sample in itertools.islice(samples.of(container), 2))
    store = io.BytesIO()
    made = sign(data, None, issued, sidecar=store)
    assert (made.size, made.store) == (len(data), store.getvalue())
    assert made.carriers == ("c2pa",)
    assert verify(data, issued, store.getvalue()).state is ad.State.TRUSTED
    assert verify(other, issued, store.getvalue()).state is ad.State.INVALID


@pytest.mark.parametrize(
    ("data", "media_type"), [(jpeg(), "image/jpeg"), (png(), "image/png")], ids=("jpeg", "png")
)
def test_the_reference_trusts_it(data: bytes, media_type: str, issued: Issued) -> None:
    store = io.BytesIO()
    sign(data, None, issued, sidecar=store)
    root = (issued("es256").folder / "root.pem").read_text()
    context = c2pa.Context.from_dict({"version": 1, "trust": {"user_anchors": root}})
    stream = io.BytesIO(data)
    reader = c2pa.Reader(media_type, stream, manifest_data=store.getvalue(), context=context)
    assert json.loads(reader.json())["validation_state"] == "Trusted"


def test_the_source_stays_as_it_is(tmp_path: Path, issued: Issued) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"made up by a machine")
    before = path.stat()
    sign(path, None, issued, sidecar=sidecar.name(path))
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert path.read_bytes() == b"made up by a machine"
    report = verify(path, issued)
    assert report.state is ad.State.TRUSTED
    assert report.store is not None
    assert report.store.active.claim.title == "notes.txt"


def test_with_an_output_too_that_has_no_store(tmp_path: Path, issued: Issued) -> None:
    """What is embedded in the source becomes history; XMP is written all the same."""
    source, output = tmp_path / "source.jpg", tmp_path / "output.jpg"
    first = sign(jpeg(), source, issued)
    made = sign(source, output, issued, disclosure=EDITED, sidecar=sidecar.name(output))
    assert made.parent == first.label
    assert "xmp" in made.carriers
    assert b"DigitalSourceType" in output.read_bytes()
    assert b"\xff\xeb" not in output.read_bytes()
    report = verify(output, issued)
    assert report.state is ad.State.TRUSTED
    assert report.location == str(sidecar.name(output))


def test_a_source_with_a_store_in_it_needs_an_output(tmp_path: Path, issued: Issued) -> None:
    source = tmp_path / "source.jpg"
    sign(jpeg(), source, issued)
    with pytest.raises(ad.SigningError, match="give an output"):
        sign(source, None, issued, disclosure=EDITED, sidecar=tmp_path / "store.c2pa")
    assert not (tmp_path / "store.c2pa").exists()


@pytest.mark.parametrize("embed", [False, True])
def test_a_store_beside_the_source_becomes_history(
    tmp_path: Path, embed: bool, issued: Issued
) -> None:
    source, output = tmp_path / "picture.png", tmp_path / "signed.png"
    source.write_bytes(png())
    first = sign(source, None, issued, sidecar=tmp_path / "picture.c2pa")
    if embed:
        made = sign(source, output, issued, disclosure=EDITED)
    else:
        beside = sidecar.name(source)
        made = sign(source, None, issued, disclosure=EDITED, sidecar=beside)
    assert made.parent == first.label
    report = verify(output if embed else source, issued)
    assert report.state is ad.State.TRUSTED
    assert report.store is not None
    assert list(report.store.manifests) == [first.label, made.label]


@pytest.mark.parametrize("content", [None, b"nothing of use"])
def test_a_store_about_something_else_does_not(
    tmp_path: Path, content: bytes | None, issued: Issued
) -> None:
    """The file was made anew, or another one has such a name."""
    source = tmp_path / "picture.png"
    source.write_bytes(jpeg())
    sign(source, None, issued, sidecar=sidecar.name(source))
    if content is not None:
        sidecar.name(source).write_bytes(content)
    source.write_bytes(png())
    made = sign(source, None, issued, sidecar=sidecar.name(source), overwrite=True)
    assert made.parent is None
    assert verify(source, issued).state is ad.State.TRUSTED


def test_a_parent_may_have_its_store_beside_it(tmp_path: Path, issued: Issued) -> None:
    parent = tmp_path / "notes.txt"
    parent.write_bytes(b"a draft")
    first = sign(parent, None, issued, sidecar=sidecar.name(parent))
    made = sign(jpeg(), tmp_path / "x.jpg", issued, disclosure=EDITED, parent=parent)
    assert made.parent == first.label


def test_nothing_is_replaced_unless_asked(tmp_path: Path, issued: Issued) -> None:
    beside = tmp_path / "store.c2pa"
    beside.write_bytes(b"something")
    for output in (None, tmp_path / "output.jpg"):
        with pytest.raises(FileExistsError):
            sign(jpeg(), output, issued, sidecar=beside)
        assert output is None or not output.exists()
    assert beside.read_bytes() == b"something"
    sign(jpeg(), None, issued, sidecar=beside, overwrite=True)
    assert beside.read_bytes() != b"something"


@pytest.mark.parametrize("options", [{}, {"sidecar": io.BytesIO(), "xmp": True}])
def test_there_must_be_something_to_write(options: dict[str, object], issued: Issued) -> None:
    signer = issued("es256").signer()
    with pytest.raises(ValueError, match="give an output"):
        ad.sign(jpeg(), disclosure=GENERATED, signer=signer, **options)  # type: ignore[arg-type]


def test_a_store_itself_is_not_signed(issued: Issued) -> None:
    store = io.BytesIO()
    sign(jpeg(), None, issued, sidecar=store)
    with pytest.raises(ad.UnsupportedFormat):
        sign(store.getvalue(), None, issued, sidecar=io.BytesIO())


def test_a_store_beside_a_file_that_has_one(issued: Issued, tmp_path: Path) -> None:
    """The one in the file counts; what the other says against it is said."""
    file, beside = tmp_path / "a.png", tmp_path / "a.png.c2pa"
    none = ad.Disclosure(ai="none", source_type="digitalCapture")
    sign(png(), file, issued, disclosure=none, xmp=False)
    sign(png(), None, issued, sidecar=beside)
    report = verify(file, issued)
    assert report.state is ad.State.TRUSTED
    assert report.disclosure.contradictions == (
        "the manifest in the file says none, the one beside it (a.png.c2pa) generated",
    )
    beside.unlink()
    sign(png(), None, issued, sidecar=beside, disclosure=none, xmp=False)
    assert verify(file, issued).disclosure.contradictions == ()
    beside.write_bytes(b"not a store")
    assert verify(file, issued).disclosure.contradictions == ()
