"""The committed fixtures: that they are what `fixtures/build.py` makes, and what they prove."""

from __future__ import annotations

from pathlib import Path

import pytest

import aidisclose
from aidisclose import State
from fixtures import build

FOLDER = Path(build.__file__).parent

#: File → state, and every failure code.
EXPECTED = {
    "unsigned.jpg": (State.NONE, set()),
    "generated.jpg": (State.TRUSTED, set()),
    "generated.png": (State.TRUSTED, set()),
    "generated.wav": (State.TRUSTED, set()),
    "generated.mp3": (State.TRUSTED, set()),
    "edited.jpg": (State.TRUSTED, set()),
    "altered.png": (State.INVALID, {"assertion.dataHash.mismatch"}),
    "altered-claim.jpg": (State.INVALID, {"claimSignature.mismatch"}),
    "expired.png": (
        State.INVALID,
        {"claimSignature.outsideValidity", "signingCredential.untrusted"},
    ),
    "untrusted.wav": (State.VALID, {"signingCredential.untrusted"}),
    "two-stores.png": (State.INVALID, {"general.error"}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fixture_gets_exactly_these_codes(name: str) -> None:
    trust = aidisclose.TrustConfig.from_pem((FOLDER / "root.pem").read_bytes())
    report = aidisclose.verify(FOLDER / name, trust=trust, at=build.VERIFIED_AT)
    state, codes = EXPECTED[name]
    assert report.state is state
    assert {status.code for status in report.failures} == codes


def test_a_file_cut_off_inside_its_store_cannot_be_read() -> None:
    with pytest.raises(aidisclose.MalformedFile):
        aidisclose.verify(FOLDER / "cut.png", trust=aidisclose.TrustConfig.none())


def test_every_fixture_is_covered() -> None:
    assert set(build.FIXTURES) == {*EXPECTED, "cut.png"}


def test_the_readme_describes_every_file() -> None:
    readme = (FOLDER / "README.md").read_text()
    files = [path.name for path in FOLDER.iterdir() if path.suffix not in (".py", ".md", "")]
    assert files
    assert all(f"`{name}`" in readme for name in files)


@pytest.mark.parametrize("name", sorted(build.FIXTURES))
def test_building_is_repeatable(name: str) -> None:
    assert build.build(name) == build.build(name)
