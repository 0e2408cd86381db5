"""Manifest stores elsewhere: beside a file, named by the caller, referred to by XMP."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.containers import sidecar
from aidisclose.errors import Unreachable
from aidisclose.io import http
from aidisclose.io.http import Answer
from tests.containers.samples import VECTORS, jpeg, jpeg_segment
from tests.containers.samples_pdf import OBJECTS, TRAILER, catalog
from tests.containers.samples_pdf import pdf as make_pdf
from tests.issuing import Issued

CLOUD = VECTORS / "signed" / "cloud.jpg"
ADDRESS = "https://manifests.test/1?key=secret"


def sign(data: bytes, issued: Issued) -> bytes:
    """A manifest store about a file, in a file of its own."""
    store = io.BytesIO()
    disclosure = ad.Disclosure(ai="generated")
    ad.sign(data, sidecar=store, disclosure=disclosure, signer=issued("es256").signer())
    return store.getvalue()


def verify(source: Path | bytes, issued: Issued, **options: object) -> ad.Report:
    root = (issued("es256").folder / "root.pem").read_bytes()
    return ad.verify(source, trust=ad.TrustConfig.from_pem(root), **options)  # type: ignore[arg-type]


def referring(value: str) -> bytes:
    """A JPEG whose XMP says where it is from."""
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{value}"/></rdf:RDF>'
        "</x:xmpmeta>"
    )
    segment = jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())
    data = jpeg()
    return data[:2] + segment + data[2:]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What addresses give; others give nothing."""
    contents: dict[str, bytes] = {}

    def ask_public(url: str, *, media_type: str, timeout: float, limit: int) -> Answer:
        assert (media_type, limit) == ("application/c2pa", limits.REMOTE_STORE_SIZE)
        assert timeout == limits.REMOTE_STORE_TIME
        if url not in contents:
            raise Unreachable("its name is not known here")
        data = contents[url]
        return Answer(200 if data else 404, media_type, data)

    monkeypatch.setattr(http, "ask_public", ask_public)
    return contents


# --- Beside the file ----------------------------------------------------------------------------


@pytest.mark.parametrize("data", [jpeg(), make_pdf(), b"any file at all"])
def test_a_store_beside_a_file_is_about_it(tmp_path: Path, data: bytes, issued: Issued) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(data)
    sidecar.name(path).write_bytes(sign(data, issued))
    report = verify(path, issued)
    assert report.state is ad.State.TRUSTED
    assert report.location == str(sidecar.name(path))
    path.write_bytes(data + b"\0")
    report = verify(path, issued)
    assert report.state is ad.State.INVALID
    assert {status.code for status in report.failures} == {"assertion.dataHash.mismatch"}


def test_the_store_in_a_file_comes_before_the_one_beside_it(tmp_path: Path, issued: Issued) -> None:
    path = tmp_path / "picture.jpg"
    disclosure = ad.Disclosure(ai="generated")
    made = ad.sign(jpeg(), path, disclosure=disclosure, signer=issued("es256").signer())
    sidecar.name(path).write_bytes(b"nothing of use")
    report = verify(path, issued)
    assert report.state is ad.State.TRUSTED
    assert report.location is None
    assert report.store is not None
    assert report.store.active.label == made.label


def test_a_store_beside_a_file_may_contradict_the_one_in_it(tmp_path: Path, issued: Issued) -> None:
    path = tmp_path / "picture.jpg"
    signer = issued("es256").signer()
    ad.sign(jpeg(), path, disclosure=ad.Disclosure(ai="edited"), signer=signer)
    assert verify(path, issued).disclosure.contradictions == ()
    sidecar.name(path).write_bytes(sign(jpeg(), issued))
    report = verify(path, issued)
    assert (report.state, report.disclosure.ai) == (ad.State.TRUSTED, ad.AI.EDITED)
    assert [str(each) for each in report.disclosure.contradictions] == [
        "the manifest in the file says edited, the one beside it (picture.jpg.c2pa) generated"
    ]
    ad.sign(jpeg(), path, disclosure=ad.Disclosure(ai="generated"), signer=signer, overwrite=True)
    assert verify(path, issued).disclosure.contradictions == ()


