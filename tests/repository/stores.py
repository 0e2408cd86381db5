"""Manifest stores of pictures, for repositories."""

from __future__ import annotations

import io

from PIL import Image

import aidisclose as ad
from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import fingerprint
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.signing.request import SignRequest
from tests.durable.pictures import encoded
from tests.issuing import Issued


def signed(issued: Issued, picture: Image.Image, *bindings: SoftBinding) -> bytes:
    """The manifest store of a picture."""
    request = SignRequest(statement=ad.Disclosure(ai="generated"), soft_bindings=bindings)
    asset = ad.sign_to(
        ad.Destination(output=io.BytesIO()),
        io.BytesIO(encoded(picture)),
        request=request,
        signer=issued("es256").signer(),
    )
    return asset.store


def printed(picture: Image.Image) -> SoftBinding:
    return SoftBinding(iscc.ALG, fingerprint(io.BytesIO(encoded(picture))))
