"""Identity vectors of others, with the codes that they expect."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import aidisclose as ad

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "cawg"


#: Their time stamp authority is named by its own certificate, which no anchor vouches for. Here an
#: authority is never trusted for being named itself (C2PA 2.2 §14.4.2 wants a list of anchors).
DIFFERENT = frozenset({"timeStamp.validated", "timeStamp.trusted"})


#: A damaged file: it names another place for its cross-reference table than where that is (ISO
#: 32000-2 §7.5.5), and readers that repair it do not agree about what is in it.
REFUSED = "x509-es256-pdf"


def _vectors() -> Iterator[dict[str, Any]]:
    for name in ("corpus.json", "generated/identity-1.2/index.json"):
        if (VECTORS / name).exists():
            yield from json.loads((VECTORS / name).read_text("utf-8"))["vectors"]


def _trust(vector: dict[str, Any]) -> ad.TrustConfig:
    named = vector["trust"]
    documents = []
    for path in named.get("did_documents") or ():
        data = (VECTORS / path).read_bytes()
        documents.append((json.loads(data)["id"], data))
    claim = ad.TrustConfig.from_pem(allowed=(VECTORS / named["claim_allowed_list"]).read_bytes())
    allowed = (VECTORS / named["cawg_allowed_list"]).read_bytes()
    return claim | ad.TrustConfig.for_identities(allowed=allowed, documents=documents)


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the vectors are not beside the project")
@pytest.mark.parametrize("vector", list(_vectors()), ids=lambda item: item["id"])
def test_a_vector_gives_its_codes(vector: dict[str, Any]) -> None:
    path = VECTORS / vector["path"]
    if not path.exists():
        pytest.skip("the file is not among those that are here")
    if vector["id"] == REFUSED:
        report = ad.verify(path, trust=_trust(vector))
        assert report.state is ad.State.INVALID
        assert "in a damaged file: no PDF object" in report.failures[0].explanation
        return
    time = datetime.fromisoformat(vector["fixed_validation_time"])
    report = ad.verify(path, trust=_trust(vector), at=time)
    found = {each.code for each in report.statuses.statuses}
    failed = {each.code for each in report.statuses.failure}
    expected = vector["normative_expected"]
    required = set(expected["required_codes"]) - DIFFERENT
    assert required <= found, required - found
    assert not set(expected.get("forbidden_success_codes", ())) & found
    for prefix in expected.get("forbidden_failure_prefixes", ()):
        assert not [code for code in failed if code.startswith(prefix)]
    if state := expected.get("validation_state"):
        assert report.state.value == state.lower()


_APART = (
    "CAWG 1.3 §7: results about an identity assertion stand beside those of C2PA validation, and "
    "do not decide about the asset; the reference calls the asset invalid"
)
_DETERMINISTIC = (
    "CAWG 1.3 §8.2: the deterministic encoding of signer_payload is signed, which the reference "
    "does not try; C2PA 2.5 §14.4.1: c2pa-kp-claimSigning is an accepted purpose of a signer on "
    "the private list, where the reference misses another one"
)
#: Files of which the reference has another state than ours, and the clause that decides.
DIFFERENCES = {
    **{
        f"c2pa-rs-ica-{name}": _APART
        for name in (
            *("invalid-content-type-assigned", "invalid-cose-sign1", "invalid-time-stamp"),
            *("missing-content-type", "missing-vc", "signer-payload-mismatch"),
            *("valid-from-after-time-stamp", "valid-from-missing"),
        )
    },
    "c2pa-rs-x509-malformed-cbor": f"{_APART}, as it misses the assertion",
    **{
        f"x509-{name}": _DETERMINISTIC
        for name in (
            *("eddsa-jpeg", "es256-jpeg", "ps256-jpeg", "es256-png", "es256-mp4", "es256-wav"),
            *("es256-wrong-eku-jpeg", "es256-smime-jpeg", "es256-pad1-jpeg"),
            *("es256-composed-jpeg", "es256-bestpractice-jpeg"),
        )
    },
}


def _by_reference(vector: dict[str, Any]) -> str:
    """The state that the reference gives a file, with the same trust in its signer."""
    import c2pa

    allowed = (VECTORS / vector["trust"]["claim_allowed_list"]).read_text()
    settings = {
        "version": 1,
        "trust": {"allowed_list": allowed},
        "verify": {"remote_manifest_fetch": False},
    }
    data = io.BytesIO((VECTORS / vector["path"]).read_bytes())
    with c2pa.Reader(vector["mime_type"], data, context=c2pa.Context.from_dict(settings)) as reader:
        found: str = json.loads(reader.json())["validation_state"]
    return found.lower()


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the vectors are not beside the project")
@pytest.mark.parametrize("vector", list(_vectors()), ids=lambda item: item["id"])
def test_the_state_is_that_of_the_reference_or_a_clause_says_why(vector: dict[str, Any]) -> None:
    path = VECTORS / vector["path"]
    if not path.exists():
        pytest.skip("the file is not among those that are here")
    if vector["id"] == REFUSED:
        return
    if b"did:web:" in path.read_bytes():
        pytest.skip("the reference would ask the web site of the issuer")
    time = datetime.fromisoformat(vector["fixed_validation_time"])
    ours = ad.verify(path, trust=_trust(vector), at=time).state.value
    theirs = _by_reference(vector)
    assert (ours != theirs) is (vector["id"] in DIFFERENCES), (ours, theirs)
    assert "§" in DIFFERENCES.get(vector["id"], "§")


def test_every_difference_is_about_a_file() -> None:
    if VECTORS.is_dir():
        assert set(DIFFERENCES) <= {vector["id"] for vector in _vectors()}
