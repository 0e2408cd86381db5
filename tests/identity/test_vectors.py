"""Identity vectors of others, with the codes that they expect."""

from __future__ import annotations

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
        with pytest.raises(ad.MalformedFile, match="no PDF object where one must be"):
            ad.verify(path, trust=_trust(vector))
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
