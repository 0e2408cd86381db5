"""Files of which `verify` could not tell what readers are led to are not signed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose import limits
from aidisclose.errors import LimitExceeded, UnsupportedFormat
from tests.containers import samples_pdf
from tests.containers import test_strays as strays
from tests.issuing import Issued


@pytest.mark.parametrize("name", ["PDF table", "TIFF strip", "TIFF sub-directory", "stco", "idx1"])
def test_they_are_refused(name: str, issued: Issued, tmp_path: Path) -> None:
    make, change = strays.CASES[name]
    data = make()
    dangling = change(data, len(data) + 3_000)
    signer = issued("es256").signer()
    disclosure = ad.Disclosure(ai="generated")
    # With XMP, some would lead into that, which is hashed.
    output = tmp_path / "signed"
    with pytest.raises(UnsupportedFormat, match=r"leads (into|past) .*: --sidecar"):
        ad.sign(dangling, output, signer=signer, disclosure=disclosure, xmp=False)
    assert list(tmp_path.iterdir()) == []
    # Beside the file nothing can be filled in.
    ad.sign(dangling, sidecar=output, signer=signer, disclosure=disclosure)
    ad.sign(data, io.BytesIO(), signer=signer, disclosure=disclosure)


@pytest.mark.parametrize("form", ["output", "sidecar"])
def test_a_file_with_too_much_to_look_at(
    form: str, issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of many annotations, each of which could show another file."""
    objects = dict(samples_pdf.OBJECTS)
    objects[3] = objects[3].removesuffix(b">>") + b"/Annots[%b]>>" % (b"99 0 R " * 100)
    data = samples_pdf.pdf({**objects, 99: b"<</Subtype/Link/Contents(%b)>>" % (b"x" * 1_000)})
    signer = issued("es256").signer()
    disclosure = ad.Disclosure(ai="generated")
    output = tmp_path / "signed"
    ad.sign(data, signer=signer, disclosure=disclosure, **{form: output})  # type: ignore[arg-type]
    output.unlink()
    monkeypatch.setattr(limits, "PDF_PARSED", 50_000)
    with pytest.raises(LimitExceeded, match="more than 50000 bytes of PDF objects"):
        ad.sign(data, signer=signer, disclosure=disclosure, **{form: output})  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
