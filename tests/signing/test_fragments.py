"""Signing an initialization segment with the files that continue it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import aidisclose
from aidisclose import State
from aidisclose.bindings import fragments as fragments_of
from aidisclose.bindings.binding import Asset
from aidisclose.containers import Edits, bmff
from aidisclose.errors import UnsupportedFormat
from aidisclose.io.source import BytesSource
from aidisclose.signing.credentials import Credentials
from tests.containers.samples import VECTORS, jpeg
from tests.containers.samples_bmff import box, ftyp, full, media, moov, movie, track
from tests.issuing import Issued

INIT = ftyp("iso6", "cmfc") + moov(track([]))


def fragment(number: int) -> bytes:
    """With an index before it that counts on what follows directly."""
    sidx = full("sidx", 0, 0, (1).to_bytes(4), (1000).to_bytes(4), bytes(8), bytes(2), bytes(2))
    moof = box("moof", full("mfhd", 0, 0, number.to_bytes(4)))
    return box("styp", b"msdh", bytes(4)) + sidx + moof + box("mdat", *media(number, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        (tmp_path / f"{number}.m4s").write_bytes(fragment(number))
    (tmp_path / "init.mp4").write_bytes(INIT)
    (tmp_path / "out").mkdir()
    return tmp_path


def names(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.m4s"))


def sign(folder: Path, credentials: Credentials, **options: object) -> aidisclose.SignedAsset:
    return aidisclose.sign(
        folder / "init.mp4",
        folder / "out" / "init.mp4",
        fragments=[(path, folder / "out" / path.name) for path in names(folder)],
        disclosure=aidisclose.Disclosure(ai="generated", model="Model"),
        signer=credentials.signer(),
        **options,  # type: ignore[arg-type]
    )


def trust(credentials: Credentials) -> aidisclose.TrustConfig:
    return aidisclose.TrustConfig.from_pem((credentials.folder / "root.pem").read_bytes())


def test_they_are_bound(folder: Path, issued: Issued) -> None:
    credentials = issued("es256")
    sign(folder, credentials)
    init, parts = folder / "out" / "init.mp4", names(folder / "out")
    verify = aidisclose.verify
    assert len(parts) == 3
    assert verify(init, trust=trust(credentials), fragments=parts).state is State.TRUSTED
    assert verify(init, trust=trust(credentials), fragments=parts[1:]).state is State.TRUSTED
    assert verify(init, trust=trust(credentials), fragments=parts[::-1]).state is State.INVALID
    assert verify(init, trust=trust(credentials), fragments=names(folder)).state is State.INVALID
    assert verify(init, trust=trust(credentials)).state is State.INVALID


def test_players_of_a_fragment_stay_in_it(folder: Path, issued: Issued) -> None:
    """What is past its end today may be in a box tomorrow that anybody can add."""
    head = full("tfhd", 0, 0x20000, (1).to_bytes(4))
    run = full("trun", 0, 0x201, (1).to_bytes(4), (1_000).to_bytes(4), (20).to_bytes(4))
    moof = box("moof", full("mfhd", 0, 0, bytes(4)), box("traf", head, run))
    (folder / "1.m4s").write_bytes(box("styp", b"msdh", bytes(4)) + moof + box("mdat", bytes(50)))
    with pytest.raises(UnsupportedFormat, match="where nothing is signed"):
        sign(folder, issued("ed25519"))
    assert not (folder / "out" / "1.m4s").exists()


def test_a_fragment_gets_nothing_but_a_box(folder: Path, issued: Issued) -> None:
    """Directly before its `moof` box."""
    sign(folder, issued("es256"))
    for number, path in enumerate(names(folder / "out")):
        data = path.read_bytes()
        blocks = bmff.scan(BytesSource(data)).blocks
        assert [block.name for block in blocks] == ["styp", "sidx", "uuid", "moof", "mdat"]
        claim = blocks[2]
        rest = data[: claim.start] + data[claim.end :]
        assert rest[-600:] == fragment(number)[-600:]
        assert len(rest) == len(fragment(number))


def test_signing_again_replaces_the_box(folder: Path, issued: Issued) -> None:
    sign(folder, issued("es256"))
    first = [path.read_bytes() for path in names(folder / "out")]
    for path in (folder / "out").iterdir():
        path.rename(folder / path.name)
    sign(folder, issued("es256"))
    assert [path.read_bytes() for path in names(folder / "out")] == first
    report = aidisclose.verify(
        folder / "out" / "init.mp4",
        trust=trust(issued("es256")),
        fragments=names(folder / "out"),
    )
    assert report.state is State.TRUSTED


def test_outputs_are_not_replaced_unasked(folder: Path, issued: Issued) -> None:
    sign(folder, issued("es256"))
    with pytest.raises(FileExistsError):
        sign(folder, issued("es256"))
    sign(folder, issued("es256"), overwrite=True)


def test_if_one_cannot_be_written_there_is_no_init_segment(folder: Path, issued: Issued) -> None:
    (folder / "1.m4s").write_bytes(fragment(1) + fragment(2))
    with pytest.raises(UnsupportedFormat, match="2 moof boxes"):
        sign(folder, issued("es256"))
    assert not (folder / "out" / "init.mp4").exists()


@pytest.mark.parametrize(
    ("init", "message"),
    [
        (jpeg(), "JPEG"),
        (ftyp() + moov(), "no track"),
        (ftyp() + moov(box("trak", box("tkhd", bytes(7)))), "no track"),
    ],
)
def test_what_has_no_fragments(init: bytes, message: str, folder: Path, issued: Issued) -> None:
    (folder / "init.mp4").write_bytes(init)
    with pytest.raises(UnsupportedFormat, match=message):
        sign(folder, issued("es256"))


def test_there_may_not_be_too_many(
    folder: Path, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragments_of, "_MOST_FRAGMENTS", 2)
    with pytest.raises(UnsupportedFormat, match="more than 2 fragments"):
        sign(folder, issued("es256"))


@pytest.mark.parametrize("binding", ["c2pa.hash.data", "c2pa.hash.boxes"])
def test_only_the_bmff_hash_binds_them(binding: str, folder: Path, issued: Issued) -> None:
    with pytest.raises(ValueError, match="fragments"):
        sign(folder, issued("es256"), binding=binding)
    sign(folder, issued("es256"), binding="c2pa.hash.bmff.v3")


def test_an_output_is_needed(folder: Path, issued: Issued) -> None:
    with pytest.raises(ValueError, match="fragments"):
        sign(folder, issued("es256"), sidecar=io.BytesIO())


@pytest.mark.parametrize("version", [0, 1])
def test_the_number_of_the_track_is_the_local_id(version: int) -> None:
    """Found behind dates of 32 or 64 bits."""
    dates = bytes(16 if version else 8)
    header = full("tkhd", version, 3, dates, (77).to_bytes(4), bytes(60))
    source = BytesSource(ftyp() + box("moov", box("trak", header)))
    [container] = [item for item in bmff.CONTAINERS if item.name == "MP4"]
    asset = Asset(source, container.scan(source), container)
    assert b"\x67localId\x18\x4d" in fragments_of.claim(asset, 0)


def test_the_reference_agrees(tmp_path: Path, issued: Issued) -> None:
    """About real fragments, whose old boxes give way."""
    reference = pytest.importorskip("c2pa")
    if not VECTORS.exists():
        pytest.skip("no real files next to the checkout")
    (tmp_path / "out").mkdir()
    data = (VECTORS / "signed" / "dashinit.mp4").read_bytes()
    source = BytesSource(data)
    bare = bmff.rewrite(source, bmff.scan(source), Edits(store=None))
    (tmp_path / "init.mp4").write_bytes(bare.read_at(0, bare.size))
    for number in range(2):
        real = (VECTORS / "signed" / "dash1.m4s").read_bytes()
        (tmp_path / f"{number}.m4s").write_bytes(real)
    credentials = issued("es256")
    sign(tmp_path, credentials)
    update(tmp_path / "out", tmp_path / "more", credentials)
    root = (credentials.folder / "root.pem").read_text()
    settings = reference.Settings.from_dict({"version": 1, "trust": {"user_anchors": root}})
    context = reference.Context(settings)
    for folder, count in ((tmp_path / "out", 1), (tmp_path / "more", 2)):
        init = (folder / "init.mp4").read_bytes()
        for path in names(folder):
            reader = reference.Reader("video/mp4", io.BytesIO(init), context=context)
            reader.with_fragment("video/mp4", io.BytesIO(init), io.BytesIO(path.read_bytes()))
            found = json.loads(reader.json())
            assert (found["validation_state"], len(found["manifests"])) == ("Trusted", count)


def update(folder: Path, to: Path, credentials: Credentials) -> aidisclose.SignedAsset:
    to.mkdir()
    return aidisclose.sign(
        folder / "init.mp4",
        to / "init.mp4",
        fragments=[(path, to / path.name) for path in names(folder)],
        update=aidisclose.Update(publishes=True),
        signer=credentials.signer(),
        trust=trust(credentials),
    )


def test_an_update_leaves_them_as_they_are(folder: Path, issued: Issued) -> None:
    credentials = issued("es256")
    sign(folder, credentials)
    out, more = folder / "out", folder / "more"
    assert update(out, more, credentials).is_update
    assert [each.read_bytes() for each in names(more)] == [each.read_bytes() for each in names(out)]
    found = aidisclose.verify(more / "init.mp4", trust=trust(credentials), fragments=names(more))
    assert (found.state, found.integrity) == (State.TRUSTED, "intact")
    assert found.store is not None
    assert len(found.store.manifests) == 2


def test_a_redaction_is_an_update(folder: Path, issued: Issued) -> None:
    """C2PA 2.2 §6.8, for fragmented media as for other files."""
    credentials = issued("es256")
    sign(folder, credentials)
    out, more = folder / "out", folder / "more"
    store = aidisclose.read_unverified(out / "init.mp4")
    assert store is not None
    url = store.active.url("c2pa.assertions", "c2pa.ai-disclosure")
    action = {
        "action": "c2pa.redacted",
        "reason": "c2pa.PII.present",
        "parameters": {"redacted": url},
    }
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [action]}}
    more.mkdir()
    made = aidisclose.sign(
        out / "init.mp4",
        more / "init.mp4",
        fragments=[(path, more / path.name) for path in names(out)],
        manifest={"redactions": [url], "assertions": [actions]},
        signer=credentials.signer(),
        trust=trust(credentials),
    )
    assert made.is_update
    found = aidisclose.verify(more / "init.mp4", trust=trust(credentials), fragments=names(more))
    assert found.state is State.TRUSTED


def test_fragments_that_were_altered_are_not_updated(folder: Path, issued: Issued) -> None:
    credentials = issued("es256")
    sign(folder, credentials)
    last = names(folder / "out")[-1]
    data = last.read_bytes()
    last.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(aidisclose.SigningError, match="do not hold, which an update cannot"):
        update(folder / "out", folder / "more", credentials)
    assert list((folder / "more").iterdir()) == []


def test_a_whole_movie_has_no_fragments(tmp_path: Path, issued: Issued) -> None:
    (tmp_path / "init.mp4").write_bytes(INIT)
    (tmp_path / "out").mkdir()
    (tmp_path / "0.m4s").write_bytes(movie())
    with pytest.raises(UnsupportedFormat, match="0 moof boxes"):
        sign(tmp_path, issued("es256"))
