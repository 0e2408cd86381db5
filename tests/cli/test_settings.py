"""Settings: options before variables before the project's file before the user's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import aidisclose as ad
from aidisclose.cli.options import SHARED, Setting
from aidisclose.cli.verify import command as verify
from aidisclose.signing.credentials import Credentials
from tests.cli.running import Done
from tests.render import media

Run = Callable[..., Done]
Issued = Callable[[str], Credentials]


def model(aidisclose: Run, *options: str) -> str | None:
    done = aidisclose(
        "sign", "picture.png", "--ai", "generated", "-o", "o.png", "--force", *options
    )
    assert (done.code, done.err.count("\n")) == (0, 1)
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
        ("jobs = 0", "jobs: 0 is not in the range 1<=x<=256"),
        ("trust = [1]", "trust: 1 is not a string"),
        ("no-default-trust = 'yes'", "no-default-trust: 'yes' is not a boolean"),
        ("[verify]\nrequire = 'perfect'", "verify.require: 'perfect' is not one of"),
        ("trust = ['missing.pem']", "missing.pem: no such file or directory"),
        ("[verify", "not valid TOML: "),
        ("\udcff", "not valid TOML: "),
    ],
)
def test_mistakes_name_file_and_key(aidisclose: Run, work: Path, text: str, what: str) -> None:
    path = work / "aidisclose.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    done = aidisclose("verify", "picture.png")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert what in done.err
    assert str(work) in done.err


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
    monkeypatch.setenv("AIDISCLOSE_TRUST", ":".join(roots))
    assert aidisclose("verify", "a.png", "--no-default-trust", "--require", "trusted").code == 0


def test_what_is_shared_is_known_to_verify() -> None:
    names = {each.name for each in verify.params if isinstance(each, Setting)}
    assert {name.replace("-", "_") for name in SHARED} <= names
