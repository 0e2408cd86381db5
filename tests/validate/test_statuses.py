"""Every status that the validator can give: how to make it appear, and all that comes with it.

Each row makes one file or store, sound but for one thing, and lists exactly what that changes.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from aidisclose import limits
from aidisclose.errors import LimitExceeded
from aidisclose.validate import codes
from aidisclose.validate.codes import CODES, StatusKind
from aidisclose.validate.state import State
from aidisclose.validate.status import Room, Status
from aidisclose.validate.verify import verify
from tests import told
from tests.trust.pki import NOW
from tests.validate.statuses import CASES
from tests.validate.statuses.case import SOUND, found
from tests.validate.statuses.said import FILE, lines

SAID = told.read(FILE)


@pytest.mark.parametrize("name", CASES)
def test_exactly_these_statuses(name: str) -> None:
    """Each with its place and its reason, word for word: people act by them (C2PA 2.5 §14.2.2)."""
    case = CASES[name]
    report = verify(case.data(), trust=case.trust, at=NOW)
    assert found(report) == (SOUND | case.adds) - case.lacks
    assert report.state is case.state
    assert lines(name, report) == SAID[name], told.renew("tests.validate.statuses.said")


def test_the_text_of_statuses_fits_to_the_last_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    status = Status("general.error", "self#jumbf=/c2pa/a", "x" * 100)
    size = 100 + sum(map(len, status))  # keys and indents beside the text
    for most, fits in ((2 * size, 2), (2 * size - 1, 1)):
        monkeypatch.setattr(limits, "STATUS_TEXT", most)
        room = Room()
        for _ in range(fits):
            assert room.admit(status) == status
        with pytest.raises(LimitExceeded, match=f"the findings take more than {most} bytes"):
            room.admit(status)


@pytest.mark.parametrize("beyond", [-1, 0, 1, 2, 1_000])
def test_no_explanation_is_longer_than_the_limit(beyond: int) -> None:
    """One that fits is left as it is; a cut one fills the room and ends with a mark."""
    most = limits.STATUS_EXPLANATION
    text = "x" * (most + beyond)
    cut = text if beyond <= 0 else "x" * (most - 1) + "…"
    for explanation, resource in ((text, text), (text, "short"), ("short", text)):
        given = Status("general.error", "self#jumbf=/c2pa/a", explanation, resource)
        admitted = Room().admit(given)
        assert admitted.explanation == (cut if explanation == text else explanation)
        assert admitted.resource == (cut if resource == text else resource)


def test_every_case_that_is_not_sound_has_a_reason() -> None:
    """No row passes because nothing is wrong with it, and none is trusted with a failure."""
    for name, case in CASES.items():
        failures = {code for code in case.adds if codes.kind_of(code) is StatusKind.FAILURE}
        assert bool(failures - {"signingCredential.untrusted"}) == (case.state is State.INVALID), (
            name
        )
        assert not case.adds & case.lacks, name


def emitted() -> set[str]:
    """Every code that the source of the validator names."""
    named: set[str] = set()
    for path in Path(codes.__file__).parent.glob("*.py"):
        if path.name not in ("codes.py", "report.py"):
            constants = (
                node.value
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            )
            named.update(value for value in constants if value in CODES)
    return named


#: Hard bindings, identities, live streams, and manifests and revocations that are not in the file,
#: have tests of their own, which make their codes appear.
ELSEWHERE = (
    "livevideo.",
    "assertion.bmffHash.",
    "assertion.boxesHash.",
    "assertion.collectionHash.",
    "assertion.multiAssetHash.",
    "manifest.inaccessible",
    "signingCredential.ocsp.inaccessible",
    "cawg.",
)


def test_every_code_that_can_be_given_is_in_the_table() -> None:
    """Going by the source, and by the table of all codes."""
    seen = set(SOUND).union(*(case.adds for case in CASES.values()))
    promised = {name for name, code in CODES.items() if not code.absent}
    seen |= {name for name in promised if name.startswith(ELSEWHERE)}
    assert emitted() - seen == set()
    assert promised - seen == set()
    assert len(emitted()) > 70
