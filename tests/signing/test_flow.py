"""Signing files: what comes out, what is refused, and that nothing half-done is left."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.errors import SigningError, UnsupportedFormat
from aidisclose.manifest import ingredient, store
from aidisclose.manifest.store import Manifest, Store
from aidisclose.signing import flow
from aidisclose.signing.asset import SignedAsset
from aidisclose.signing.manifest_content import Component
from tests.containers.samples import jpeg, png
from tests.issuing import Issued
from tests.manifest import build

GENERATED = ad.Disclosure(ai="generated", model="SDXL")
EDITED = ad.Disclosure(ai="edited", model="Inpainter")


class Bench:
    """Signs and verifies with the same test credentials."""

    def __init__(self, issued: Issued) -> None:
        found = issued("es256")
        self.signer = found.signer()
        self.trust = ad.TrustConfig.from_pem((found.folder / "root.pem").read_bytes())

    def sign(
        self, source: Path | bytes, output: Path | io.BytesIO, **options: object
    ) -> SignedAsset:
        if "manifest" not in options:
            options.setdefault("disclosure", GENERATED)
        return flow.sign(source, output, signer=self.signer, trust=self.trust, **options)  # type: ignore[arg-type]

    def signed(self, source: bytes, **options: object) -> bytes:
        output = io.BytesIO()
        self.sign(source, output, **options)
        return output.getvalue()

    def verify(self, source: Path | bytes) -> ad.Report:
        return ad.verify(source, trust=self.trust)

    def trusted(self, source: Path | bytes) -> Store:
        report = self.verify(source)
        report.require(ad.State.TRUSTED)
        assert report.store is not None
        return report.store


@pytest.fixture(scope="module")
def bench(issued: Issued) -> Bench:
    return Bench(issued)


def actions(manifest: Manifest) -> list[str]:
    listed = manifest.assertions["c2pa.actions.v2"].fields["actions"]
    assert isinstance(listed, list)
    return [item["action"] for item in listed]


def ingredients(manifest: Manifest) -> list[ingredient.Ingredient]:
    return [ingredient.decode(item) for item in manifest.named(ingredient.NAME)]


# --- what comes out -----------------------------------------------------------------------------


def test_what_is_told_about_the_result(bench: Bench, tmp_path: Path) -> None:
    output = tmp_path / "out.png"
    made = bench.sign(png(), output)
    found = bench.trusted(output)
    assert made.media_type == "image/png"
    assert made.label == found.active.label
    assert made.size == output.stat().st_size
    assert bytes(found.box.whole) == made.store
    assert (made.parent, made.timestamp, made.warnings) == (None, None, ())


@pytest.mark.parametrize("spec", ["2.2", "2.4", "2.5"])
@pytest.mark.parametrize("ai", ["generated", "composite", "edited", "none"])
def test_every_kind_in_every_version(ai: ad.AIKind, spec: str, bench: Bench) -> None:
    found = bench.trusted(bench.signed(png(), disclosure=ad.Disclosure(ai=ai), spec=spec))
    claim = found.active.claim
    assert claim.generators[0]["specVersion"] == f"{spec}.0"
    assert claim.generator.startswith("aidisclose ")
    begun = "c2pa.opened" if ai == "edited" else "c2pa.created"
    assert actions(found.active)[0] == begun


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({}, "picture.png"),
        ({"title": "Mine"}, "Mine"),
        ({"manifest": {"title": "Defined"}}, "Defined"),
        ({"manifest": {"title": "Defined"}, "title": "Mine"}, "Mine"),
        ({"manifest": {}}, "picture.png"),
    ],
)
def test_the_title(options: dict[str, object], title: str, bench: Bench, tmp_path: Path) -> None:
    source = tmp_path / "picture.png"
    source.write_bytes(png())
    bench.sign(source, tmp_path / "out.png", **options)
    assert bench.trusted(tmp_path / "out.png").active.claim.title == title


def test_bytes_have_no_title(bench: Bench) -> None:
    assert bench.trusted(bench.signed(png())).active.claim.title is None


def test_the_generator_of_a_definition_is_not_mixed_with_ours(bench: Bench) -> None:
    """Our version beside another name would be a false statement."""
    manifest = {"claim_generator_info": [{"name": "tool"}]}
    claim = bench.trusted(bench.signed(png(), manifest=manifest)).active.claim
    assert claim.generators == ({"name": "tool", "specVersion": "2.4.0"},)


def test_the_time_that_counts_as_now(bench: Bench) -> None:
    now = datetime.now(UTC) + timedelta(days=1)
    found = bench.trusted(bench.signed(png(), at=now))
    listed = found.active.assertions["c2pa.actions.v2"].fields["actions"]
    assert isinstance(listed, list)
    assert listed[0]["when"] == f"{now:%Y-%m-%dT%H:%M:%SZ}"


def test_every_file_is_another_one(bench: Bench) -> None:
    """Labels, salts and identifiers are not repeated."""
    one, two = (bench.trusted(bench.signed(png())).active for _ in range(2))
    assert one.label != two.label
    assert one.claim.instance_id != two.claim.instance_id
    assert one.assertions["c2pa.actions.v2"].box.salt != two.assertions["c2pa.actions.v2"].box.salt


@pytest.mark.parametrize("large", [False, True])
def test_large_files_are_signed_as_small_ones(
    large: bool, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On threads, copied by the kernel, hashed while they are copied."""
    source, output = tmp_path / "source.jpg", tmp_path / "out.jpg"
    source.write_bytes(jpeg(quality=100) + bytes(200_000))
    if large:
        monkeypatch.setattr(limits, "IN_MEMORY", 1_000)
        monkeypatch.setattr(limits, "CHUNK", 4_096)
    counts: list[int] = []
    bench.sign(source, output, progress=counts.append)
    bench.trusted(output)
    assert sum(counts) > 200_000
    again = tmp_path / "again.jpg"
    bench.sign(output, again, disclosure=EDITED)
    assert len(bench.trusted(again).manifests) == 2
    assert again.read_bytes().endswith(bytes(200_000))


