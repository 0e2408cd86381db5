"""Settings: options before variables before the project's file before the user's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

import aidisclose as ad
from aidisclose.cli.main import COMMANDS
from aidisclose.cli.options import SHARED
from aidisclose.cli.settings import REACH, Setting
from aidisclose.cli.verify import command as verify
from tests.cli.running import Run
from tests.issuing import Issued
from tests.render import media


def model(aidisclose: Run, *options: str) -> str | None:
    done = aidisclose(
        "sign", "picture.png", "--ai", "generated", "-o", "o.png", "--force", *options
    )
    assert (done.code, done.err.count("\n") <= 1) == (0, True)  # a notice, once a day
    return ad.verify("o.png", trust=ad.TrustConfig.none()).disclosure.model.name


def test_what_comes_first(
    aidisclose: Run, home: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert model(aidisclose) is None
    (home / "config.toml").write_text('[sign]\nmodel = "user"')
    assert model(aidisclose) == "user"
    (work.parent / "aidisclose.toml").write_text('[sign]\nmodel = "project"')
    assert model(aidisclose) == "project"
    (work / "pyproject.toml").write_text('[tool.other]\nx = "aidisclose"')
    assert model(aidisclose) == "project"
    (work / "pyproject.toml").write_text('[tool.aidisclose.sign]\nmodel = "inner"')
    assert model(aidisclose) == "inner"
    (work / "aidisclose.toml").write_text('[sign]\nmodel = "innermost"')
    assert model(aidisclose) == "innermost"
    monkeypatch.setenv("AIDISCLOSE_MODEL", "variable")
    assert model(aidisclose) == "variable"
    assert model(aidisclose, "--model", "option") == "option"


def test_isolated(aidisclose: Run, work: Path) -> None:
    (work / "aidisclose.toml").write_text("nonsense = 1")
    assert aidisclose("verify", "picture.png").code == 2
    assert aidisclose("--isolated", "verify", "picture.png").code == 1
    assert aidisclose("verify", "--help").code == 0


def test_shared_settings_and_paths_of_the_file(
    aidisclose: Run, work: Path, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = work / "deep" / "er"
    folder.mkdir(parents=True)
    signed = media.sign(media.picture(), issued("ed25519"), ad.Disclosure(ai="generated"))
    (folder / "a.png").write_bytes(signed)
    shutil.copy(issued("ed25519").folder / "root.pem", work / "company.pem")
    (work / "aidisclose.toml").write_text(
        'trust = ["company.pem"]\nno-default-trust = true\njobs = 2\n[verify]\nrequire = "trusted"'
    )
    monkeypatch.chdir(folder)
    assert aidisclose("trust", "project", work).code == 0
    done = aidisclose("verify", "a.png")
    assert (done.code, done.err) == (0, "")
    assert "anchor: company.pem" in done.out
    assert aidisclose("formats").code == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("modell = 1", "unknown key modell"),
        ("model = 'x'", "unknown key model"),
        ("[verify]\nrequires = 'valid'", "unknown key verify.requires"),
        ("[verify]\nsrc = 'x'", "unknown key verify.src"),
        ("[verify]\nquiet = true", "unknown key verify.quiet"),
        ("verify = 1", "verify is not a table"),
        ("[verify]\nrequire = 1", "verify.require: 1 is not a string"),
        ("jobs = 'many'", "jobs: 'many' is not a whole number"),
        ("jobs = true", "jobs: True is not a whole number"),
        (r'trust = ["a\u0000b"]', "trust: 'a\\x00b' has a NUL character"),
        ("jobs = 0", "jobs: 0 is not in the range 1<=x<=256"),
        ("trust = [1]", "trust: 1 is not a string"),
        ("no-default-trust = 'yes'", "no-default-trust: 'yes' is not a boolean"),
        ("[verify]\nrequire = 'perfect'", "verify.require: 'perfect' is not one of"),
        ("trust = ['missing.pem']", "missing.pem: no such file or directory"),
        ("[verify", "not valid TOML: "),
        ("x = " + "[" * 100_000, "not valid TOML: "),
        ("jobs = " + "9" * 5_000, "not valid TOML: "),
        ("a" + ".a" * 100_000 + " = 1", "a key of more than 32 parts"),
        ("x = { " + "'a' . " * 40_000 + "a = 1 }", "a key of more than 32 parts"),
        ("#" * 300_000, "larger than the 256 KiB that settings may have"),
        ("\udcff", "not valid TOML: "),
    ],
)
def test_mistakes_name_file_and_key(aidisclose: Run, home: Path, text: str, what: str) -> None:
    path = home / "config.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    done = aidisclose("verify", "picture.png")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert what in done.err
    assert str(home) in done.err


def test_a_table_in_pyproject_must_be_one(aidisclose: Run, work: Path) -> None:
    (work / "pyproject.toml").write_text("[tool]\naidisclose = 1")
    done = aidisclose("verify", "picture.png")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "pyproject.toml: tool.aidisclose is not a table" in done.err


def test_variables_may_name_several_files(
    aidisclose: Run, issued: Issued, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = media.sign(media.picture(), issued("ed25519"), ad.Disclosure(ai="generated"))
    (work / "a.png").write_bytes(signed)
    roots = (str(issued(alg).folder / "root.pem") for alg in ("es256", "ed25519"))
    monkeypatch.setenv("AIDISCLOSE_TRUST", os.pathsep.join(roots))
    monkeypatch.setenv("AIDISCLOSE_NO_DEFAULT_TRUST", "1")
    assert aidisclose("verify", "a.png", "--require", "trusted").code == 0


def test_no_default_trust_means_the_command_line_alone(
    aidisclose: Run, home: Path, issued: Issued, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = media.sign(media.picture(), issued("ed25519"), ad.Disclosure(ai="generated"))
    (work / "a.png").write_bytes(signed)
    root = issued("ed25519").folder / "root.pem"
    verify = ("verify", "a.png", "--require", "trusted")
    (home / "config.toml").write_text(f"trust = ['{root}']")
    assert aidisclose(*verify).code == 0
    assert aidisclose(*verify, "--no-default-trust").code == 1
    monkeypatch.setenv("AIDISCLOSE_TRUST", str(root))
    assert aidisclose(*verify, "--no-default-trust").code == 1
    assert aidisclose(*verify, "--no-default-trust", "--trust", root).code == 0
    monkeypatch.delenv("AIDISCLOSE_TRUST")
    (home / "config.toml").write_text(f"trust = ['{root}']\nno-default-trust = true")
    assert aidisclose(*verify).code == 0


def settings_of(command: click.Command) -> Iterator[Setting]:
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from settings_of(each)
    yield from (each for each in command.params if isinstance(each, Setting))


def every_setting() -> Iterator[tuple[str, Setting]]:
    for name in COMMANDS:
        command = import_module(f"aidisclose.cli.{name}").command
        yield from ((name, each) for each in settings_of(command))


def test_every_option_says_what_projects_may_do_with_it() -> None:
    assert {each.spelling for _, each in every_setting()} == set(REACH)


def test_variables_mean_one_thing() -> None:
    """One name for options of two types would be read by both."""
    kinds: dict[str, set[str]] = {}
    for _, each in every_setting():
        kinds.setdefault(each.variables[0], set()).add(
            f"{isinstance(each.type, click.Path)} {each.multiple}"
        )
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}


#: What a stranger's settings must not do: keys of a table, and the command that would obey.
FORBIDDEN = {
    "trust = ['root.pem']": ("verify", "picture.png"),
    "tsa-trust = ['root.pem']": ("verify", "picture.png"),
    "allowed = ['root.pem']": ("verify", "picture.png"),
    "no-default-trust = false": ("verify", "picture.png"),
    "[verify]\nrequire = 'valid'": ("verify", "picture.png"),
    "[verify]\nsigner = ['x']": ("verify", "picture.png"),
    "[verify]\nissuer = ['x']": ("verify", "picture.png"),
    "[receipt]\nrequire = 'valid'": ("receipt", "verify", "picture.png"),
    **{
        f"[check]\n{line}": ("check", "picture.png", "--policy", "pai")
        for line in (
            *("exit-zero = true", "baseline = 'b.json'", "ignore = ['EU']"),
            *("strict = false", "require-determined = false", "cert = 'c.pem'", "key = 'k.pem'"),
            "signer = 'exec:touch pwned'",
        )
    },
    **{
        f"[sign]\n{line}": ("sign", "picture.png", "--ai", "generated")
        for line in (
            *("cert = 'c.pem'", "key = 'k.pem'", "signer = 'exec:touch pwned'", "alg = 'es384'"),
            *("tsa = ['http://127.0.0.1:1']", "tsa-timeout = 5.0", "require-timestamp = false"),
            *("ocsp = true", "output-dir = 'out'", "sidecar = true"),
        )
    },
    "[credentials]\nname = 'x'": ("credentials", "new", "--dir", "new"),
}


@pytest.mark.parametrize("text", FORBIDDEN)
def test_what_a_project_must_not_set(
    aidisclose: Run, work: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(work.iterdir())
    folder = work / "below"
    folder.mkdir()
    shutil.copy(work / "picture.png", folder)
    path = work / "aidisclose.toml"
    path.write_text(f"# of a stranger\n\n{text}\n")
    monkeypatch.chdir(folder)
    done = aidisclose(*FORBIDDEN[text])
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    line = 3 + text.count("\n")
    assert f"{path}, line {line}: " in done.err
    assert f"`aidisclose trust project {work}`" in done.err
    assert sorted(work.iterdir()) == sorted([*before, path, folder])
    assert [each.name for each in folder.iterdir()] == ["picture.png"]
    path.unlink()
    lines = text.split("\n")
    nested = [f"[tool.aidisclose.{lines[0][1:-1]}]", *lines[1:]]
    (work / "pyproject.toml").write_text(
        "\n".join(nested if len(lines) > 1 else ["[tool.aidisclose]", *lines])
    )
    done = aidisclose(*FORBIDDEN[text])
    assert (done.code, done.out) == (2, "")
    assert f"{work / 'pyproject.toml'}, line 2: " in done.err


@pytest.mark.parametrize(
    "text",
    [
        "verify = { signer = ['x'] }",
        "verify.signer = ['x']",
        '[verify]\n"signer" = ["x"]',
        "[ verify ]\nsigner=['x']",
        "'verify'.\"sign\\u0065r\" = ['x']",
    ],
)
def test_however_it_is_written(aidisclose: Run, work: Path, text: str) -> None:
    (work / "aidisclose.toml").write_text(text)
    done = aidisclose("verify", "picture.png")
    assert (done.code, done.out) == (2, "")
    assert "verify.signer is not for the settings of a project" in done.err


def test_what_a_project_may_set(aidisclose: Run, work: Path) -> None:
    (work / "aidisclose.toml").write_text(
        "jobs = 1\nno-default-trust = true\n"
        "[sign]\nai = 'generated'\nmodel = 'SDXL'\naction = ['c2pa.cropped']\n"
        "source-type = 'trainedAlgorithmicMedia'\nxmp = false\n"
        "[verify]\nrequire = 'trusted'\nformat = 'json'\n"
        "[label]\nsize = 5\nposition = 'top-left'\n"
        "[check]\npolicy = ['pai']\ninput = ['ai=yes']\nstrict = true\nformat = 'json'\n"
    )
    assert aidisclose("sign", "picture.png", "-o", "signed.png").code == 0
    done = aidisclose("verify", "signed.png")
    assert (done.code, done.json["results"][0]["state"]) == (1, "valid")
    assert aidisclose("label", "picture.png").code == 0
    done = aidisclose("check", "signed.png")
    assert done.json["inputs"] == {"ai": "yes"}
    assert done.err.count("warning") == 0


def test_a_gate_is_the_projects_or_it_is_not(
    aidisclose: Run, home: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To change the premises of a policy is to change what passes it."""
    (work / "aidisclose.toml").write_text(
        "[check]\npolicy = ['iptc']\ninput = ['ai=no']\nas-of = '2020-01-01'\nformat = 'json'"
    )

    def judged(*more: str) -> tuple[list[str], dict[str, str], int]:
        done = aidisclose("check", "picture.png", *more)
        found = done.json
        names = [each.partition("@")[0] for each in found["profiles"]]
        return names[:1], found["inputs"], done.err.count("does not count")

    assert judged() == (["iptc"], {"ai": "no"}, 0)
    assert judged("--policy", "eu-ai-act") == (["eu-ai-act"], {}, 2)
    given = judged("--policy", "eu-ai-act", "--input", "ai=yes")
    assert given == (["eu-ai-act"], {"ai": "yes"}, 1)
    (home / "config.toml").write_text("[check]\npolicy = ['eu-ai-act']")
    assert judged() == (["eu-ai-act"], {}, 0)
    (home / "config.toml").unlink()
    monkeypatch.setenv("AIDISCLOSE_POLICY", "eu-ai-act")
    assert judged() == (["eu-ai-act"], {}, 2)


