"""ZIP archives of the reference, and what it says of ours.

It writes a map where the text has a list of files, and reads nothing else; and what is compressed
it does not read at all.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence

import c2pa
import pytest

import aidisclose as ad
from aidisclose.bindings import collection_hash
from aidisclose.bindings.binding import BindingTerms, Fields
from aidisclose.signing.credentials import ROOT, Credentials
from tests.containers import samples_zip
from tests.containers.samples_zip import add, archive
from tests.interop import reference
from tests.interop.reference import CREATED, definition
from tests.issuing import Issued

TYPE = "application/epub+zip"


def fill(file: samples_zip.File) -> None:
    add(file, "mimetype", TYPE.encode())
    add(file, "folder/")
    add(file, "folder/Zoë 1.txt")


def wide(file: samples_zip.File) -> None:
    """One entry is long, and says so: no descriptor, the length of which the reference mistakes."""
    fill(file)
    add(file, "long", wide=True)


SAMPLES = {
    "wide": lambda: archive(wide),
    "plain": lambda: archive(fill),
    "comment": lambda: archive(fill, comment=b"the end"),
    "piped": lambda: archive(fill, piped=True),
    "zip64": lambda: samples_zip.zip64(archive(fill)),
}
each_sample = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


def verify(data: bytes, made: Credentials) -> ad.Report:
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    return ad.verify(data, trust=trust)


def sign(data: bytes, made: Credentials, ai: ad.AIKind = "generated") -> bytes:
    out = io.BytesIO()
    ad.sign(data, out, disclosure=ad.Disclosure(ai=ai), signer=made.signer())
    return out.getvalue()


@each_sample
def test_what_it_signs_is_trusted_here(sample: Callable[[], bytes], issued: Issued) -> None:
    """Also when it is signed again here."""
    made = issued("es256")
    data = reference.sign(sample(), made, definition(CREATED), media_type=TYPE)
    report = verify(data, made)
    assert (report.state, report.media_type) == (ad.State.TRUSTED, TYPE)
    again = verify(sign(data, made, "edited"), made)
    assert again.state is ad.State.TRUSTED
    assert again.store is not None
    assert len(again.store.manifests) == 2


@each_sample
def test_what_it_signs_is_protected(sample: Callable[[], bytes], issued: Issued) -> None:
    made = issued("es256")
    data = reference.sign(sample(), made, definition(CREATED), media_type=TYPE)
    for offset in (data.index(b"bright"), data.rindex(b"Zo"), data.rindex(b"PK\5\6") + 21):
        altered = data[:offset] + bytes([data[offset] ^ 1]) + data[offset + 1 :]
        try:
            assert verify(altered, made).state is ad.State.INVALID
        except ad.MalformedFile:
            continue


@each_sample
def test_it_hashes_the_same_bytes(
    sample: Callable[[], bytes], issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store of ours with a map, in the form that the reference reads, is trusted by it."""
    made = issued("es256")
    with pytest.raises(c2pa.C2paError, match="expected a map"):
        reference.read(sign(sample(), made), made, TYPE)
    fields = collection_hash._fields

    def with_map(names: Iterable[str], terms: BindingTerms, values: Sequence[bytes]) -> Fields:
        names = list(names)
        found = fields(names, terms, values)
        hashes = {
            name.removesuffix("/"): {"hash": value}
            for name, value in zip(names, values, strict=False)
        }
        return found | {"uris": hashes}

    monkeypatch.setattr(collection_hash, "_fields", with_map)
    data = sign(sample(), made)
    assert reference.read(data, made, TYPE)["validation_state"] == "Trusted"
    assert verify(data, made).state is ad.State.TRUSTED