# --- files --------------------------------------------------------------------------------------


def test_a_file_may_be_signed_in_its_place(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(png())
    path.chmod(0o640)
    bench.sign(path, path, overwrite=True, like=path)
    bench.trusted(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [item.name for item in tmp_path.iterdir()] == ["picture.png"]


def test_an_existing_file_is_not_replaced(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        bench.sign(png(), path)
    assert path.read_bytes() == b"mine"


def test_streams_may_be_source_and_output(bench: Bench) -> None:
    stream = io.BytesIO(png())
    flow.sign(stream, stream, signer=bench.signer, disclosure=GENERATED)
    bench.trusted(stream.getvalue())


def _failing_signer(bench: Bench) -> ad.Signer:
    def refuse(data: bytes) -> bytes:
        raise SigningError("the device does not answer")

    return ad.Signer(alg="es256", chain=bench.signer.chain, signature_size=64, sign=refuse)


@pytest.mark.parametrize("large", [False, True])
def test_nothing_is_left_if_the_signer_refuses(
    large: bool, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr(limits, "IN_MEMORY", 100)
    with pytest.raises(SigningError, match="does not answer"):
        flow.sign(png(), tmp_path / "out.png", signer=_failing_signer(bench), disclosure=GENERATED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"disclosure": None}, "either a disclosure or a manifest"),
        ({"disclosure": GENERATED, "manifest": {}}, "either a disclosure or a manifest"),
        ({"spec": "2.3"}, "unknown specification version '2.3'"),
        ({"binding": "c2pa.hash.other"}, "unknown hard binding"),
        ({"at": datetime(2026, 1, 1)}, "time zone"),
        ({"require_timestamp": True}, "no authority is named"),
    ],
)
def test_mistakes_of_the_caller(options: dict[str, object], message: str, bench: Bench) -> None:
    output = io.BytesIO()
    with pytest.raises(ValueError, match=message):
        bench.sign(png(), output, **options)
    assert output.getvalue() == b""


def test_an_expired_certificate_signs_nothing(bench: Bench) -> None:
    with pytest.raises(SigningError, match="expired"):
        bench.signed(png(), at=datetime.now(UTC) + timedelta(days=5_000))


@pytest.mark.parametrize("data", [b"", b"text", b"\x7fELF" + bytes(100)])
def test_what_cannot_be_signed(data: bytes, bench: Bench) -> None:
    with pytest.raises(UnsupportedFormat):
        bench.signed(data)


# --- history ------------------------------------------------------------------------------------


def test_a_signed_file_is_opened_and_keeps_its_history(bench: Bench) -> None:
    first = bench.signed(png())
    second = bench.signed(first, disclosure=EDITED)
    third = bench.signed(second)
    before = [bench.trusted(data) for data in (first, second)]
    found = bench.trusted(third)
    assert list(found.manifests)[:2] == list(before[1].manifests)
    for label, manifest in before[1].manifests.items():
        assert found.manifests[label].box.whole == manifest.box.whole
    assert [actions(item) for item in found.manifests.values()] == [
        ["c2pa.created"],
        ["c2pa.opened", "c2pa.edited"],
        ["c2pa.opened", "c2pa.edited"],
    ]
    [parent] = ingredients(found.active)
    assert parent.relationship == "parentOf"
    assert parent.manifest is not None
    assert parent.manifest.url == before[1].active.url()
    assert parent.instance_id == before[1].active.claim.instance_id


def test_what_validating_the_parent_found_is_recorded(bench: Bench) -> None:
    """So that a later validator, who may trust others, can tell what is new."""
    first = bench.signed(png())
    altered = first[:-20] + bytes(1) + first[-19:]
    for data, expected in ((first, set()), (altered, {"assertion.dataHash.mismatch"})):
        found = bench.verify(bench.signed(data))
        assert found.store is not None
        [parent] = ingredients(found.store.active)
        results = parent.fields["validationResults"]
        assert isinstance(results, dict)
        codes = {item["code"] for item in results["activeManifest"]["failure"]}
        assert codes == expected
        assert found.state is ad.State.TRUSTED


def test_trust_of_the_parent_is_recorded_as_it_was(bench: Bench) -> None:
    first = bench.signed(png())
    for trust, code in ((bench.trust, "trusted"), (None, "untrusted")):
        output = io.BytesIO()
        flow.sign(first, output, signer=bench.signer, disclosure=EDITED, trust=trust)
        [parent] = ingredients(bench.trusted(output.getvalue()).active)
        recorded = {item for item, _ in parent.recorded if item.startswith("signingCredential.")}
        assert f"signingCredential.{code}" in recorded


def test_a_parent_may_be_another_file(bench: Bench, tmp_path: Path) -> None:
    parent = tmp_path / "parent.jpg"
    parent.write_bytes(bench.signed(jpeg()))
    made = bench.sign(png(), tmp_path / "out.png", disclosure=EDITED, parent=parent)
    found = bench.trusted(tmp_path / "out.png")
    [opened] = ingredients(found.active)
    assert (opened.title, opened.media_type) == ("parent.jpg", "image/jpeg")
    assert made.parent == bench.trusted(parent).active.label
    assert list(found.manifests)[0] == made.parent  # noqa: RUF015 - the order is what is tested


def test_a_parent_without_credentials(bench: Bench, tmp_path: Path) -> None:
    parent = tmp_path / "parent.jpg"
    parent.write_bytes(jpeg())
    bench.sign(png(), tmp_path / "out.png", disclosure=EDITED, parent=parent)
    [opened] = ingredients(bench.trusted(tmp_path / "out.png").active)
    assert (opened.title, opened.manifest) == ("parent.jpg", None)


def test_one_parent_is_enough(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(SigningError, match="cannot have another parent"):
        bench.signed(bench.signed(png()), parent=jpeg())


def test_an_edited_file_without_history_is_its_own_parent(bench: Bench) -> None:
    found = bench.trusted(bench.signed(png(), disclosure=EDITED))
    [opened] = ingredients(found.active)
    assert (opened.manifest, opened.media_type) == (None, "image/png")


def test_damaged_credentials_are_not_carried_on(bench: Bench) -> None:
    """A file that says nothing any more would look as if nobody had ever signed it."""
    signed = bench.signed(png())
    start, length = build.frame(signed)
    twice = signed[: start + length] + signed[start:]
    broken = build.embed(b"\0\0\0\x10junk")
    unreadable = build.embed(build.store(build.Recipe(boxes=lambda _: []).build()))
    unsigned = build.embed(
        build.store(build.Recipe(boxes=lambda boxes: [boxes["c2pa.claim.v2"]]).build())
    )
    for data, message in (
        (twice, "2 manifest stores"),
        (broken, "cannot be read"),
        (unreadable, "without a readable claim or signature"),
        (unsigned, "without a readable claim or signature"),
    ):
        with pytest.raises(SigningError, match=f"{message}.*sign the original instead"):
            bench.signed(data)


def test_a_history_that_validators_do_not_follow_is_not_made_longer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be invalid from then on."""
    monkeypatch.setattr(limits, "INGREDIENT_DEPTH", 3)
    data = png()
    for _ in range(4):
        data = bench.signed(data)
        bench.trusted(data)
    with pytest.raises(SigningError, match=r"a history of 3 files.*sign the original"):
        bench.signed(data)


def test_two_versions_of_one_manifest_have_no_room_in_a_store(bench: Bench, tmp_path: Path) -> None:
    """What no hash covers differs: a store with both could not be read."""
    made = bench.signed(png(), xmp=False)
    start, length = build.frame(made)
    content = made[start + 8 : start + length - 4]
    at = content.rindex(b"cpad") + 1  # in the unprotected header of the signature
    other = build.embed(content[:at] + b"q" + content[at + 1 :])
    bench.trusted(other)
    (tmp_path / "a.png").write_bytes(made)
    (tmp_path / "b.png").write_bytes(other)
    named = [Component(tmp_path / name, identifier=name) for name in ("a.png", "b.png")]
    bench.signed(jpeg(), ingredients=named[:1])
    with pytest.raises(SigningError, match="different versions of the manifest urn:c2pa:"):
        bench.signed(jpeg(), ingredients=named)


# --- definitions --------------------------------------------------------------------------------

CREATED = {"action": "c2pa.created", "digitalSourceType": build.SOURCE_TYPE}


def defined(*listed: Mapping[str, object], **assertions: object) -> str:
    every: list[dict[str, object]] = [{"label": "c2pa.actions", "data": {"actions": list(listed)}}]
    every += [{"label": name, "data": data} for name, data in assertions.items()]
    return json.dumps({"assertions": every})


def test_a_definition_is_signed(bench: Bench) -> None:
    found = bench.trusted(bench.signed(png(), manifest=defined(CREATED, example={"a": 1})))
    assert actions(found.active) == ["c2pa.created"]
    assert found.active.assertions["example"].data == {"a": 1}
    assert [item.url for item in found.active.claim.gathered] == [
        "self#jumbf=c2pa.assertions/example"
    ]


def test_without_actions_the_source_is_the_parent(bench: Bench) -> None:
    empty: tuple[object, ...] = ({}, "{}", b"{}")
    for manifest in empty:
        found = bench.trusted(bench.signed(png(), manifest=manifest))
        assert actions(found.active) == ["c2pa.opened"]


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (defined(CREATED, CREATED), "assertion.action.malformed"),
        (defined({"action": "c2pa.edited"}, {"action": "c2pa.opened"}), "action.malformed"),
        (defined(CREATED, {"action": "c2pa.placed"}), "assertion.action.ingredientMismatch"),
        (defined(CREATED, {"action": "c2pa.translated"}), "assertion.action.malformed"),
        (defined(CREATED, example=json.loads("[" * 70 + "]" * 70)), "assertion.cbor.invalid"),
        (defined(CREATED, **{"c2pa.cloud-data": {}}), "assertion.cloud-data.malformed"),
    ],
)
def test_what_validators_would_reject_is_not_signed(
    manifest: str, code: str, bench: Bench, tmp_path: Path
) -> None:
    with pytest.raises(SigningError, match=rf"^manifest definition: .*{code}\)$"):
        bench.sign(png(), tmp_path / "out.png", manifest=manifest)
    assert list(tmp_path.iterdir()) == []


def test_a_definition_that_creates_what_was_there(bench: Bench) -> None:
    with pytest.raises(SigningError, match=r"begins with c2pa\.created"):
        bench.signed(bench.signed(png()), manifest=defined(CREATED))


def test_the_store_is_as_the_specification_orders_it(bench: Bench) -> None:
    output = io.BytesIO()
    made = bench.sign(png(), output)
    [manifest] = store.parse(made.store).manifests.values()
    assert [box.label for box in manifest.box.superboxes] == [
        "c2pa.assertions",
        "c2pa.claim.v2",
        "c2pa.signature",
    ]
    assert all(box.is_referable for box in manifest.box.superboxes)
