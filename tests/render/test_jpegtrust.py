"""Trust Indicator Sets: the types of the published schema, and what Trust Profiles look for."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from typing import Any

import pytest

import aidisclose as ad
from aidisclose.render import jpegtrust
from aidisclose.signing.credentials import ROOT, Credentials
from tests.bindings.build import flip
from tests.containers import samples
from tests.interop.test_verdicts import compressed, generation, redacted, updated
from tests.issuing import Issued

Json = dict[str, Any]


def document(data: bytes, made: Credentials) -> Json:
    trust = ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())
    report = ad.verify(data, trust=trust, hashed=True)
    found: Json = json.loads(json.dumps(jpegtrust.document(report, file="a.jpg")))
    return found


def signed(made: Credentials) -> bytes:
    output = io.BytesIO()
    disclosure = ad.Disclosure(ai="generated", model="Model")
    ad.sign(samples.jpeg(), output, signer=made.signer(), disclosure=disclosure)
    return output.getvalue()


def test_what_profiles_look_for(issued: Issued) -> None:
    made = issued("es256")
    data = signed(made)
    found = document(data, made)
    assert found["@context"]["@vocab"] == "https://jpeg.org/jpegtrust"
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert found["asset_info"] == {"alg": "sha256", "hash": digest}
    assert found["content"] == {"fileType": "jpeg"}
    [manifest] = found["manifests"]
    assert manifest["status"]["signature"] == "claimSignature.validated"
    assert manifest["status"]["trust"] == "signingCredential.trusted"
    assert manifest["status"]["content"] == "assertion.dataHash.match"
    assert set(manifest["status"]["assertion"].values()) == {"assertion.hashedURI.match"}
    assert manifest["status"]["assertion"].keys() == manifest["assertions"].keys()
    assert manifest["signature"]["algorithm"] == "ES256"
    assert manifest["signature"]["subject"]["CN"].startswith("Signer")
    assert manifest["claim.v2"]["claim_generator_info"]["name"] == "aidisclose"
    action = manifest["assertions"]["c2pa.actions.v2"]["actions"][0]
    assert action["digitalSourceType"].endswith("trainedAlgorithmicMedia")
    assert isinstance(manifest["assertions"]["c2pa.hash.data"]["hash"], str)
    status = found["extras:validation_status"]
    assert (status["isValid"], status["error"], status["validationErrors"]) == (True, None, [])


def test_an_altered_file(issued: Issued) -> None:
    made = issued("es256")
    found = document(flip(signed(made), -20), made)
    assert found["manifests"][0]["status"]["content"] == "assertion.dataHash.mismatch"
    status = found["extras:validation_status"]
    assert status["isValid"] is False
    assert [each["code"] for each in status["validationErrors"]] == ["assertion.dataHash.mismatch"]
    assert status["error"] == status["validationErrors"][0]["message"]
    assert {each["severity"] for each in status["entries"]} <= {"info", "warning", "error"}


def test_a_file_without_credentials(issued: Issued) -> None:
    found = document(samples.jpeg(), issued("es256"))
    assert found["manifests"] == []
    assert found["extras:validation_status"]["isValid"] is False


#: The types that the schema names, for members that documents have.
TYPES: dict[str, tuple[type, ...]] = {
    "label": (str,),
    "alg": (str,),
    "hash": (str,),
    "pad": (str,),
    "url": (str,),
    "instanceID": (str,),
    "dc:title": (str,),
    "dc:format": (str,),
    "actions": (list,),
    "allActionsIncluded": (bool,),
    "parameters": (dict,),
    "softwareAgent": (str, dict),
    "claim_generator_info": (list, dict),
    "activeManifest": (dict,),
    "validationResults": (dict,),
    "serial_number": (str,),
    "validity": (dict,),
}


def check(value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            check(each)
    for name, each in value.items() if isinstance(value, dict) else ():
        if name in TYPES:
            # A claim names its signature by a string; `url` of a status may be empty.
            assert isinstance(each, TYPES[name]), (name, each)
        check(each)


@pytest.mark.parametrize(
    "make", [signed, lambda made: generation(made, 3), updated, redacted, compressed]
)
def test_types_are_those_of_the_schema(make: Any, issued: Issued) -> None:
    made = issued("es256")
    found = document(make(made), made)
    check(found)
    for manifest in found["manifests"]:
        claim = manifest["claim.v2"]
        for name in ("created_assertions", "gathered_assertions", "redacted_assertions"):
            assert all(isinstance(each, dict) for each in claim[name])
        assert {"url", "hash"} <= claim["created_assertions"][0].keys()
        assert isinstance(claim["signature"], str)
        assert all(isinstance(each, str) for each in manifest["status"]["assertion"].values())
        assert manifest["signature"]["validity"].keys() == {"notBefore", "notAfter"}
