"""Update manifests: what they add, and that the content stays bound as it was signed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

import aidisclose as ad
from aidisclose.containers import CONTAINERS, Container, identify
from aidisclose.errors import SigningError, UnsupportedFormat, UsageError
from aidisclose.io.source import BytesSource
from aidisclose.manifest.store import ManifestKind
from aidisclose.signing import tsa
from aidisclose.signing.credentials import ROOT, Credentials
from tests.containers import samples
from tests.interop import reference
from tests.issuing import Issued
from tests.servers import Reply, serve
from tests.signing import test_revocation as revocation
from tests.signing import test_tsa as authorities
from tests.trust import pki

META: Final = json.dumps(
    {"@context": {"dc": "http://purl.org/dc/elements/1.1/"}, "dc:creator": ["A. Writer"]}
)
GENERATED: Final = ad.Disclosure(ai="generated", model="M")
PUBLISHED: Final = ad.Update(publishes=True)
ROOM: Final = 20_000


@pytest.fixture(autouse=True)
def failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tsa, "_failures", {})


@pytest.fixture
def made(issued: Issued) -> Credentials:
    return issued("es256")


def trust(made: Credentials) -> ad.TrustConfig:
    return ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())


def sign(data: bytes, made: Credentials, **options: Any) -> bytes:
    output = io.BytesIO()
    if not options.keys() & {"update", "manifest"}:
        options["disclosure"] = GENERATED
    ad.sign(data, output, signer=made.signer(), trust=trust(made), **options)
    return output.getvalue()


def read(data: bytes, made: Credentials) -> ad.Report:
    report = ad.verify(data, trust=trust(made))
    assert report.state is ad.State.TRUSTED, report.failures
    assert report.integrity is ad.Integrity.INTACT
    return report


def kinds(report: ad.Report) -> list[ManifestKind]:
    assert report.store is not None
    return [item.kind for item in report.store.manifests.values()]


def every_format() -> list[Any]:
    first = ((item, next(iter(samples.of(item)))) for item in CONTAINERS)
    return [pytest.param(item, sample.data, id=item.name) for item, sample in first]


def action_names(report: ad.Report) -> list[str]:
    assert report.store is not None
    (found,) = report.store.active.named("c2pa.actions")
    listed = found.fields["actions"]
    assert isinstance(listed, list)
    return [item["action"] for item in listed]


@pytest.mark.parametrize(("container", "data"), every_format())
def test_every_format_is_updated_twice(
    container: Container, data: Callable[[], bytes], made: Credentials
) -> None:
    signed = sign(data(), made, update_room=ROOM)
    first = sign(signed, made, update=ad.Update(metadata=(META,)))
    second = sign(first, made, update=PUBLISHED)
    report = read(second, made)
    assert kinds(report) == [ManifestKind.STANDARD, ManifestKind.UPDATE, ManifestKind.UPDATE]
    assert report.disclosure.ai is ad.AI.GENERATED
    assert report.disclosure.model == read(signed, made).disclosure.model
    if container.signs_size:
        assert len(first) == len(second) == len(signed)


@pytest.mark.parametrize(
    ("container", "data"),
    [each for each in every_format() if each.values[0].signs_size],
)
def test_without_room_nothing_is_written(
    container: Container, data: Callable[[], bytes], made: Credentials
) -> None:
    output = io.BytesIO()
    with pytest.raises(SigningError, match=r"is signed in this file.*--update-room"):
        ad.sign(sign(data(), made), output, update=PUBLISHED, signer=made.signer())
    assert output.getvalue() == b""


def test_the_rest_of_the_file_is_the_same(made: Credentials) -> None:
    """In an ISO file nothing moves but one word: the update is at the end."""
    container = next(item for item in CONTAINERS if item.name == "MP4")
    signed = sign(next(iter(samples.of(container))).data(), made)
    updated = sign(signed, made, update=PUBLISHED)
    assert updated[: len(signed)] == signed.replace(b"manifest\0", b"original\0", 1)
    again = sign(updated, made, update=PUBLISHED)
    assert again[: len(signed)] == updated[: len(signed)]
    layout = container.scan(BytesSource(again))
    assert [len(item.pieces) for item in layout.stores] == [2]
    # A standard manifest takes both boxes together again (C2PA 2.2 §18.6.2).
    standard = sign(again, made, manifest=reference.definition({"action": "c2pa.edited"}))
    assert [len(item.pieces) for item in container.scan(BytesSource(standard)).stores] == [1]
    assert len(kinds(read(standard, made))) == 4


def test_an_iso_file_with_padding_keeps_one_box(made: Credentials) -> None:
    container = next(item for item in CONTAINERS if item.name == "MP4")
    definition = reference.definition(
        reference.CREATED,
    )
    definition["assertions"].append({"label": "com.example.large", "data": {"x": "y" * 9_000}})
    signed = sign(next(iter(samples.of(container))).data(), made, manifest=definition)
    updated = sign(signed, made, update=ad.Update(redactions=("com.example.large",)))
    read(updated, made)
    assert len(updated) == len(signed)
    assert [len(item.pieces) for item in container.scan(BytesSource(updated)).stores] == [1]


def test_an_iso_file_without_an_end_is_refused(made: Credentials) -> None:
    container = next(item for item in CONTAINERS if item.name == "MP4")
    data = sign(next(iter(samples.of(container))).data(), made)
    last = container.scan(BytesSource(data)).blocks[-1]
    open_ended = data[: last.start] + bytes(4) + data[last.start + 4 :]
    with pytest.raises((UnsupportedFormat, SigningError)):
        sign(open_ended, made, update=PUBLISHED)


def test_further_images_of_a_jpeg_are_not_moved(made: Credentials) -> None:
    """Their places are signed; with a larger store they would be elsewhere."""
    family = samples.FAMILIES["JPEG"].samples
    data = next(item for item in family if item.name == "mpf").data()
    output = io.BytesIO()
    with pytest.raises(SigningError, match=r"is signed in this file.*--update-room"):
        ad.sign(sign(data, made), output, update=PUBLISHED, signer=made.signer())
    assert output.getvalue() == b""
    signed = sign(data, made, update_room=70_000)
    updated = sign(sign(signed, made, update=PUBLISHED), made, update=PUBLISHED)
    assert len(kinds(read(updated, made))) == 3
    start = signed.index(b"JP\2\x11")
    images = signed.index(b"MPF\0")
    assert (len(updated), updated[:start]) == (len(signed), signed[:start])
    assert updated[images:] == signed[images:]


def test_metadata_is_added(made: Credentials) -> None:
    report = read(
        sign(sign(samples.png(), made), made, update=ad.Update(metadata=(META, META))), made
    )
    assert report.store is not None
    labels = [item.label for item in report.store.active.named("cawg.metadata")]
    assert labels == ["cawg.metadata", "cawg.metadata__1"]
    assert report.store.active.assertions["cawg.metadata"].fields["dc:creator"] == ["A. Writer"]
    assert action_names(report) == ["c2pa.opened", "c2pa.edited.metadata"]


def test_a_definition_may_be_an_update(made: Credentials) -> None:
    definition: dict[str, Any] = {
        "title": "new title",
        "assertions": [
            {"label": "com.example.note", "data": {"x": 1}},
            {"label": "c2pa.actions.v2", "data": {"actions": [{"action": "c2pa.published"}]}},
        ],
    }
    update = ad.Update(definition=ad.Definition(definition), metadata=(META,))
    report = read(sign(sign(samples.png(), made), made, update=update), made)
    assert report.store is not None
    assert report.store.active.claim.title == "new title"
    assert "com.example.note" in report.store.active.assertions
    assert action_names(report) == ["c2pa.opened", "c2pa.published", "c2pa.edited.metadata"]


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (
            {"assertions": [{"label": "a.b", "data": 1}], "ingredients": [{"title": "x"}]},
            "one ingr",
        ),
        ({"remote_url": "https://example.com/x"}, "leaves the file as it is"),
        ({"no_embed": True}, "leaves the file as it is"),
        (reference.definition({"action": "c2pa.edited"}), "the action c2pa.edited"),
        (reference.definition(reference.CREATED), "the action c2pa.created"),
        ({"assertions": [{"label": "cawg.metadata", "data": {"@context": {}}}]}, "both bring"),
    ],
)
def test_what_an_update_cannot_hold(
    definition: dict[str, Any], message: str, made: Credentials
) -> None:
    update = ad.Update(definition=ad.Definition(definition), metadata=(META,))
    with pytest.raises(SigningError, match=message):
        sign(sign(samples.png(), made), made, update=update)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "an update adds something"),
        ({"metadata": ("[1]",)}, "JSON-LD"),
        ({"metadata": ("{",)}, "not valid JSON"),
        ({"metadata": ('{"@context": {}}',)}, "JSON-LD"),
        ({"metadata": ("[" * 100_000,)}, "not valid JSON"),
        ({"metadata": ('{"@context": {}, "x": "\\ud800"}',)}, "not valid JSON"),
        ({"publishes": True, "reason": "because"}, "invalid reason"),
    ],
)
def test_invalid_updates(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ad.Update(**fields)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parent": samples.png()}, "no other ingredient"),
        ({"binding": "c2pa.hash.data"}, "binds nothing"),
        ({"update_room": 5}, "binds nothing"),
        ({"xmp": True}, "leaves XMP as it is"),
        ({"remote": "https://example.com/x"}, "without a remote address"),
        ({"update": ad.Update(stamps=True)}, "need an authority"),
    ],
)
def test_options_that_no_update_has(
    options: dict[str, Any], message: str, made: Credentials
) -> None:
    with pytest.raises(UsageError, match=message):
        sign(sign(samples.png(), made), made, **({"update": PUBLISHED} | options))


def test_a_file_without_credentials_has_no_update(made: Credentials) -> None:
    with pytest.raises(SigningError, match="no credentials"):
        sign(samples.png(), made, update=PUBLISHED)


def test_an_altered_file_is_not_updated(made: Credentials) -> None:
    signed = sign(samples.png(), made)
    with pytest.raises(SigningError, match="do not hold, which an update cannot change"):
        sign(signed + b"more", made, update=PUBLISHED)


def test_a_file_of_somebody_unknown_is_updated(made: Credentials, issued: Issued) -> None:
    """Whom to trust is for who verifies to say; who updates vouches for it, and is told so."""
    theirs = sign(samples.png(), issued("ps256"))
    updated = io.BytesIO()
    asset = ad.sign(theirs, updated, update=PUBLISHED, signer=made.signer(), trust=trust(made))
    assert "you do not trust 'Signer" in asset.warnings[0]
    report = ad.verify(updated.getvalue(), trust=trust(made))
    assert report.state is ad.State.TRUSTED
    assert report.integrity is ad.Integrity.INTACT


# --- redaction ----------------------------------------------------------------------------------

SECRET: Final = "com.example.place"


def with_secret(made: Credentials, data: bytes | None = None, **options: Any) -> bytes:
    definition = reference.definition(reference.CREATED)
    definition["assertions"].append({"label": SECRET, "data": {"latitude": 47.1}})
    return sign(data or samples.png(), made, manifest=definition, **options)


def redaction(made: Credentials, signed: bytes) -> dict[str, Any]:
    report = read(signed, made)
    assert report.store is not None
    url = report.store.active.url("c2pa.assertions", SECRET)
    why = {"action": "c2pa.redacted", "reason": "c2pa.PII.present", "parameters": {"redacted": url}}
    return reference.definition(why, redactions=[url])


@pytest.mark.parametrize("by_uri", [False, True])
def test_redaction_by_label_and_by_uri(by_uri: bool, made: Credentials) -> None:
    signed = with_secret(made)
    found = read(signed, made).store
    assert found is not None
    name = found.active.url("c2pa.assertions", SECRET) if by_uri else SECRET
    out = sign(signed, made, update=ad.Update(redactions=(name,), reason="com.example.why"))
    assert b"latitude" not in out
    report = read(out, made)
    assert report.store is not None
    assert kinds(report)[-1] is ManifestKind.UPDATE
    assert len(report.store.active.claim.redacted) == 1
    assert action_names(report) == ["c2pa.opened", "c2pa.redacted"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("com.example.other", "no manifest has"),
        ("c2pa.actions.v2", "must not be redacted|several manifests"),
        ("c2pa.hash.data", "must not be redacted"),
        ("self#jumbf=c2pa.assertions/x", "not an absolute URI"),
    ],
)
def test_redactions_that_are_refused(name: str, message: str, made: Credentials) -> None:
    with pytest.raises((SigningError, UsageError), match=message):
        sign(with_secret(made), made, update=ad.Update(redactions=(name,)))


def test_a_label_in_several_manifests_is_ambiguous(made: Credentials) -> None:
    note: dict[str, object] = {"assertions": [{"label": SECRET, "data": {"x": 1}}]}
    twice = sign(with_secret(made), made, update=ad.Update(definition=ad.Definition(note)))
    with pytest.raises(SigningError, match="several manifests have"):
        sign(twice, made, update=ad.Update(redactions=(SECRET,)))


def test_a_redaction_alone_is_an_update(made: Credentials) -> None:
    """C2PA 2.2 §6.8: unless the content changes too, an update manifest documents it."""
    signed = with_secret(made)
    report = read(sign(signed, made, manifest=redaction(made, signed)), made)
    assert kinds(report) == [ManifestKind.STANDARD, ManifestKind.UPDATE]


def test_a_redaction_with_more_is_a_standard_manifest(made: Credentials) -> None:
    signed = with_secret(made)
    definition = redaction(made, signed)
    definition["assertions"][0]["data"]["actions"].append({"action": "c2pa.edited"})
    report = read(sign(signed, made, manifest=definition), made)
    assert kinds(report) == [ManifestKind.STANDARD, ManifestKind.STANDARD]


def test_without_room_a_redaction_is_a_standard_manifest(made: Credentials) -> None:
    container = next(item for item in CONTAINERS if item.name == "WAV")
    signed = with_secret(made, next(iter(samples.of(container))).data())
    output = io.BytesIO()
    asset = ad.sign(
        signed,
        output,
        manifest=redaction(made, signed),
        signer=made.signer(),
        trust=trust(made),
    )
    assert "the redaction is not an update manifest: " in asset.warnings[0]
    assert not asset.is_update
    report = read(output.getvalue(), made)
    assert kinds(report) == [ManifestKind.STANDARD, ManifestKind.STANDARD]
    assert b"latitude" not in output.getvalue()


# --- time stamps and certificate status ---------------------------------------------------------


def test_a_time_stamp_is_added_later(made: Credentials, tmp_path: Path) -> None:
    """It keeps an earlier signature good when its certificate has expired."""
    entity = authorities.authority(not_after=authorities.NOW + timedelta(days=3_650))
    with serve(authorities.by(entity)) as server:
        updated = sign(
            sign(samples.png(), made),
            made,
            update=ad.Update(stamps=True),
            authorities=(ad.Authority(url=server.url),),
        )
        assert len(server.requests) == 2  # for the earlier signature, and for the update's own
    later = authorities.NOW + timedelta(days=3_000)
    anchors = (made.folder / ROOT).read_bytes()
    config = ad.TrustConfig.from_pem(anchors, tsa=pki.root().pem)
    report = ad.verify(updated, trust=config, at=later)
    assert report.state is ad.State.TRUSTED, report.failures
    assert report.store is not None
    (stamp,) = report.store.active.named("c2pa.time-stamp")
    assert list(stamp.fields) == list(report.store.manifests)[:1]


def test_what_is_stamped_already_is_not_stamped_again(made: Credentials) -> None:
    entity = authorities.authority()
    config = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes(), tsa=pki.root().pem)
    with serve(authorities.by(entity)) as server:
        given: dict[str, Any] = {
            "signer": made.signer(),
            "trust": config,
            "authorities": (ad.Authority(url=server.url),),
        }
        first, second = io.BytesIO(), io.BytesIO()
        ad.sign(samples.png(), first, disclosure=GENERATED, **given)
        update = ad.Update(stamps=True, publishes=True)
        asset = ad.sign(first.getvalue(), second, update=update, **given)
    assert asset.warnings == ("every signature has a time stamp already",)


def test_no_time_stamp_is_an_error(made: Credentials) -> None:
    with serve(lambda _: Reply(status=503)) as server:
        given = (ad.Authority(url=server.url),)
        signed, update = sign(samples.png(), made), ad.Update(stamps=True)
        with pytest.raises(SigningError, match="a time stamp is required"):
            sign(signed, made, update=update, authorities=given)


def test_certificate_status_is_added_later(made: Credentials) -> None:
    with revocation.responder(revocation.with_status(revocation.GOOD)) as (world, _):
        signed, updated = io.BytesIO(), io.BytesIO()
        ad.sign(samples.png(), signed, disclosure=GENERATED, signer=world.signer)
        config = world.trust | trust(made)
        before = ad.verify(signed.getvalue(), trust=config)
        assert "signingCredential.ocsp.skipped" in codes(before)
        ad.sign(
            signed.getvalue(),
            updated,
            update=ad.Update(certificate_status=True),
            signer=made.signer(),
            trust=config,
        )
    report = ad.verify(updated.getvalue(), trust=config)
    assert report.state is ad.State.TRUSTED, report.failures
    assert report.validation is not None
    every = report.validation.manifests.values()
    found = [item.code for results in every for item in results.statuses]
    assert "signingCredential.ocsp.notRevoked" in found


def codes(report: ad.Report) -> list[str]:
    return [item.code for item in report.statuses.statuses]


def test_a_revoked_certificate_is_said(made: Credentials) -> None:
    with revocation.responder(revocation.with_status(revocation.REVOKED)) as (world, _):
        signed = io.BytesIO()
        ad.sign(samples.png(), signed, disclosure=GENERATED, signer=world.signer)
        with pytest.raises(SigningError, match="was revoked"):
            sign(signed.getvalue(), made, update=ad.Update(certificate_status=True))


def test_without_a_responder_there_is_no_status(made: Credentials) -> None:
    with pytest.raises(SigningError, match="there is no certificate status to add"):
        sign(sign(samples.png(), made), made, update=ad.Update(certificate_status=True))


# --- sidecars and compression -------------------------------------------------------------------


def test_a_store_beside_the_file_is_updated(made: Credentials, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(samples.png())
    beside = tmp_path / "picture.png.c2pa"
    given: dict[str, Any] = {"signer": made.signer(), "trust": trust(made), "sidecar": beside}
    ad.sign(picture, disclosure=GENERATED, **given)
    ad.sign(picture, update=PUBLISHED, overwrite=True, **given)
    assert picture.read_bytes() == samples.png()
    report = ad.verify(picture, trust=trust(made))
    assert report.state is ad.State.TRUSTED
    assert kinds(report) == [ManifestKind.STANDARD, ManifestKind.UPDATE]


def test_credentials_are_updated_where_they_are(made: Credentials, tmp_path: Path) -> None:
    picture, beside = tmp_path / "picture.png", tmp_path / "picture.png.c2pa"
    picture.write_bytes(sign(samples.png(), made))
    given: dict[str, Any] = {"signer": made.signer(), "trust": trust(made), "update": PUBLISHED}
    with pytest.raises(SigningError, match="the credentials are in the file"):
        ad.sign(picture, sidecar=beside, **given)
    picture.write_bytes(samples.png())
    ad.sign(picture, sidecar=beside, signer=made.signer(), disclosure=GENERATED)
    with pytest.raises(SigningError, match="no credentials in it"):
        ad.sign(picture, tmp_path / "out.png", **given)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["picture.png", "picture.png.c2pa"]


def test_an_update_can_be_compressed(made: Credentials) -> None:
    signed = sign(samples.png(), made)
    plain = sign(signed, made, update=PUBLISHED)
    small = sign(signed, made, update=PUBLISHED, compress=True)
    assert len(small) < len(plain)
    report = read(small, made)
    assert report.store is not None
    assert report.store.active.is_compressed
    assert kinds(report) == [ManifestKind.STANDARD, ManifestKind.UPDATE]
    read(sign(small, made, update=PUBLISHED), made)


@pytest.mark.parametrize(
    ("container", "data"),
    [each for each in every_format() if each.values[0].binding == "c2pa.hash.bmff.v3"],
)
def test_iso_media_can_be_signed_compressed(
    container: Container, data: Callable[[], bytes], made: Credentials
) -> None:
    small = sign(data(), made, compress=True)
    assert len(small) < len(sign(data(), made))
    report = read(small, made)
    assert report.store is not None
    assert report.store.active.is_compressed
    assert kinds(read(sign(small, made, update=PUBLISHED), made))[-1] is ManifestKind.UPDATE
    assert identify(BytesSource(small)).name == container.name


def test_a_data_hash_is_not_compressed(made: Credentials) -> None:
    with pytest.raises(UnsupportedFormat, match="compressed manifests are for ISO media"):
        sign(samples.png(), made, compress=True)