@pytest.mark.parametrize("content", [b"", b"nothing of use", bytes(100)])
def test_what_is_no_store_is_not_read_as_one(
    tmp_path: Path, content: bytes, issued: Issued
) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(jpeg())
    sidecar.name(path).write_bytes(content)
    report = verify(path, issued)
    assert report.state is ad.State.INVALID
    assert {status.code for status in report.failures} == {"manifest.inaccessible.malformed"}


# --- Named by the caller ------------------------------------------------------------------------


def test_a_store_is_named_by_the_caller(tmp_path: Path, issued: Issued) -> None:
    store = sign(b"a file", issued)
    path = tmp_path / "store"
    path.write_bytes(store)
    assert verify(b"a file", issued, manifest=path).location == str(path)
    for manifest in (path, store, io.BytesIO(store)):
        assert verify(b"a file", issued, manifest=manifest).state is ad.State.TRUSTED
        assert verify(b"a life", issued, manifest=manifest).state is ad.State.INVALID
    with pytest.raises(FileNotFoundError):
        verify(b"a file", issued, manifest=tmp_path / "nothing")


def test_a_named_store_comes_before_all_others(tmp_path: Path, issued: Issued) -> None:
    data = jpeg()
    signed = io.BytesIO()
    disclosure = ad.Disclosure(ai="generated")
    ad.sign(data, signed, disclosure=disclosure, signer=issued("es256").signer())
    store = sign(data, issued)
    report = verify(signed.getvalue(), issued, manifest=store)
    assert {status.code for status in report.failures} == {"assertion.dataHash.mismatch"}
    assert report.location == ""


def test_an_excluded_range_needs_a_store_in_the_file(issued: Issued) -> None:
    """Else what replaces an embedded store would be under no hash."""
    signed = io.BytesIO()
    disclosure = ad.Disclosure(ai="generated")
    ad.sign(jpeg(), signed, disclosure=disclosure, signer=issued("es256").signer())
    data = signed.getvalue()
    store = ad.read_unverified(data)
    assert store is not None
    whole = bytes(store.box.whole)
    assert verify(data, issued, manifest=whole).state is ad.State.TRUSTED
    start = data.index(b"\xff\xeb")
    comment = b"\xff\xfe" + data[start + 2 : start + 4]
    replaced = data[:start] + comment + data[start + 4 :]
    assert verify(replaced, issued, manifest=whole).state is ad.State.INVALID


# --- Referred to by XMP -------------------------------------------------------------------------


def test_a_reference_is_not_followed_unless_asked(server: dict[str, bytes], issued: Issued) -> None:
    data = referring(ADDRESS.replace("&", "&amp;"))
    server[ADDRESS] = sign(data, issued)
    report = verify(data, issued)
    assert report.state is ad.State.NONE
    assert report.missing == ("manifest",)
    assert report.location == ADDRESS
    (status,) = report.failures
    assert (status.code, status.resource) == ("manifest.inaccessible", ADDRESS)
    with pytest.raises(ad.VerificationFailed, match=r"manifest\.inaccessible"):
        report.require(ad.State.VALID)
    report = verify(data, issued, online=True)
    assert report.state is ad.State.TRUSTED
    assert report.location == ADDRESS
    assert report.missing == verify(data, issued, manifest=server[ADDRESS]).missing


@pytest.mark.parametrize(
    ("content", "state", "code"),
    [
        (None, ad.State.NONE, "manifest.inaccessible"),
        (b"", ad.State.NONE, "manifest.inaccessible"),
        (b"<html>", ad.State.INVALID, "manifest.inaccessible.malformed"),
    ],
)
def test_what_is_not_there(
    server: dict[str, bytes], content: bytes | None, state: ad.State, code: str, issued: Issued
) -> None:
    if content is not None:
        server[ADDRESS] = content
    report = verify(referring(ADDRESS), issued, online=True)
    assert report.state is state
    (status,) = report.failures
    assert status.code == code
    assert "secret" not in status.explanation


