"""A live stream whose manifests the reference signs: each segment carries one (C2PA 2.5 §15.4).

It knows neither streams nor session keys; the order is checked here alone.
"""

from __future__ import annotations

from typing import Any

import aidisclose as ad
from aidisclose.signing.credentials import ROOT, Credentials
from tests.bindings.build import flip
from tests.containers.samples_bmff import box, ftyp
from tests.interop import reference
from tests.issuing import Issued
from tests.validate.stream import INIT, media

#: The first box of the segments that are signed.
STYP = box("styp", b"msdh", bytes(4))


def signed(number: int, made: Credentials, previous: str, **changes: Any) -> bytes:
    said = {
        "sequenceNumber": number,
        "streamId": "stream",
        "continuityMethod": "c2pa.manifestId",
        "previousManifestId": previous,
    } | changes
    definition = reference.definition(reference.CREATED)
    definition["assertions"].append({"label": "c2pa.livevideo.segment", "data": said})
    # The reference takes no file that begins with `styp`, as segments mostly do.
    data = ftyp("iso6", "cmfs") + media(number).partition(STYP)[2]
    return reference.sign(data, made, definition, media_type="video/mp4")


def stream(made: Credentials, count: int) -> list[bytes]:
    """Segments, each of which names the manifest of the one before."""
    found: list[bytes] = []
    previous = "urn:c2pa:00000000-0000-4000-8000-000000000000"
    for number in range(1, count + 1):
        found.append(signed(number, made, previous))
        store = ad.read_unverified(found[-1])
        assert store is not None
        previous = store.active.label
    return found


def check(made: Credentials, *files: bytes) -> ad.LiveStream:
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    return ad.verify_stream(files, trust=trust)


def test_segments_that_the_reference_signed(issued: Issued) -> None:
    made = issued("es256")
    start = reference.sign(
        INIT, made, reference.definition(reference.CREATED), media_type="video/mp4"
    )
    files = stream(made, 4)
    found = check(made, start, *files)
    assert [each.failures for each in found.segments] == [()] * 5
    assert found.state is ad.State.TRUSTED
    assert [each.sequence for each in found.segments] == [None, 1, 2, 3, 4]
    assert check(made, start, files[0], files[3]).segments[-1].failures[0].code == (
        "livevideo.segment.invalid"
    )
    altered = check(made, start, files[0], flip(files[1], -5)).segments[-1]
    assert altered.failures[0].code == "livevideo.manifest.invalid"
