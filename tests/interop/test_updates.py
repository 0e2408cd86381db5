"""Update manifests both ways: ours on the reference's files, its own on ours."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

import aidisclose as ad
from aidisclose.containers import CONTAINERS, Container
from aidisclose.manifest.store import ManifestKind
from aidisclose.signing import tsa
from aidisclose.signing.credentials import ROOT, Credentials
from tests.containers import samples
from tests.containers.samples import Sample
from tests.interop import reference, second
from tests.interop.test_both_ways import NOT_READ, NOT_WRITTEN, SIZE
from tests.issuing import Issued
from tests.servers import Reply, Request, serve
from tests.signing import test_tsa as authorities
from tests.trust import pki
from tests.trust.pki import Entity

Json = dict[str, Any]

META: Final = {
    "@context": {"dc": "http://purl.org/dc/elements/1.1/"},
    "dc:creator": ["A. Writer"],
}
ROOM: Final = 20_000

#: Formats whose updates the reference cannot write: it leaves no room for them, and signs the size
#: of the store or lets it move.
NOT_UPDATED_THERE: Final = {"WAV", "WebP", "AVI", "FLAC", "MP3", "TIFF"}
#: Files of ours that it cannot update, since it writes again what is around the store.
OURS_NOT_UPDATED_THERE: Final = {"SVG"}
#: Samples that it does not read, whoever signed them.
NOT_READ_THERE: Final = {"QuickTime"}
#: What the second verifier finds altered: it takes the length of the JUMBF box, without the room
#: behind it, for the current length of the store (against C2PA 2.5 §14.12.1: "plus any file format
#: specific extras"); of SVG, it finds files without updates altered too.
NOT_TRUSTED_BY_SECOND: Final = {"WAV", "WebP", "AVI", "PDF", "ZIP", "SVG"}


def first(container: Container) -> Sample:
    return next(item for item in samples.of(container) if len(item.data()) < SIZE)


def cases(without: set[str]) -> list[Any]:
    left = [item for item in CONTAINERS if item.name not in without]
    return [pytest.param(item, id=item.name) for item in left]


def trust(made: Credentials) -> ad.TrustConfig:
    return ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())


def sign(data: bytes, made: Credentials, **options: Any) -> bytes:
    output = io.BytesIO()
    ad.sign(data, output, signer=made.signer(), trust=trust(made), **options)
    return output.getvalue()


def update(data: bytes, made: Credentials, **options: Any) -> bytes:
    return sign(data, made, update=ad.Update(metadata=(json.dumps(META),)), **options)


def trusted(data: bytes, made: Credentials) -> ad.Store:
    report = ad.verify(data, trust=trust(made))
    assert report.state is ad.State.TRUSTED, report.failures
    assert report.integrity is ad.Integrity.INTACT
    assert report.store is not None
    return report.store


def read(data: bytes, made: Credentials, media_type: str) -> Json:
    found = reference.read(data, made, media_type)
    assert found["validation_state"] == "Trusted", found["validation_results"]
    return found


def theirs(data: bytes, made: Credentials, media_type: str) -> bytes:
    definition = reference.definition()
    definition["assertions"] = [{"label": "cawg.metadata", "kind": "Json", "data": META}]
    return reference.sign(data, made, definition, media_type=media_type, update=True)


@pytest.mark.parametrize("container", cases({*NOT_READ, *NOT_READ_THERE}))
def test_the_reference_trusts_our_updates(container: Container, issued: Issued) -> None:
    made, media_type = issued("es256"), container.media_types[0]
    signed = sign(
        first(container).data(),
        made,
        disclosure=ad.Disclosure(ai="generated"),
        update_room=ROOM,
    )
    updated = update(update(signed, made), made, compress=True)
    found = read(updated, made, media_type)
    active = found["manifests"][found["active_manifest"]]
    assert len(found["manifests"]) == 3
    metadata = [item["data"] for item in active["assertions"] if item["label"] == "cawg.metadata"]
    assert metadata == [META]
    assert [item["relationship"] for item in active["ingredients"]] == ["parentOf"]


@pytest.mark.parametrize("container", cases(NOT_TRUSTED_BY_SECOND))
def test_the_second_verifier_trusts_our_updates(container: Container, issued: Issued) -> None:
    made, media_type = issued("es256"), container.media_types[0]
    disclosure = ad.Disclosure(ai="generated")
    signed = sign(first(container).data(), made, disclosure=disclosure, update_room=ROOM)
    found = second.read(update(signed, made), (made.folder / ROOT).read_bytes(), media_type)
    assert found["validation_state"] == "Trusted", found


@pytest.mark.parametrize("container", cases({*NOT_WRITTEN, *NOT_READ_THERE}))
def test_we_update_files_of_the_reference(container: Container, issued: Issued) -> None:
    made, media_type = issued("es256"), container.media_types[0]
    created = reference.definition(reference.CREATED)
    signed = reference.sign(first(container).data(), made, created, media_type=media_type)
    if container.signs_size:
        with pytest.raises(ad.SigningError, match="is signed in this file"):
            update(signed, made)
        return
    try:
        updated = update(signed, made)
    except ad.SigningError as error:
        assert container.name in NOT_UPDATED_THERE, error  # noqa: PT017
        return
    assert trusted(updated, made).active.kind is ManifestKind.UPDATE
    read(updated, made, media_type)


@pytest.mark.parametrize(
    "container", cases({*NOT_WRITTEN, *NOT_READ_THERE, *NOT_UPDATED_THERE, *OURS_NOT_UPDATED_THERE})
)
def test_the_reference_updates_ours_and_we_its(container: Container, issued: Issued) -> None:
    """Without XMP: in a PNG, the reference would move the store to before it."""
    made, media_type = issued("es256"), container.media_types[0]
    disclosure = ad.Disclosure(ai="generated")
    signed = sign(first(container).data(), made, disclosure=disclosure, xmp=False)
    once = theirs(update(signed, made), made, media_type)
    assert len(trusted(once, made).manifests) == 3
    again = update(once, made)
    assert len(trusted(again, made).manifests) == 4
    read(again, made, media_type)


@pytest.mark.parametrize("sample", samples.FAMILIES["PNG"].samples, ids=lambda item: item.name)
def test_a_store_stays_where_the_reference_put_it(sample: Sample, issued: Issued) -> None:
    """Directly behind the header, before chunks that we put it behind."""
    made = issued("es256")
    signed = reference.sign(sample.data(), made, reference.definition(reference.CREATED))
    updated = update(signed, made)
    assert updated[: signed.index(b"caBX") - 4] == signed[: signed.index(b"caBX") - 4]
    trusted(updated, made)
    read(updated, made, "image/png")


@pytest.mark.parametrize("name", ["PNG", "JPEG", "MP4"])
def test_redacting_updates(name: str, issued: Issued) -> None:
    made = issued("es256")
    container = next(item for item in CONTAINERS if item.name == name)
    definition = reference.definition(reference.CREATED)
    definition["assertions"].append({"label": "com.example.place", "data": {"latitude": 47.1}})
    media_type = container.media_types[0]
    for signed in (
        sign(first(container).data(), made, manifest=definition),
        reference.sign(first(container).data(), made, definition, media_type=media_type),
    ):
        out = sign(signed, made, update=ad.Update(redactions=("com.example.place",)))
        assert trusted(out, made).active.claim.redacted
        found = read(out, made, media_type)
        assert len(found["manifests"][found["active_manifest"]]["redactions"]) == 1


def test_an_update_over_a_compressed_manifest(issued: Issued) -> None:
    """The hash of a reference covers the manifest as it stands there (C2PA 2.5 §11.1.4.5).

    The reference hashes what it decompressed, and finds the reference broken.
    """
    made = issued("es256")
    signed = sign(samples.png(), made, disclosure=ad.Disclosure(ai="generated"))
    small = update(signed, made, compress=True)
    read(small, made, "image/png")
    again = update(small, made)
    trusted(again, made)
    found = reference.read(again, made)
    assert found["validation_state"] == "Invalid"
    deltas = found["validation_results"]["ingredientDeltas"]
    failures = [item["code"] for each in deltas for item in each["validationDeltas"]["failure"]]
    assert failures == ["ingredient.manifest.mismatch"]


NOW: Final = datetime.now(UTC).replace(microsecond=0)
DAY: Final = timedelta(days=1)


def entity(name: str, number: int, issuer: Entity | None = None, **options: Any) -> Entity:
    ends = options.pop("not_after", NOW + 500 * DAY)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return pki.issue(name, issuer, number=number, not_before=start, not_after=ends, **options)


def by(who: Entity) -> ad.Signer:
    key = who.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ad.Signer.from_pem(chain=who.pem, key=key)


def test_a_time_stamp_keeps_an_expired_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference checks it as well, over the bare signature."""
    monkeypatch.setattr(tsa, "_failures", {})
    root = entity("Root", 50, ca=True)
    expired = entity("Expired", 51, root, not_after=NOW - DAY)
    valid = entity("Valid", 52, root)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    authority = entity("Authority", 53, root, extensions={x509.ExtendedKeyUsage: (purpose, True)})
    config = ad.TrustConfig.from_pem(root.pem, tsa=root.pem)

    def behave(request: Request) -> Reply:
        answer = authorities.answer(request.body, authority, at=NOW - 5 * DAY)
        return Reply(answer, authorities.REPLY)

    def state(data: bytes) -> tuple[ad.State, str]:
        settings = {"version": 1, "trust": {"user_anchors": root.pem.decode()}}
        context = c2pa.Context.from_dict(settings)
        with c2pa.Reader("image/png", io.BytesIO(data), context=context) as reader:
            theirs = json.loads(reader.json())["validation_state"]
        return ad.verify(data, trust=config).state, theirs

    def signed(data: bytes, who: Entity, **options: Any) -> bytes:
        output = io.BytesIO()
        past = NOW - 10 * DAY
        ad.sign(data, output, signer=by(who), trust=config, at=past, **options)
        return output.getvalue()

    first = signed(samples.png(), expired, disclosure=ad.Disclosure(ai="generated"))
    assert state(signed(first, valid, update=ad.Update(publishes=True))) == (
        ad.State.INVALID,
        "Valid",
    )
    with serve(behave) as server:
        given = (ad.Authority(url=server.url),)
        out = signed(first, valid, update=ad.Update(stamps=True), authorities=given)
    assert state(out) == (ad.State.TRUSTED, "Trusted")
