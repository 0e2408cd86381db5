"""Identity assertions that are written here are valid to the reference and to the second verifier.

c2pa-rs 0.91 trusts no actor, whatever anchors its settings name: that is its one failure.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

import aidisclose as ad
from aidisclose.containers import CONTAINERS, Container
from aidisclose.signing.credentials import ROOT
from tests.containers import samples
from tests.interop import reference, second
from tests.interop.test_both_ways import NOT_READ
from tests.issuing import Issued
from tests.render import media
from tests.servers import serve
from tests.signing.test_tsa import openssl_tsa

GENERATED = ad.Disclosure(ai="generated")
UNTRUSTED = {"cawg.x509.credential.untrusted"}
FORMATS = [each for each in CONTAINERS if each.name not in NOT_READ]


def sign(issued: Issued, source: bytes, alg: str = "es256", **options: Any) -> bytes:
    actor = ad.Actor(
        signer=issued(alg).signer(), roles=("cawg.creator",), references=("c2pa.actions.v2",)
    )
    output = io.BytesIO()
    signer = issued("es256").signer()
    ad.sign(source, output, disclosure=GENERATED, signer=signer, actors=[actor], **options)
    return output.getvalue()


def assert_valid(found: dict[str, Any]) -> None:
    results = found["validation_results"]["activeManifest"]
    passed = {each["code"] for each in results["success"]}
    assert {"cawg.identity.well-formed", "cawg.x509.signature.validated"} <= passed
    assert {each["code"] for each in results["failure"]} == UNTRUSTED
    assert found["validation_state"] == "Valid"


@pytest.mark.parametrize("alg", reference.KNOWN)
def test_every_algorithm(alg: str, issued: Issued) -> None:
    data = sign(issued, media.picture(), alg)
    found = reference.read(data, issued("es256"))
    assert_valid(found)
    [named] = [
        each["data"]
        for each in found["manifests"][found["active_manifest"]]["assertions"]
        if each["label"] == "cawg.identity"
    ]
    assert named["signer_payload"]["role"] == ["cawg.creator"]
    assert named["signature_info"]["common_name"].startswith("Signer")


@pytest.mark.parametrize("container", FORMATS, ids=lambda each: each.name)
def test_every_format(container: Container, issued: Issued) -> None:
    sample = next(iter(samples.of(container)))
    data = sign(issued, sample.data())
    assert_valid(reference.read(data, issued("es256"), container.media_types[0]))


def test_a_time_stamp(issued: Issued, tmp_path: Path) -> None:
    with serve(openssl_tsa(issued("es256").folder, tmp_path)) as server:
        data = sign(issued, media.picture(), authorities=[ad.Authority(url=server.url)])
    assert_valid(reference.read(data, issued("es256")))


@pytest.mark.parametrize("alg", reference.KNOWN)
def test_the_second_verifier(alg: str, issued: Issued) -> None:
    data = sign(issued, media.picture(), alg)
    found = json.dumps(second.read(data, (issued("es256").folder / ROOT).read_bytes()))
    assert '"cawg.identity.well-formed"' in found
    assert "mismatch" not in found