def test_the_store_beside_a_file_serves_where_the_reference_does_not(
    tmp_path: Path, server: dict[str, bytes], issued: Issued
) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(referring(ADDRESS))
    sidecar.name(path).write_bytes(sign(path.read_bytes(), issued))
    for online in (False, True):
        report = verify(path, issued, online=online)
        assert (report.state, report.location) == (ad.State.TRUSTED, str(sidecar.name(path)))
    server[ADDRESS] = sidecar.name(path).read_bytes()
    assert verify(path, issued, online=True).location == ADDRESS


@pytest.mark.parametrize(
    "value",
    [
        "self#jumbf=c2pa/acme:urn:uuid:1/c2pa.claim",
        "found in an attic",
        "store.c2pa",
        "file:///x",
        "",
    ],
)
def test_other_statements_are_no_reference(
    server: dict[str, bytes], value: str, issued: Issued
) -> None:
    report = verify(referring(value), issued, online=True)
    assert report.state is ad.State.NONE
    assert report.failures == ()


def test_an_encrypted_store_is_told_from_a_broken_one(issued: Issued) -> None:
    specification = b"<</AFRelationship/C2PA_Manifest/EF<</F 11 0 R>>>>"
    files = {5: b"<<>>", 10: specification, 11: b"<</Length 3>>\nstream\nabc\nendstream"}
    objects = {**OBJECTS, **catalog(b"/AF[10 0 R]", files)}
    report = verify(make_pdf(objects, trailer=TRAILER + b"/Encrypt 5 0 R"), issued)
    assert {status.code for status in report.failures} == {"manifest.inaccessible.encrypted"}


# --- The file from the cloud --------------------------------------------------------------------

needs_vectors = pytest.mark.skipif(
    not CLOUD.exists(), reason="the test vectors are not beside the checkout"
)


@needs_vectors
def test_a_file_of_the_cloud_has_its_manifest_elsewhere() -> None:
    report = ad.verify(CLOUD, trust=ad.TrustConfig.none())
    assert report.state is ad.State.NONE
    assert {status.code for status in report.failures} == {"manifest.inaccessible"}


@needs_vectors
def test_with_its_manifest_a_file_of_the_cloud_is_valid(server: dict[str, bytes]) -> None:
    manifest = CLOUD.with_name("cloud_manifest.c2pa")
    trust = ad.TrustConfig.from_pem((VECTORS / "test-roots.pem").read_bytes())
    at = datetime(2022, 11, 1, tzinfo=UTC)  # before the certificate of an ingredient expired
    reports = [ad.verify(CLOUD, manifest=manifest, trust=trust, at=at)]
    address = ad.verify(CLOUD, trust=trust).location
    assert address is not None
    server[address] = manifest.read_bytes()
    reports.append(ad.verify(CLOUD, online=True, trust=trust, at=at))
    for report in reports:
        assert report.integrity == "intact"
        assert report.state is ad.State.VALID


# --- Reading without checking -------------------------------------------------------------------


def test_what_is_read_unverified(tmp_path: Path, issued: Issued) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"a file")
    with pytest.raises(ad.UnsupportedFormat):
        ad.read_unverified(path)
    store = sign(b"a file", issued)
    sidecar.name(path).write_bytes(store)
    found = [ad.read_unverified(source) for source in (path, sidecar.name(path), store)]
    assert len({item.active.label for item in found if item is not None}) == 1
    assert None not in found
    with pytest.raises(ad.UnsupportedFormat, match="name the file"):
        verify(sidecar.name(path), issued)
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(jpeg())
    assert ad.read_unverified(picture) is None
