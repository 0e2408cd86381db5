"""`aidisclose inspect`: shows, and does not judge."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from cryptography import x509

import aidisclose as ad
from aidisclose.codec import jumbf
from aidisclose.containers import Edits, identify
from aidisclose.io.source import BytesSource
from aidisclose.manifest import store
from tests.cli import running
from tests.cli.running import Run
from tests.issuing import Issued
from tests.render import media


@pytest.fixture
def signed(work: Path, issued: Issued) -> Path:
    path = work / "signed.png"
    disclosure = ad.Disclosure(ai="generated", model="SDXL")
    path.write_bytes(media.sign(media.picture(), issued("es256"), disclosure))
    return path


def embed(manifest_store: bytes) -> bytes:
    """A picture that carries this store."""
    source = BytesSource(media.picture())
    container = identify(source)
    edited = container.rewrite(source, container.scan(source), Edits(store=manifest_store))
    return edited.read_at(0, edited.size)


def with_assertions(*boxes: bytes) -> bytes:
    """A store with one manifest that nobody signed."""
    inner = jumbf.superbox(store.ASSERTION_STORE, "c2pa.assertions", list(boxes))
    manifest = jumbf.superbox(store.ManifestKind.STANDARD.value, "urn:c2pa:x", [inner])
    return jumbf.superbox(store.STORE, "c2pa", [manifest])


def thumbnail(label: str, media_type: str, name: str, content: bytes) -> bytes:
    description = b"\1" + media_type.encode() + b"\0" + name.encode() + b"\0"
    boxes = [jumbf.box(b"bfdb", description), jumbf.box(b"bidb", content)]
    return jumbf.superbox(store.EMBEDDED_FILE, label, boxes)


def test_a_valid_file(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("inspect", signed)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{signed}  image/png\n  state       trusted (test root)\n")
    assert "c2pa.created · trainedAlgorithmicMedia" in done.out


def test_an_invalid_file_is_shown_all_the_same(aidisclose: Run, signed: Path) -> None:
    signed.write_bytes(media.flip(signed.read_bytes()))
    done = aidisclose("inspect", signed)
    assert (done.code, done.err) == (0, "")
    assert "state       invalid" in done.out


def test_a_file_without_credentials(aidisclose: Run) -> None:
    done = aidisclose("inspect", "picture.png")
    assert done.code == 1
    assert done.out.startswith("picture.png  image/png\n  state       none\n")
    assert done.err == (
        "aidisclose: picture.png: no Content Credentials; this does not mean that no AI was used\n"
    )


@pytest.mark.parametrize("name", ["missing.png", "notes.txt"])
def test_a_file_that_cannot_be_read(aidisclose: Run, work: Path, name: str) -> None:
    (work / "notes.txt").write_text("hello")
    done = aidisclose("inspect", name)
    assert (done.code, done.out, done.err.count("\n")) == (4, "", 1)
    assert done.err.startswith(f"aidisclose: {name}: ")


def test_json(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("inspect", signed, "--format", "json")
    assert done.code == 0
    assert done.json["result"]["state"] == "trusted"
    assert done.json["manifests"][0]["assertions"][0]["label"] == "c2pa.actions.v2"


def test_standard_input(work: Path, home: Path, signed: Path) -> None:
    done = running.program("inspect", "-", home=home, cwd=work, stdin=signed.read_bytes())
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("-  image/png\n")


def test_the_raw_store(aidisclose: Run, work: Path, signed: Path) -> None:
    done = aidisclose("inspect", signed, "--store", "out.c2pa")
    assert (done.code, done.err) == (0, "aidisclose: wrote: out.c2pa\n")
    found = ad.read_unverified(io.BytesIO(signed.read_bytes()))
    assert found is not None
    assert (work / "out.c2pa").read_bytes() == bytes(found.box.whole)
    again = aidisclose("inspect", signed, "--store", "out.c2pa")
    assert again == (2, "", "aidisclose: out.c2pa: it exists already; --force replaces it\n")
    assert aidisclose("inspect", signed, "--store", "out.c2pa", "--force").code == 0


def test_the_raw_store_of_what_cannot_be_understood(aidisclose: Run, work: Path) -> None:
    broken = jumbf.superbox(store.STORE, "c2pa", [jumbf.box(b"free", b"?" * 90)])
    (work / "broken.png").write_bytes(embed(broken))
    done = aidisclose("inspect", "broken.png", "--store", "out.c2pa")
    assert done.code == 0
    assert (work / "out.c2pa").read_bytes() == broken
    assert "the manifest store cannot be read" in done.out


def test_thumbnails_get_names_of_ours(aidisclose: Run, work: Path) -> None:
    hostile = "../../../tmp/evil"
    boxes = (
        thumbnail(f"c2pa.thumbnail.claim.{hostile}", "image/jpeg", hostile, b"one"),
        thumbnail("c2pa.thumbnail.ingredient", f"image/../{hostile}", hostile, b"two"),
        thumbnail("org.other", "image/png", "other.png", b"three"),
    )
    (work / "hostile.png").write_bytes(embed(with_assertions(*boxes)))
    done = aidisclose("inspect", "hostile.png", "--extract", "thumbs")
    assert done.code == 0
    written = {path.name: path.read_bytes() for path in (work / "thumbs").iterdir()}
    assert written == {"thumbnail-1.jpg": b"one", "thumbnail-2.bin": b"two"}
    assert sorted(each.name for each in work.iterdir()) == ["hostile.png", "picture.png", "thumbs"]
    again = aidisclose("inspect", "hostile.png", "--extract", "thumbs")
    assert (again.code, again.out) == (2, "")


def test_certificates_are_written_as_they_came(
    aidisclose: Run, signed: Path, work: Path, issued: Issued
) -> None:
    done = aidisclose("inspect", signed, "--certs", "found.pem")
    assert (done.code, done.err) == (0, "aidisclose: wrote: found.pem\n")
    found = x509.load_pem_x509_certificates((work / "found.pem").read_bytes())
    assert found == x509.load_pem_x509_certificates(
        (issued("es256").folder / "chain.pem").read_bytes()
    )
    assert aidisclose("inspect", signed, "--certs", "found.pem").code == 2
    assert aidisclose("inspect", signed, "--certs", "found.pem", "--force").code == 0


def test_certificates_that_cannot_be_read_are_not_written(aidisclose: Run, work: Path) -> None:
    (work / "bare.png").write_bytes(embed(with_assertions()))
    done = aidisclose("inspect", "bare.png", "--certs", "found.pem")
    assert done.code != 0
    assert "found.pem: not written: no certificate can be read" in done.err
    assert not (work / "found.pem").exists()


def test_certificates_are_of_one_file(aidisclose: Run, signed: Path) -> None:
    done = aidisclose("inspect", signed, signed, "--certs", "found.pem")
    assert done.code == 2
    assert "--certs is about one file" in done.err


@pytest.mark.parametrize("depth", ["-1", "21", "deep"])
def test_depth_is_a_number_of_generations(depth: str, aidisclose: Run, signed: Path) -> None:
    assert aidisclose("inspect", signed, "--depth", depth).code == 2
    assert aidisclose("inspect", signed, "--depth", "0").code == 0


def test_that_there_is_no_thumbnail_is_said(aidisclose: Run, work: Path) -> None:
    done = aidisclose("inspect", "picture.png", "--extract", "thumbs")
    assert "aidisclose: picture.png: no thumbnails in the credentials\n" in done.err
    assert not (work / "thumbs").exists()