def test_a_project_is_allowed_as_it_is(aidisclose: Run, work: Path) -> None:
    path = work / "aidisclose.toml"
    path.write_text("[verify]\nsigner = ['nobody']\nrequire = 'valid'\njobs = 1")
    assert aidisclose("verify", "picture.png").code == 2
    done = aidisclose("trust", "project", ".")
    assert (done.code, done.out) == (0, f"allowed  {path}: verify.signer, verify.require\n")
    assert aidisclose("verify", "picture.png").code == 1
    assert aidisclose("trust", "project", "--list").out == f"{path}\n"
    path.write_text("[verify]\nsigner = ['somebody']")
    assert aidisclose("verify", "picture.png").code == 2
    assert aidisclose("trust", "project", work).code == 0
    assert aidisclose("verify", "picture.png").code == 1
    copy = work / "copy"
    copy.mkdir()
    shutil.copy(path, copy)
    assert aidisclose("trust", "project", "--remove", copy).code == 2
    assert aidisclose("trust", "project", "--remove", work).code == 0
    assert aidisclose("verify", "picture.png").code == 2
    assert aidisclose("trust", "project", "--list").out.startswith("none")


@pytest.mark.parametrize(
    "arguments",
    [("empty",), (), ("--list", "empty"), ("--list", "--remove"), ("--remove", "empty")],
)
def test_allowing_nothing(aidisclose: Run, work: Path, arguments: tuple[str, ...]) -> None:
    (work / "empty").mkdir()
    done = aidisclose("trust", "project", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 2}', '{"schema": 1, "projects": [1]}'])
