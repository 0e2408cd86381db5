"""Every algorithm in the formats that people sign most."""

from __future__ import annotations

import io

import pytest

import aidisclose as ad
from aidisclose.containers import CONTAINERS
from aidisclose.signing.credentials import ROOT
from tests.containers import samples
from tests.interop import reference
from tests.issuing import Issued


@pytest.mark.parametrize("alg", reference.KNOWN)
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WAV", "MP3"])
def test_both_sides_trust_it(alg: str, name: str, issued: Issued) -> None:
    made, out = issued(alg), io.BytesIO()
    container = next(item for item in CONTAINERS if item.name == name)
    data = next(iter(samples.of(container))).data()
    ad.sign(data, out, disclosure=ad.Disclosure(ai="generated"), signer=made.signer())
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    assert ad.verify(out.getvalue(), trust=trust).state is ad.State.TRUSTED
    found = reference.read(out.getvalue(), made, container.media_types[0])
    assert found["validation_state"] == "Trusted"
