"""Signing with test credentials, and what both validators say of the result."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from aidisclose.manifest import ingredient
from aidisclose.manifest.store import Store
from aidisclose.signing import credentials
from aidisclose.signing.asset import SignedAsset
from aidisclose.signing.credentials import Credentials
from aidisclose.signing.flow import sign
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.state import State
from aidisclose.validate.verify import verify
from tests.interop import reference


class Bench:
    """Signs with test credentials; what it wrote must be trusted, by the reference too."""

    def __init__(self, own: Credentials, folder: Path) -> None:
        self.own = own
        self.folder = folder
        self.signer = own.signer()
        self.trust = TrustConfig.from_pem((own.folder / credentials.ROOT).read_bytes())

    def make(self, data: bytes, **options: Any) -> tuple[bytes, SignedAsset]:
        output = io.BytesIO()
        asset = sign(data, output, signer=self.signer, trust=self.trust, **options)
        return output.getvalue(), asset

    def sign(self, data: bytes, **options: Any) -> bytes:
        return self.make(data, **options)[0]

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    def report(self, data: bytes) -> Report:
        report = verify(data, trust=self.trust)
        assert report.state is State.TRUSTED, report.failures
        found = reference.read(data, self.own, report.media_type)
        assert found["validation_state"] == "Trusted"
        return report

    def store(self, data: bytes) -> Store:
        store = self.report(data).store
        assert store is not None
        return store

    def ingredients(self, data: bytes) -> list[tuple[str, str | None, bool]]:
        found = map(ingredient.decode, self.store(data).active.named(ingredient.NAME))
        return [(item.relationship, item.title, item.manifest is not None) for item in found]

    def actions(self, data: bytes) -> list[dict[str, Any]]:
        (found,) = self.store(data).active.named("c2pa.actions")
        listed = found.fields["actions"]
        assert isinstance(listed, list)
        return listed