def test_a_broken_list_of_projects_allows_nothing(
    aidisclose: Run, home: Path, work: Path, text: str
) -> None:
    (work / "aidisclose.toml").write_text("trust = ['root.pem']")
    (home / "projects.json").write_text(text)
    done = aidisclose("verify", "picture.png")
    assert (done.code, done.out) == (2, "")
    assert str(home / "projects.json") in done.err


def test_old_names_are_read_with_a_warning(
    aidisclose: Run, home: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config.toml").write_text("[verify]\nsigners = ['nobody']")
    done = aidisclose("verify", "picture.png")
    assert done.code == 1
    assert "verify.signers is called signer now" in done.err
    monkeypatch.setenv("AIDISCLOSE_FORM", "json")
    done = aidisclose("verify", "picture.png")
    assert done.json["schema"] == 1
    assert "the variable AIDISCLOSE_FORM is called AIDISCLOSE_FORMAT now" in done.err
    monkeypatch.setenv("AIDISCLOSE_FORMAT", "jsonl")
    done = aidisclose("verify", "picture.png")
    assert "AIDISCLOSE_FORM is" not in done.err
    assert "schema" not in done.json


def test_paths_still_work_where_the_working_folder_was_deleted(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = work / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert aidisclose("verify", work / "picture.png").code == 1
    assert aidisclose("sign", work / "picture.png", "--ai", "none").code == 0
    done = aidisclose("verify", "picture.png")
    assert (done.code, done.err.count("\n")) == (4, 1)


def test_what_is_shared_is_known_to_verify() -> None:
    names = {each.name for each in verify.params if isinstance(each, Setting)}
    assert {name.replace("-", "_") for name in SHARED} <= names
