"""What a newcomer types wrongly, or not at all: suggestions, patterns, dry runs, several files."""

from __future__ import annotations

import csv
import json
import shlex
import shutil
from importlib import import_module
from pathlib import Path

import click
import pytest

from aidisclose.cli.main import commands
from aidisclose.cli.sections import EXAMPLES, SECTIONS
from aidisclose.errors import suggestion
from tests.cli.running import ROOT, Run

FIXTURES = ROOT / "fixtures"
AI = ("--ai", "generated")


@pytest.fixture
def mixed(work: Path) -> Path:
    """Files of several states, in two folders."""
    for name in ("generated.jpg", "altered.png", "unsigned.jpg"):
        shutil.copy(FIXTURES / name, work / name)
    (work / "sub").mkdir()
    shutil.copy(FIXTURES / "edited.jpg", work / "sub" / "edited.jpg")
    (work / "picture.png").unlink()
    return work


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("generatd", ["generated", "edited"], "; did you mean generated?"),
        ("EU", ["pai", "eu-ai-act"], "; did you mean eu-ai-act?"),
        ("cropped", ["c2pa.cropped", "c2pa.edited"], "; did you mean c2pa.cropped?"),
        ("zzz", ["generated"], ""),
        ("", ["generated"], ""),
    ],
)
def test_the_nearest_word_is_proposed(word: str, known: list[str], expected: str) -> None:
    assert suggestion(word, known) == expected


@pytest.mark.parametrize(
    ("arguments", "proposed"),
    [
        (("sgin", "picture.png"), "sign"),
        (("sign", "picture.png", "--ai", "generatd"), "generated"),
        (("sign", "picture.png", "--ai", "edited", "--action", "cropped"), "c2pa.cropped"),
        (("sign", "picture.png", "--ai", "edited", "--action", "croped"), "c2pa.cropped"),
        (("sign", "picture.png", "--ai", "edited", "--action", "c2pa.croped"), "c2pa.cropped"),
        (("sign", "picture.png", *AI, "--source-type", "trainedMedia"), "trainedAlgorithmicMedia"),
        (("check", "picture.png", "--policy", "eu"), "eu-ai-act"),
        (("check", "picture.png", "--policy", "pai", "--input", "deepfke=yes"), "deepfake"),
        (("rule", "EU-0011"), "EU-011"),
        (("verify", "picture.png", "--only", "trustd"), "trusted"),
        (("check", "picture.png", "--policy", "pai", "--show", "undetermind"), "undetermined"),
        (("completion", "fishh"), "fish"),
        (("watermark", "add", "com.adobe.trustmark.p"), "com.adobe.trustmark.P"),
    ],
)
def test_unknown_values_are_answered_with_the_nearest(
    arguments: tuple[str, ...], proposed: str, aidisclose: Run
) -> None:
    done = aidisclose(*arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert f"did you mean {proposed}" in done.err


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[chek]\nstrict = true\n", "unknown key chek; did you mean check?"),
        ("[check]\nstrct = true\n", "unknown key check.strct; did you mean strict"),
        ('[check]\nformat = "jsn"\n', "check.format: 'jsn' is not one of text, json, "),
    ],
)
def test_unknown_keys_of_settings_are_answered_with_the_nearest(
    text: str, line: str, aidisclose: Run, work: Path
) -> None:
    (work / "aidisclose.toml").write_text(text)
    done = aidisclose("check", "picture.png", "--policy", "pai")
    assert done.code == 2
    assert line in done.err


@pytest.mark.parametrize("name", ["out.png", "out.gif", "OUT.MP4", "out.json"])
def test_a_copy_is_not_named_like_another_format(aidisclose: Run, mixed: Path, name: str) -> None:
    done = aidisclose("sign", "unsigned.jpg", *AI, "-o", name)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert f"{name}: the content is JPEG" in done.err
    assert not (mixed / name).exists()
    labelled = aidisclose("label", "unsigned.jpg", "-o", name)
    assert (labelled.code, (mixed / name).exists()) == (2, False)


