"""crJSON: valid by its schema, and the same facts as in the document of the reference."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2
import jsonschema
import pytest

import aidisclose as ad
from aidisclose.render import crjson, formats
from aidisclose.render.renderer import Result, Run
from aidisclose.signing.credentials import ROOT, Credentials
from aidisclose.trust.certificate import load_pem
from aidisclose.trust.config import of_list
from aidisclose.trust.lists import ListedCertificate, Purpose, TrustList
from aidisclose.validate.verify import verify
from tests.cli.running import program
from tests.interop import reference
from tests.interop.test_verdicts import (
    compressed,
    generation,
    picture,
    redacted,
    redacted_in_update,
    updated,
)
from tests.issuing import Issued
from tests.manifest import build
from tests.manifest.build import ABSENT, Recipe
from tests.trust import pki, tokens
from tests.trust.pki import NOW

SHARED = Path(__file__).resolve().parents[3] / "shared"


def schema() -> dict[str, Any]:
    """The published schema, with what crJSON 2.5 changes in it (§3.4, §3.8.1, §5)."""
    path = SHARED / "spec" / "crJSON-schema.json"
    if not path.exists():
        pytest.skip("the schema is not at hand")
    found: dict[str, Any] = json.loads(path.read_text())
    definitions = found["definitions"]
    manifest = definitions["manifest"]
    for name in ("isUpdateManifest", "isCompressedManifest"):
        manifest["properties"][name] = {"type": "boolean"}
        manifest["required"].append(name)
    status = definitions["validationStatusEntry"]
    status["properties"]["resourceUrl"] = {"type": "string"}
    status["not"] = {"required": ["url", "resourceUrl"]}
    definitions["trustListUriEntry"] = {
        "type": "object",
        "properties": {
            "uri": {"type": "string", "format": "uri"},
            "type": {"type": "string", "pattern": r"^([\da-zA-Z_-]+\.)+[\da-zA-Z_-]+$"},
            "identifier": {"type": "string"},
        },
        "required": ["uri", "type"],
        "additionalProperties": False,
    }
    for name in ("manifestValidationResults", "validationResults"):
        definitions[name]["properties"]["trustListUris"] = {
            "type": "array",
            "items": {"$ref": "#/definitions/trustListUriEntry"},
            "minItems": 1,
        }
    return found


def trust(made: Credentials) -> ad.TrustConfig:
    return ad.TrustConfig.from_pem((made.folder / ROOT).read_bytes())


def document(data: bytes, made: Credentials) -> dict[str, Any]:
    """What is printed, read back."""
    renderer = formats.renderer("verify", "crjson")
    result = Result("a file", verify(data, trust=trust(made)))
    text = renderer.result(result, Run(datetime.now(UTC)))
    found: dict[str, Any] = json.loads(text)
    return found


def by_us(made: Credentials) -> bytes:
    out = io.BytesIO()
    disclosure = ad.Disclosure(ai="generated", model="Model")
    ad.sign(picture(), out, signer=made.signer(), disclosure=disclosure)
    return out.getvalue()


FILES = {
    "ours": by_us,
    "theirs": lambda made: generation(made, 1),
    "three generations": lambda made: generation(made, 3),
    "updated": updated,
    "redacted": redacted,
    "compressed": compressed,
}


#: The reference lists no created assertions in these, which the schema does not permit.
IRREGULAR = {"redacted in an update": redacted_in_update}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_documents_follow_the_schema(make: Any, issued: Issued) -> None:
    made = issued("es256")
    jsonschema.Draft202012Validator(schema()).validate(document(make(made), made))


def test_a_file_without_a_store_has_no_manifests(issued: Issued) -> None:
    found = document(picture(), issued("es256"))
    jsonschema.Draft202012Validator(schema()).validate(found)
    assert found["manifests"] == []


def plain(value: Any) -> Any:
    """Without what the reference adds to hashed URIs on reading: an empty `pad`."""
    if isinstance(value, dict):
        kept = {name: plain(item) for name, item in value.items()}
        if set(kept) == {"url", "hash", "pad"} or set(kept) == {"url", "hash", "alg", "pad"}:
            kept.pop("pad")
        # What has no form in JSON, or was redacted, is an empty object (crJSON 2.5 §3.6.1).
        return {} if set(kept) == {"identifier", "hash"} else kept
    if isinstance(value, list):
        return [plain(item) for item in value]
    # Both forms of a time in UTC are RFC 3339.
    return re.sub(r"\+00:00$", "Z", value) if isinstance(value, str) else value


def codes(results: dict[str, Any]) -> set[tuple[str, str, str]]:
    kinds = ("success", "informational", "failure")
    return {(kind, item["code"], _where(item)) for kind in kinds for item in results[kind]}


def _where(item: dict[str, str]) -> str:
    # C2PA 2.5 appendix D: of the assertion; the reference names the manifest that it refers to.
    return "" if item["code"].startswith("ingredient.") else item["url"]


@pytest.mark.parametrize("make", (FILES | IRREGULAR).values(), ids=FILES | IRREGULAR)
def test_the_document_says_what_that_of_the_reference_says(make: Any, issued: Issued) -> None:
    made = issued("es256")
    data = make(made)
    found = document(data, made)
    theirs = reference.crjson(data, made)
    assert [item["label"] for item in found["manifests"]] == [
        item["label"] for item in theirs["manifests"]
    ]
    for ours, other in zip(found["manifests"], theirs["manifests"], strict=True):
        for name in ("isUpdateManifest", "isCompressedManifest", "assertions", "claim.v2"):
            assert plain(ours[name]) == plain(other[name]), name
        # crJSON 2.5 §3.7 has the names of the specification, in capitals.
        assert ours["signature"]["algorithm"] == other["signature"]["algorithm"].upper()
        certificate = plain(other["signature"]["certificateInfo"])
        assert plain(ours["signature"]["certificateInfo"]) == certificate
    active, others = found["manifests"][0], theirs["manifests"][0]
    news = {"assertion.action.ingredientLocationMismatch"}  # new in 2.5
    ours_found = {item for item in codes(active["validationResults"]) if item[1] not in news}
    assert ours_found == codes(others["validationResults"])


def stamped() -> bytes:
    def stamp(protected: bytes, _claim: bytes, signature: bytes) -> dict[object, object]:
        message = cbor2.dumps(["CounterSignature", protected, b"", cbor2.dumps(signature)])
        token = tokens.token(content=tokens.info(message))
        filler = bytes(2000 - len(token))  # the length of its signature varies
        return {"sigTst2": {"tstTokens": [{"val": token}]}, "pad": filler}

    return build.signed(Recipe(seal=build.Seal(unprotected=stamp)))


def test_time_stamps_name_their_authority() -> None:
    found: Any = crjson.document(verify(stamped(), trust=build.TRUST, at=NOW))
    jsonschema.Draft202012Validator(schema()).validate(found)
    info = found["manifests"][0]["signature"]["timeStampInfo"]
    assert info["timestamp"] == "2026-06-01T12:00:00Z"
    assert info["certificateInfo"]["subject"]["CN"] == "TSA"


def test_values_that_json_does_not_have_are_written_as_the_specification_says() -> None:
    content = {
        "bytes": b"\1\2",
        "time": cbor2.CBORTag(0, "2026-01-01T00:00:00Z"),
        "epoch": cbor2.CBORTag(1, 5),
        "nan": float("nan"),
        1: [None, True, 1.5],
    }
    note = build.cbor("com.example.note", content)
    data = build.signed(Recipe(assertions=(build.actions(), note)))
    found: Any = crjson.document(verify(data, trust=build.TRUST, at=NOW))
    assert found["manifests"][0]["assertions"]["com.example.note"] == {
        "bytes": "b64'AQI='",
        "time": "2026-01-01T00:00:00Z",
        "epoch": 5,
        "nan": None,
        "1": [None, True, 1.5],
    }


def test_keys_that_read_alike_are_told_apart() -> None:
    said = {1: "number", "1": "text", b"a": "bytes", "b'a'": "text", 2: {-1: "x", "-1": "y"}}
    recipe = Recipe(assertions=(build.actions(), build.cbor("com.example", said)))
    found: Any = crjson.document(verify(build.signed(recipe), trust=build.TRUST, at=NOW))
    assert found["manifests"][0]["assertions"]["com.example"] == {
        "1 (number)": "number",
        "1": "text",
        "b'a' (bytes)": "bytes",
        "b'a'": "text",
        "2": {"-1 (number)": "x", "-1": "y"},
    }


def test_what_cannot_be_read_is_said_elsewhere(issued: Issued) -> None:
    data = build.embed(b"\0\0\0\x08free")
    found: Any = crjson.document(verify(data, trust=ad.TrustConfig.none()))
    assert found["manifests"] == []
    (failure,) = found["extras:validationResults"]["failure"]
    assert failure["code"] == "manifest.inaccessible.malformed"
    renderer = formats.renderer("verify", "crjson")
    assert renderer.result(Result("a file", None, "gone"), Run(NOW)) == ""


def test_a_manifest_without_a_readable_claim_or_signature_is_there() -> None:
    broken = Recipe(seal=lambda _claim: b"\xff", claim={"instanceID": ABSENT}).build()
    found: Any = crjson.document(verify(build.embed(build.store(broken)), trust=build.TRUST))
    (manifest,) = found["manifests"]
    assert manifest["claim.v2"] == {}
    assert manifest["signature"] == {}
    assert manifest["validationResults"]["failure"]


def test_json_that_nests_deeply_is_cut() -> None:
    deep = build.json("com.example.note", b'{"a":' + b"[" * 500 + b"]" * 500 + b"}")
    data = build.signed(Recipe(assertions=(build.actions(), deep)))
    text = crjson.render(Result("a file", verify(data, trust=build.TRUST, at=NOW)), Run(NOW))
    assert json.loads(text)["manifests"][0]["assertions"]["com.example.note"]["a"]


def test_inspect_prints_the_same_document(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(build.signed(Recipe()))
    done = program("inspect", path, "--format", "crjson", home=tmp_path / "home", cwd=tmp_path)
    assert done.json["manifests"][0]["label"] == build.label(1)


def listed(made: Credentials, name: str, kind: Purpose, **fields: Any) -> ad.TrustConfig:
    (root,) = load_pem((made.folder / ROOT).read_bytes())
    return of_list(TrustList(name=name, kind=kind, entries=(ListedCertificate(root),), **fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"name": "c2pa", "sequence": 42},
            {"uri": "https://c2pa.org/trustlist", "type": "c2pa.trustList", "identifier": "42"},
        ),
        (
            {"name": "ours", "source": "https://lists.example/x", "issued": NOW},
            {
                "uri": "https://lists.example/x",
                "type": "aidisclose.trustList",
                "identifier": NOW.isoformat(),
            },
        ),
        ({"name": "ours", "source": "/home/me/list.pem"}, None),
    ],
)
def test_the_lists_that_decided_are_named(
    fields: dict[str, Any], expected: object, issued: Issued
) -> None:
    made = issued("es256")
    config = listed(made, kind=Purpose.SIGNERS, **fields)
    other = listed(issued("ps256"), "c2pa", Purpose.TSA)
    found: Any = crjson.document(verify(by_us(made), trust=config | other))
    jsonschema.Draft202012Validator(schema()).validate(found)
    results = found["manifests"][0]["validationResults"]
    assert results.get("trustListUris") == ([expected] if expected else None)
    nobody: Any = crjson.document(verify(by_us(made), trust=other))
    assert "trustListUris" not in nobody["manifests"][0]["validationResults"]


def test_the_list_of_a_time_stamp_is_named() -> None:
    data = stamped()
    root = TrustList(
        name="c2pa",
        kind=Purpose.TSA,
        entries=(ListedCertificate(pki.root().certificate),),
        sequence=17,
    )
    found: Any = crjson.document(verify(data, trust=of_list(root), at=NOW))
    assert found["manifests"][0]["validationResults"]["trustListUris"] == [
        {"uri": "https://c2pa.org/trustlist-tsa", "type": "c2pa.tsaTrustList", "identifier": "17"}
    ]


def test_manifests_stand_in_the_reverse_order_of_the_store(issued: Issued) -> None:
    made = issued("es256")
    out = io.BytesIO()
    parts = [by_us(made), by_us(made)]
    definition = {
        "ingredients": [{"title": str(n), "path": f"{n}.png"} for n in range(2)],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [reference.CREATED]}},
        ],
    }
    folder = made.folder.parent
    for number, data in enumerate(parts):
        (folder / f"{number}.png").write_bytes(data)
    ad.sign(picture(), out, manifest=definition, base=folder, signer=made.signer())
    report = verify(out.getvalue(), trust=trust(made))
    assert report.store is not None
    found: Any = crjson.document(report)
    labels = [item["label"] for item in found["manifests"]]
    assert labels == list(reversed(report.store.manifests))
    theirs = reference.crjson(out.getvalue(), made)
    assert labels[0] == theirs["manifests"][0]["label"]


def test_a_status_has_one_address(issued: Issued) -> None:
    entry = {"uri": "style.css", "hash": bytes(32)}
    resources = {"relativeResources": [entry], "alg": "sha256"}
    linked = build.cbor("c2pa.linked-resource-integrity", {"resources": resources})
    data = build.signed(Recipe(assertions=(build.actions(), linked)))
    found: Any = crjson.document(verify(data, trust=build.TRUST, at=NOW))
    jsonschema.Draft202012Validator(schema()).validate(found)
    every = found["manifests"][0]["validationResults"]["informational"]
    assert [set(item) & {"url", "resourceUrl"} for item in every if "linked" in item["code"]] == [
        {"resourceUrl"}
    ]
