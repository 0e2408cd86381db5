"""Parts of the service by themselves: pictures, answers of workers, what is left out, the log."""

from __future__ import annotations

import base64
import io
import json
import zlib
from pathlib import Path

import pytest
from PIL import Image

import aidisclose as ad
from aidisclose import limits
from aidisclose.errors import Malformed
from aidisclose.service import answers
from aidisclose.service.answers import Fate, Picture, WorkerAnswer
from aidisclose.service.journal import Journal
from aidisclose.service.picture import pictures, shrink
from aidisclose.service.withheld import withhold
from tests.manifest import build
from tests.manifest.build import TRUST, Recipe
from tests.service.running import serving

FIXTURES = Path(__file__).parents[2] / "fixtures"


def encoded(form: str, size: tuple[int, int] = (600, 300), **more: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, form, **more)
    return written.getvalue()


def decoded(picture: Picture) -> Image.Image:
    head, _, text = picture.data.partition(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(text)))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_made_small(form: str) -> None:
    found = shrink(io.BytesIO(encoded(form)), "file")
    assert found is not None
    assert (found.shows, found.width, found.height) == ("file", 256, 128)
    assert decoded(found).size == (256, 128)


def test_nothing_of_the_file_itself_is_in_it() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Rosalind Example"
    exif[0x0112] = 6  # it lies on its side
    found = shrink(io.BytesIO(encoded("JPEG", exif=exif, comment=b"Rosalind Example")), "file")
    assert found is not None
    assert (found.width, found.height) == (128, 256)
    assert b"Rosalind" not in base64.b64decode(found.data.partition(",")[2])
    assert not decoded(found).getexif()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        encoded("JPEG")[:300],
        encoded("BMP"),
        encoded("PNG", (5000, 5000)),
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        encoded("PNG")[:60] + zlib.compress(bytes(10_000_000)),
    ],
)
def test_what_is_no_picture_for_a_page_is_left_out(data: bytes) -> None:
    found = shrink(io.BytesIO(data), "file")
    assert found is None or (found.width <= 256 and found.height <= 256)
    if b"svg" in data or len(data) == 0:
        assert found is None


def test_thumbnails_are_those_that_the_signature_covers() -> None:
    thumbnails = (
        build.file("c2pa.thumbnail.claim", encoded("PNG", (64, 32))),
        build.file("c2pa.thumbnail.ingredient", encoded("JPEG", (32, 64)), b"image/jpeg"),
        build.file("c2pa.thumbnail.ingredient__1", b"<svg onload='x'/>", b"image/svg+xml"),
    )
    data = build.signed(Recipe(assertions=(build.actions(), *thumbnails)))
    report = ad.verify(data, trust=TRUST)
    found = list(pictures(io.BytesIO(data), report.believed))
    assert [(each.shows, each.width, each.height) for each in found][-2:] == [
        ("claim", 64, 32),
        ("ingredient", 32, 64),
    ]
    assert [each.shows for each in pictures(io.BytesIO(data), None)] in ([], ["file"])


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"fate": "checked", "pictures": []}',
        json.dumps(WorkerAnswer(Fate.CHECKED)._asdict() | {"outcome": "other"}).encode(),
        json.dumps(WorkerAnswer(Fate.CHECKED)._asdict() | {"article": 5}).encode(),
        json.dumps(WorkerAnswer(Fate.CHECKED)._asdict() | {"document": []}).encode(),
        json.dumps(WorkerAnswer(Fate.CHECKED)._asdict() | {"pictures": [{"shows": 1}]}).encode(),
        json.dumps(WorkerAnswer(Fate.CHECKED)._asdict() | {"more": 1}).encode(),
    ],
)
def test_what_a_worker_should_not_answer_is_refused(message: bytes) -> None:
    with pytest.raises(Malformed):
        answers.decode(message)


def test_an_answer_survives_the_way() -> None:
    picture = Picture("file", "data:image/jpeg;base64,AA==", 1, 2)
    answer = WorkerAnswer(Fate.CHECKED, "valid", "", {"a": 1}, {"b": 2}, "<p>", (picture,))
    assert answers.decode(answer.encode()[answers.PREFIX :]) == answer


def test_what_is_left_out_changes_no_answer() -> None:
    names = ("state", "integrity", "trust", "disclosure", "missing", "covered", "media_type")
    files = ("generated.jpg", "edited.jpg", "unsigned.jpg", "altered-claim.jpg", "expired.png")
    for path in (FIXTURES / name for name in (*files, "two-stores.png", "generated.wav")):
        report = ad.verify(path, trust=ad.TrustConfig.none())
        shown = withhold(report)
        for name in names:
            assert getattr(shown, name) == getattr(report, name), (path, name)
        codes = [each.code for each in report.failures]
        assert [each.code for each in shown.failures] == codes
        assert not any(each.explanation for each in shown.failures)


def test_lines_of_the_log_are_short_and_whole() -> None:
    stream = io.StringIO()
    Journal(stream).write("lost", reason="x\n\u2028\x1b" * 1000, nothing=None, count=1)
    [line] = stream.getvalue().splitlines()
    found = json.loads(line)
    assert (found["event"], found["count"], "nothing" in found) == ("lost", 1, False)
    assert len(found["reason"]) == 200
    stream.close()
    Journal(stream).write("lost")  # nobody reads it


def test_workers_have_nothing_that_is_secret(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hush")
    with serving(home) as service:
        assert b"hush" in Path(f"/proc/{service.process.pid}/environ").read_bytes()
        for each in service.workers():
            assert b"hush" not in Path(f"/proc/{each}/environ").read_bytes()
            opened = [str(fd.readlink()) for fd in Path(f"/proc/{each}/fd").iterdir()]
            assert len([name for name in opened if name != "/dev/null"]) == 1, opened
            limited = Path(f"/proc/{each}/limits").read_text()
            assert str(1024 * limits.MIB) in limited