@pytest.mark.parametrize("name", ["out.jpeg", "out.JPG", "out.tmp", "out"])
def test_a_copy_may_have_any_other_name(aidisclose: Run, mixed: Path, name: str) -> None:
    assert aidisclose("sign", "unsigned.jpg", *AI, "-o", name).code == 0


def test_a_copy_of_a_wrongly_named_file_may_be_named_like_it(aidisclose: Run, mixed: Path) -> None:
    shutil.copy(FIXTURES / "unsigned.jpg", mixed / "really-jpeg.png")
    assert aidisclose("sign", "really-jpeg.png", *AI, "-o", "copy.png").code == 0


def test_a_dry_run_says_what_would_be_done_and_does_nothing(aidisclose: Run, mixed: Path) -> None:
    before = sorted(mixed.rglob("*"))
    done = aidisclose(
        "sign", ".", *AI, "--output-dir", "out", "--dry-run", "--tsa", "http://x.invalid"
    )
    assert done.code == 0
    assert "would sign  sub/edited.jpg → out/sub/edited.jpg, continues urn:c2pa:" in done.out
    assert done.out.endswith("4 files: 4 ready\n")
    assert "x.invalid" not in done.err
    assert sorted(mixed.rglob("*")) == before


def test_a_dry_run_finds_what_would_fail(aidisclose: Run, mixed: Path) -> None:
    (mixed / "unsigned.signed.jpg").write_bytes(b"precious")
    (mixed / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    done = aidisclose("sign", "unsigned.jpg", "broken.png", "generated.jpg", *AI, "--dry-run")
    assert done.code == 2
    assert "unsigned.signed.jpg: it exists already" in done.err
    assert "broken.png: " in done.err
    assert done.out.endswith("3 files: 1 ready, 2 failed\n")


def test_a_dry_run_of_an_update_uses_no_key(aidisclose: Run, mixed: Path) -> None:
    done = aidisclose("sign", "generated.jpg", "--update", "--published", "--dry-run")
    assert done.code == 0
    assert done.out.startswith("would update  generated.jpg → generated.signed.jpg")
    found = aidisclose("sign", "unsigned.jpg", *AI, "--dry-run", "--format", "json").json
    [result] = found["results"]
    assert (result["dry_run"], result["size"], result["active_manifest"]) == (True, None, None)
    wrong = aidisclose("sign", "unsigned.jpg", *AI, "--dry-run", "--results", "r.jsonl")
    assert (wrong.code, "--dry-run writes nothing" in wrong.err) == (2, True)


def test_invalid_credentials_of_a_source_are_named(aidisclose: Run, mixed: Path) -> None:
    done = aidisclose("sign", "altered.png", "--ai", "edited")
    assert done.code == 0
    assert "the credentials of the source are invalid (assertion.dataHash.mismatch)" in done.err
    shown = aidisclose("verify", "altered.signed.png")
    assert shown.code == 0
    assert "1 ingredient invalid when the signer added it: assertion.dataHash.mismatch" in shown.out
    strict = ("--ai", "edited", "--require-valid-source")
    refused = aidisclose("sign", "altered.png", *strict, "--force")
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    plain = aidisclose("sign", "generated.jpg", *strict)
    assert (plain.code, "invalid" in plain.err) == (0, False)


def test_a_chain_without_its_issuer_is_named(aidisclose: Run, work: Path, home: Path) -> None:
    folder = home / "credentials" / "default"
    first, _, rest = (folder / "chain.pem").read_text().partition("-----END CERTIFICATE-----\n")
    assert "BEGIN" in rest
    (work / "leaf.pem").write_text(f"{first}-----END CERTIFICATE-----\n")
    key = str(folder / "key.pem")
    done = aidisclose("sign", "picture.png", *AI, "--cert", "leaf.pem", "--key", key)
    assert done.code == 0
    assert "the chain has the signer's certificate alone: append that of its issuer" in done.err
    whole = str(folder / "chain.pem")
    done = aidisclose("sign", "picture.png", *AI, "--cert", whole, "--key", key, "-o", "x.png")
    assert (done.code, done.err) == (0, "")


def test_quiet_is_quiet(aidisclose: Run) -> None:
    done = aidisclose("sign", "picture.png", *AI, "-q")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_patterns_that_no_shell_expanded(aidisclose: Run, mixed: Path) -> None:
    assert "generated.jpg" in aidisclose("verify", "gen*.jp?").out
    found = aidisclose("verify", "**/*.jpg", "--format", "json").json["results"]
    assert [each["file"] for each in found] == ["generated.jpg", "sub/edited.jpg", "unsigned.jpg"]
    none = aidisclose("verify", "*.webp")
    assert (none.code, none.err) == (4, "aidisclose: *.webp: no such files\n")
    # Brackets alone are a name: it must not stand for another file.
    assert aidisclose("verify", "generate[d].jpg").code == 4
    (mixed / "odd*.jpg").write_bytes((mixed / "generated.jpg").read_bytes())
    assert "odd*.jpg" in aidisclose("verify", "odd*.jpg").out


@pytest.mark.parametrize("command", ["verify", "inspect", "sign", "label"])
def test_files_can_be_left_out(command: str, aidisclose: Run, mixed: Path) -> None:
    more = {"sign": AI}.get(command, ())
    done = aidisclose(command, ".", *more, "--exclude", "sub/", "--exclude", "*.png")
    assert "edited.jpg" not in done.out + done.err
    assert "altered.png" not in done.out + done.err
    assert "generated.jpg" in done.out + done.err
    assert "left out 2 excluded files and folders\n" in done.err


def test_results_can_be_chosen_sorted_and_written(aidisclose: Run, mixed: Path) -> None:
    done = aidisclose("verify", ".", "--sort", "state", "--format", "csv", "-o", "all.csv")
    assert (done.code, done.out) == (1, "")
    rows = list(csv.DictReader((mixed / "all.csv").read_text().splitlines()))
    assert [row["state"] for row in rows] == ["invalid", "none", "valid", "valid"]
    assert rows[-1]["file"] == "sub/edited.jpg"
    only = aidisclose("verify", ".", "--only", "ai", "--only", "none", "--format", "json")
    document = only.json
    assert [each["file"] for each in document["results"]] == [
        *("altered.png", "generated.jpg", "unsigned.jpg", "sub/edited.jpg"),
    ]
    failed = aidisclose("verify", ".", "--only", "failed", "--format", "json")
    assert [each["file"] for each in failed.json["results"]] == ["altered.png", "unsigned.jpg"]
    assert failed.json["summary"]["files"] == 4  # all are counted
    text = aidisclose("verify", ".", "--only", "invalid", "--sort", "name")
    assert [line.split()[1] for line in text.out.splitlines()[:1]] == ["altered.png"]
    wrong = aidisclose("verify", ".", "--results", "r.jsonl", "--sort", "name")
    assert (wrong.code, "--results has all results as they come" in wrong.err) == (2, True)


@pytest.mark.parametrize("key", ["name", "state", "signer", "ai"])
def test_every_order_takes_files_that_cannot_be_read(
    key: str, aidisclose: Run, mixed: Path
) -> None:
    done = aidisclose("verify", ".", "nosuch.jpg", "--sort", key, "--format", "jsonl")
    assert done.code == 4
    assert len(done.out.splitlines()) == 5


def test_several_files_are_inspected(aidisclose: Run, mixed: Path) -> None:
    text = aidisclose("inspect", "generated.jpg", "sub/edited.jpg")
    assert text.code == 0
    assert "\n\nsub/edited.jpg  image/jpeg\n" in text.out
    for order in (("nosuch.jpg", "generated.jpg"), ("generated.jpg", "nosuch.jpg")):
        done = aidisclose("inspect", *order, "unsigned.jpg", "--format", "json", "-o", "m.json")
        assert done.code == 4
        assert "nosuch.jpg: no such file" in done.err
        found = json.loads((mixed / "m.json").read_text())
        assert [each["result"]["file"] for each in found] == ["generated.jpg", "unsigned.jpg"]
    assert aidisclose("inspect", "a.jpg", "b.jpg", "--store", "x").code == 2


def test_several_files_are_labelled(aidisclose: Run, mixed: Path) -> None:
    (mixed / "text.txt").write_text("hello")
    done = aidisclose("label", "generated.jpg", "text.txt", "sub", "--output-dir", "out")
    assert (done.code, done.out) == (4, "")
    assert done.err.splitlines()[1].startswith("aidisclose: text.txt: not a media format")
    assert done.err.splitlines()[-1] == "aidisclose: 3 files: 2 labelled, 1 failed"
    assert (mixed / "out" / "edited.jpg").is_file()
    again = aidisclose("label", "generated.jpg", "--output-dir", "out")
    assert (again.code, "it exists already" in again.err) == (2, True)
    assert aidisclose("label", "generated.jpg", "--output-dir", "out", "--skip-existing").code == 0
    beside = aidisclose("label", "sub")
    assert beside.code == 0
    nothing_new = aidisclose("label", "sub", "--force")
    assert "edited.labelled.labelled" not in nothing_new.err


def test_the_former_name_of_the_record_is_read(aidisclose: Run, mixed: Path) -> None:
    assert aidisclose("verify", "generated.jpg", "--result", "r.json").code == 0
    assert aidisclose("receipt", "verify", "--require", "trusted", "r.json").code == 0
    assert "--result " not in aidisclose("verify", "--help").out


def test_an_ingredient_that_is_not_trusted_is_named(aidisclose: Run, mixed: Path) -> None:
    aidisclose("sign", "sub/edited.jpg", "--ai", "edited", "-o", "twice.jpg")
    done = aidisclose("verify", "twice.jpg", "--require", "trusted")
    assert done.code == 1
    assert "the signer is trusted, but ingredient " in done.out
    assert done.out.count("signingCredential.untrusted") == 1
    assert "the signer is not trusted" not in done.out


def test_a_missing_folder_is_named(aidisclose: Run, mixed: Path) -> None:
    for arguments in (
        ("sign", "unsigned.jpg", *AI),
        ("verify", "unsigned.jpg"),
        ("inspect", "unsigned.jpg"),
    ):
        done = aidisclose(*arguments, "-o", "no/out.jpg")
        assert (done.code, done.err.count("\n")) == (4, 1)
        assert "no/out.jpg: the folder that it is in does not exist" in done.err


@pytest.mark.parametrize("command", SECTIONS)
def test_every_option_stands_under_a_heading(command: str) -> None:
    found: click.Command = import_module(f"aidisclose.cli.{command}").command
    names = {
        next((each for each in option.opts if each.startswith("--")), "")
        for option in found.params
        if isinstance(option, click.Option) and not option.hidden
    }
    listed = [name for options in SECTIONS[command].values() for name in options]
    assert len(listed) == len(set(listed))
    assert set(listed) == names


@pytest.mark.parametrize("line", [line for each in EXAMPLES.values() for line, _ in each])
def test_examples_of_the_help_can_be_parsed(line: str, aidisclose: Run) -> None:
    names, arguments = [], shlex.split(line)
    context = click.Context(commands, info_name="aidisclose")
    command: click.Command = commands
    while isinstance(command, click.Group):
        names.append(arguments.pop(0))
        found = command.get_command(context, names[-1])
        assert found is not None
        command = found
    parser = command.make_parser(click.Context(command, info_name=names[-1], parent=context))
    options, rest, order = parser.parse_args(args=arguments)
    assert options
    assert (not rest, order != []) == (True, True)
    assert line in aidisclose(*names, "--help").out


def test_a_date_is_its_first_moment(aidisclose: Run, mixed: Path) -> None:
    found = aidisclose("verify", "generated.jpg", "--at", "2026-06-01", "--format", "json").json
    assert found["validation_time"] == "2026-06-01T00:00:00Z"


@pytest.mark.parametrize("option", ["--output-dir", "-o"])
@pytest.mark.parametrize("command", [("sign", *AI), ("label",)])
def test_a_variable_that_is_not_set_overwrites_nothing(
    command: tuple[str, ...], option: str, aidisclose: Run, work: Path
) -> None:
    before = (work / "picture.png").read_bytes()
    done = aidisclose(*command, "picture.png", option, "", "--force")
    assert (done.code, "it is empty" in done.err) == (2, True)
    assert (work / "picture.png").read_bytes() == before
