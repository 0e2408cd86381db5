"""Files whose offsets would lead into the manifest store are not signed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.errors import UnsupportedFormat
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
