"""Pages that commands write: their language, their pictures, and files that cannot be shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aidisclose import limits
from tests.cli.running import Run, program

FIXTURES = Path(__file__).parents[2] / "fixtures"
SIGNED = FIXTURES / "generated.jpg"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("verify", SIGNED), "Wurde KI verwendet?"),
        (("verify", SIGNED, "--signer", "Nobody"), "Wer es signiert haben soll: Nobody"),
        (("inspect", SIGNED), "Alles im Manifestspeicher"),
        (("check", SIGNED, "--policy", "eu-ai-act"), "Maßnahme"),
        (("check", SIGNED, "--policy", "eu-ai-act"), "die Kennzeichnung ist signiert"),
        (("check", SIGNED, "--policy", "eu-ai-act"), "So wird es erfüllt: "),
        (("diff", SIGNED, FIXTURES / "unsigned.jpg"), "Offenlegungen vorher und nachher"),
        (("diff", SIGNED, FIXTURES / "unsigned.jpg"), "entfernt"),
    ],
)
def test_a_page_is_in_the_language_that_is_named(
    aidisclose: Run, command: tuple[object, ...], said: str
) -> None:
    done = aidisclose(*command, "--format", "html", "--language", "de")
    assert '<html lang="de">' in done.out
    assert said in done.out
    assert done.out.endswith("</html>\n")


def test_the_installed_program_follows_the_locale(home: Path, tmp_path: Path) -> None:
    arguments = ("verify", SIGNED, "--format", "html", "--no-default-trust")
    for variables, code in (
        ({"LC_ALL": "fr_CA.UTF-8"}, "fr"),
        ({"LC_ALL": "C.UTF-8"}, "en"),
        ({"LC_ALL": "C.UTF-8", "AIDISCLOSE_LANGUAGE": "ja"}, "ja"),
    ):
        done = program(*arguments, home=home, cwd=tmp_path, variables=variables)
        assert f'<html lang="{code}">' in done.out
        assert (done.code, done.err) == (0, "")


def test_a_language_that_is_not_offered_is_named(aidisclose: Run) -> None:
    done = aidisclose("verify", SIGNED, "--format", "html", "--language", "tlh")
    assert done.code == 2
    assert "'tlh' is not one of en, de, fr, es, it, zh, ja" in done.err


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_only_pages_have_a_language(
    aidisclose: Run, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    done = aidisclose("verify", SIGNED, "--format", form, "--language", "de")
    assert done.code == 2
    assert "--language is about pages: it needs --format html" in done.err
    monkeypatch.setenv("AIDISCLOSE_LANGUAGE", "de")  # of a user who always wants German pages
    assert aidisclose("verify", SIGNED, "--format", form).code == 0


@pytest.mark.parametrize("command", ["verify", "inspect"])
def test_a_picture_is_shown_small(aidisclose: Run, command: str) -> None:
    page = aidisclose(command, SIGNED, "--format", "html").out
    assert page.count('<img src="data:image/jpeg;base64,') == 1
    assert page.count("<img") == 1


def test_pages_about_many_files_have_no_pictures(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = work / "many"
    folder.mkdir()
    for number in range(3):
        shutil.copy(SIGNED, folder / f"{number}.jpg")
    assert aidisclose("verify", folder, "--format", "html").out.count("<img") == 3
    monkeypatch.setattr(limits, "PICTURED_FILES", 2)
    page = aidisclose("verify", folder, "--format", "html").out
    assert page.count("<img") == 0
    assert "Files: 3" in page


def test_a_file_that_cannot_be_read_is_on_the_page(aidisclose: Run, work: Path) -> None:
    (work / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    done = aidisclose("verify", "cut.png", SIGNED, "--format", "html")
    assert done.code == 4
    assert "This file could not be read: " in done.out
    assert "could not be read: 1" in done.out
