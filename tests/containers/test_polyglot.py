"""Files that programs of a second format open too: which are refused, and which are left alone."""

from __future__ import annotations

import io
import zipfile

import pytest

from aidisclose import limits
from aidisclose.containers import identify, refuse_polyglot
from aidisclose.errors import UnsupportedFormat
from aidisclose.io.source import BytesSource
from tests.attacks.files import embed
from tests.containers import samples

DOCUMENT = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj"
TABLES = b"1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF"


def refuse(data: bytes) -> None:
    source = BytesSource(data)
    container = identify(source)
    refuse_polyglot(source, container.scan(source), container)


def signed_jpeg(*, before: bytes = b"", behind: bytes = b"") -> bytes:
    """A JPEG with a store, a comment before it, and other bytes behind the picture."""
    data = embed(samples.jpeg(), samples.store(100))
    return data[:2] + samples.jpeg_segment(0xFE, before) + data[2:] + behind


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.txt", "text")
    return file.getvalue()


@pytest.mark.parametrize("data", [signed_jpeg(before=DOCUMENT), signed_jpeg(behind=TABLES)])
def test_a_picture_that_is_a_document(data: bytes) -> None:
    with pytest.raises(UnsupportedFormat, match="programs for PDF open it as well"):
        refuse(data)


def test_a_picture_that_is_an_archive() -> None:
    whole = archive()
    with pytest.raises(UnsupportedFormat, match="programs for ZIP open it as well"):
        refuse(signed_jpeg(before=whole, behind=whole[-22:]))


@pytest.mark.parametrize("at", range(-5, 3))
def test_an_archive_across_two_looks(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = archive()
    data = signed_jpeg(before=whole, behind=whole[-22:])
    monkeypatch.setattr(limits, "CHUNK", data.index(b"PK\3\4") - at)
    with pytest.raises(UnsupportedFormat):
        refuse(data)


@pytest.mark.parametrize(
    "data",
    [
        signed_jpeg(),
        signed_jpeg(before=b"about %PDF-1.7 and startxref"),
        signed_jpeg(before=DOCUMENT.rjust(2000, b".")),
        signed_jpeg(behind=archive()),  # which nothing of the store is part of
        signed_jpeg(behind=archive()[-22:]),
        samples.jpeg() + archive(),
        samples.jpeg()[:2] + samples.jpeg_segment(0xFE, DOCUMENT) + samples.jpeg()[2:],
    ],
)
def test_other_files_are_left_alone(data: bytes) -> None:
    refuse(data)


@pytest.mark.parametrize("name", ["PDF", "ZIP"])
def test_a_file_of_that_format_itself(name: str) -> None:
    refuse(embed(samples.FAMILIES[name].samples[0].data(), samples.store(100)))
