"""References to a manifest store elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.carriers import xmp
from aidisclose.containers import identify
from aidisclose.io.source import BytesSource
from aidisclose.signing.credentials import ROOT
from tests.containers.samples import jpeg, png
from tests.containers.samples_images import gif
from tests.containers.samples_ogg import VORBIS, ogg
from tests.containers.samples_riff import wav
from tests.issuing import Issued

URL = "https://media.example/store.c2pa?of=1&v=2"
MADE = ad.Disclosure(ai="generated")


def written(data: bytes) -> tuple[str, ...] | None:
    source = BytesSource(data)
    found = identify(source).scan(source).xmp
    assert found is not None
    return xmp.parse(source.read_at(*found)).values.get(xmp.PROVENANCE)


@pytest.mark.parametrize("data", [jpeg(), png(), gif(), wav()], ids=("jpeg", "png", "gif", "wav"))
@pytest.mark.parametrize("with_xmp", [None, False])
def test_the_reference_is_in_xmp_and_the_file_still_trusted(
    data: bytes, with_xmp: bool | None, issued: Issued
) -> None:
    credentials = issued("es256")
    out = io.BytesIO()
    ad.sign(data, out, disclosure=MADE, signer=credentials.signer(), remote=URL, xmp=with_xmp)
    assert written(out.getvalue()) == (URL,)
    root = (credentials.folder / ROOT).read_bytes()
    report = ad.verify(out.getvalue(), trust=ad.TrustConfig.from_pem(root))
    assert report.state is ad.State.TRUSTED


def test_with_a_sidecar_the_copy_has_the_reference_alone(tmp_path: Path, issued: Issued) -> None:
    source, out, store = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "b.png.c2pa"
    source.write_bytes(png())
    signer = issued("es256").signer()
    ad.sign(source, out, sidecar=store, disclosure=MADE, signer=signer, remote=URL)
    assert written(out.read_bytes()) == (URL,)
    layout = identify(BytesSource(out.read_bytes())).scan(BytesSource(out.read_bytes()))
    assert layout.stores == ()
    report = ad.verify(out, trust=ad.TrustConfig.none())
    assert report.state is ad.State.VALID


@pytest.mark.parametrize("url", ["http://media.example/a", "ftp://a", "https://a b", "", "a.c2pa"])
def test_other_addresses_are_refused(url: str, issued: Issued) -> None:
    with pytest.raises(ValueError, match="https"):
        ad.sign(png(), io.BytesIO(), disclosure=MADE, signer=issued("es256").signer(), remote=url)


def test_a_format_without_xmp_is_refused(issued: Issued) -> None:
    signer = issued("es256").signer()
    with pytest.raises(ad.UnsupportedFormat, match="Ogg"):
        ad.sign(ogg(VORBIS), io.BytesIO(), disclosure=MADE, signer=signer, remote=URL)
