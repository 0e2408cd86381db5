"""The lines of `verify`: three answers kept apart, and reasons for what does not hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import aidisclose as ad
from aidisclose.render.renderer import Result, Run
from aidisclose.render.style import Style
from aidisclose.render.text import RENDERER
from aidisclose.trust.anchors import TEST_CREDENTIALS
from aidisclose.validate.report import unusable
from aidisclose.validate.status import Results, Status
from tests.issuing import Issued
from tests.render import media

RUN = Run(datetime(2026, 11, 23, tzinfo=UTC))
GENERATED = ad.Disclosure(ai="generated", model="SDXL", model_version="1.0")


def lines(result: Result, run: Run = RUN) -> list[str]:
    return RENDERER.result(result, run).splitlines()


@pytest.fixture(scope="module")
def signed(issued: Issued) -> bytes:
    return media.sign(media.picture(), issued("es256"), GENERATED)


def test_trusted(issued: Issued, signed: bytes) -> None:
    report = media.verify(signed, issued("es256"), "anchors.pem")
    (line,) = lines(Result("a.png", report))
    assert line == (
        "trusted (test signer)  a.png  intact · signed by Signer, for testing, trusted by nobody "
        "else (aidisclose test credentials) · anchor: anchors.pem · "
        "declared AI-generated, model SDXL 1.0"
    )


def test_trust_by_the_own_test_root_is_called_that(issued: Issued, signed: bytes) -> None:
    report = media.verify(signed, issued("es256"), TEST_CREDENTIALS)
    (line,) = lines(Result("a.png", report))
    assert line.startswith("trusted (test root)  a.png  ")


def test_the_name_of_a_stranger_is_quoted(issued: Issued, signed: bytes) -> None:
    nobody = lines(Result("a.png", media.verify(signed)))
    assert len(nobody) == 1
    assert nobody[0].startswith('valid       a.png  intact · signed by "Signer, for testing')
    assert "trust not checked: no anchors" in nobody[0]
    (other,) = lines(Result("a.png", media.verify(signed, issued("ed25519"))))
    assert '", not trusted · ' in other


def test_altered_says_why(issued: Issued, signed: bytes) -> None:
    head, *reasons = lines(Result("a.png", media.verify(media.flip(signed), issued("es256"))))
    assert head.startswith("invalid     a.png  altered · ")
    assert reasons == ["  assertion.dataHash.mismatch: the content is not the one that was signed"]


def test_none_does_not_mean_that_there_was_no_ai() -> None:
    (line,) = lines(Result("a.png", media.verify(media.picture())))
    assert line == (
        "none        a.png  no Content Credentials; this does not mean that no AI was used"
    )


def test_a_store_that_cannot_be_read_is_no_claim_about_ai() -> None:
    report = unusable("image/png", RUN.time, ["two stores"])
    head, reason = lines(Result("a.png", report))
    assert head == "invalid     a.png  its Content Credentials cannot be read"
    assert reason == "  general.error: two stores"


def test_unreadable_is_left_to_standard_error() -> None:
    assert RENDERER.result(Result("a.png", error="no such file"), RUN) == ""


def test_unmet_requirements_are_listed(issued: Issued, signed: bytes) -> None:
    report = media.verify(signed, issued("es256"))
    assert lines(Result("a.png", report, reasons=("not by X",)))[1:] == ["  not by X"]


def test_many_problems_are_counted() -> None:
    report = unusable("image/png", RUN.time, (f"problem {number}" for number in range(30)))
    found = lines(Result("a.png", report))
    assert len(found) == 12
    assert found[-1] == "  and 20 more (`aidisclose inspect` shows all)"


@pytest.mark.parametrize("colour", [False, True])
def test_hostile_text_never_reaches_the_terminal(issued: Issued, colour: bool) -> None:
    hostile = "\x1b]0;x\x07\u202e\n[red]"
    disclosure = ad.Disclosure(ai="generated", model=hostile)
    data = media.sign(media.picture(), issued("es256"), disclosure, title=hostile)
    run = RUN._replace(style=Style(colour=colour))
    text = RENDERER.result(Result(hostile, media.verify(data), reasons=(hostile,)), run)
    status = Status(f"code{hostile}", hostile, hostile)
    report = unusable("image/png", RUN.time, ["x"])
    report = ad.Report(
        media_type="image/png",
        time=RUN.time,
        state=ad.State.INVALID,
        store=media.verify(data).store,
        statuses=Results(failure=(status, *report.failures)),
    )
    text += RENDERER.result(Result(hostile, report), run)
    for own in ("\x1b[32;1m", "\x1b[33;1m", "\x1b[31;1m", "\x1b[31m", "\x1b[1m", "\x1b[0m", "\n"):
        text = text.replace(own, "")
    assert text.isprintable()
    assert "[red]" in text


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"trusted": 1, "invalid": 0}, ""),
        ({"trusted": 2, "invalid": 0}, "2 files: 2 trusted\n"),
        ({"trusted": 1500, "none": 1}, "1,501 files: 1,500 trusted, 1 none\n"),
    ],
)
def test_summary_of_several(counts: dict[str, int], text: str) -> None:
    assert RENDERER.end(counts, RUN) == text
