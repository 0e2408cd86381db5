"""Whatever a manifest says, judging it gives findings and raises nothing."""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aidisclose as ad
from aidisclose.policy.inputs import INPUTS
from aidisclose.policy.profiles import PROFILES, RULES
from aidisclose.signing.credentials import Credentials
from tests.issuing import Issued
from tests.policy.files import CREATED, RECORD, defined, did, signed

#: Values that a field may have against all expectation.
VALUES: list[object] = [None, True, 0, -1, 1.5, "", "x", "http://", [], [[]], [{}], {}, {"a": [1]}]


@cache
def everything(made: Credentials) -> bytes:
    """A file with nearly every kind of assertion that rules look at."""
    return signed(
        prompt="a cat",
        prompt_writer="Ada",
        training="prohibited",
        oversight="prompt_guided",
        watermark={"alg": "com.adobe.trustmark.P", "value": "1"},
        direct=[{"type": "label", "text": "AI", "lang": "en", "start": 0, "end": 1, "size": 0.1}],
        purpose="ads",
        techniques=["wholly-synthetic-scene"],
        harm_review={"done": True},
        policy_url="https://example.com",
        inputs=True,
    ).make(made)


def judge(data: bytes) -> None:
    names = ("deepfake", "depicts-person", "minor", "realistic", "synthetic-performer")
    stated = {"ai": "yes", "public-interest": "yes", **dict.fromkeys(names, "yes")}
    report = ad.verify(data, trust=ad.TrustConfig.none())
    findings = ad.check(report, list(PROFILES), inputs=stated, before=report)
    assert len(findings) == len(RULES)
    assert all(each.reason for each in findings)
    ad.diff(report, report)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=8
    )
)
def test_changed_bytes_raise_nothing_but_our_own_errors(
    issued: Issued, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(everything(issued("es256")))
    start = data.index(b"caBX")
    for offset, value in changes:
        data[start + 8 + offset % (len(data) - start - 8)] = value
    with contextlib.suppress(ad.AidiscloseError):  # it cannot be read at all
        judge(bytes(data))


FIELDS = ["direct", "indirect", "consent", "techniques", "harm_review", "material", "model"]
FIELDS += ["policy_url", "purpose", "uncertainty"]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_record_may_hold_anything(value: object, issued: Issued) -> None:
    judge(
        defined(
            CREATED,
            did("edited", parameters={"description": value}),
            assertions={
                RECORD: dict.fromkeys(FIELDS, value),
                "c2pa.ai-disclosure": {"modelType": value, "contentProfile": value},
                "c2pa.metadata": {"Iptc4xmpExt:AISystemUsed": value, "gps": value},
                "cawg.training-mining": {"entries": value},
            },
            templates=value,
        ).make(issued("es256"))
    )


def test_a_record_may_nest_what_it_holds(issued: Issued) -> None:
    deep: object = {"start": 0}
    for _ in range(20):
        deep = {"type": [deep]}
    listed = [
        {"type": each, "text": each, "lang": each, "start": each, "size": each}
        for each in (deep, *VALUES)
    ]
    record = {"direct": listed, "indirect": listed, "techniques": listed}
    judge(defined(CREATED, assertions={RECORD: record}).make(issued("es256")))


def test_inputs_are_all_documented() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "policy.md").read_text()
    assert all(f"| `{name}` |" in text for name in INPUTS)
