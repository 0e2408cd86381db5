"""A stranger's folder gives no orders, and hides no file from a gate."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from pathlib import Path
from typing import Any, Final

import pytest
from pathspec import GitIgnoreSpec

import aidisclose as ad
from aidisclose.cli import changed, links, workers
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import find
from aidisclose.cli.selection import Selection
from aidisclose.cli.work import Work
from aidisclose.io import children, executable
from aidisclose.io.digest import processors
from aidisclose.repository import archive
from aidisclose.repository.address import open_repository
from tests.attacks import files
from tests.cli.conftest import aidisclose, home, work
from tests.cli.running import ROOT, Run, environment
from tests.render import media

__all__ = ["aidisclose", "home", "work"]

FIXTURES: Final = ROOT / "fixtures"
EU: Final = ("--policy", "eu-ai-act", "--input", "ai=yes", "--as-of", "2026-12-05")
#: The program as it is installed: its own folder, not the working folder, has modules.
_SCRIPT: Final = """
import sys
import types

from aidisclose.cli.main import run

if __name__ == "__main__":
    if "spawn" in sys.argv:  # as on macOS and Windows
        sys.argv.remove("spawn")
        sys.modules["opendal"] = types.ModuleType("opendal")
    run()
"""


def git(folder: Path, *arguments: str) -> None:
    author = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    allowed = ("-c", "protocol.file.allow=always")
    command = ("git", "-C", str(folder), *author, *allowed, *arguments)
    subprocess.run(command, check=True, capture_output=True)


def commit(folder: Path, *arguments: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a change", *arguments)


def unsigned(path: Path) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(media.picture())


@pytest.fixture
def project(work: Path) -> Path:
    """A repository with a signed picture, and a submodule with one that declares nothing."""
    other = work.parent / "other"
    unsigned(other / "hidden.png")
    git(other, "init", "-q")
    commit(other)
    (work / "picture.png").unlink()
    shutil.copy(FIXTURES / "generated.png", work / "a.png")
    git(work, "init", "-q")
    commit(work)
    git(work, "tag", "base")
    git(work, "submodule", "--quiet", "add", str(other), "pictures")
    commit(work)
    return work


def checked(run: Run, *arguments: object) -> dict[str, str]:
    done = run("check", ".", *EU, *arguments, "--format", "json")
    return {each["file"]: each["outcome"] for each in done.json["results"]}


# --- what is looked at ----------------------------------------------------------------------------


def test_a_change_of_a_submodule_is_a_change(aidisclose: Run, project: Path) -> None:
    assert checked(aidisclose, "--since", "base") == {"pictures/hidden.png": "fail"}
    (project / "more").mkdir()
    git(project / "more", "init", "-q")
    unsigned(project / "more" / "loose.png")
    assert "more/loose.png" in checked(aidisclose, "--since", "HEAD")


@pytest.mark.parametrize("rule", ["pictures/", "*.png", "pictures/*", "pictures/hidden.png"])
def test_no_rule_hides_a_submodule(aidisclose: Run, project: Path, rule: str) -> None:
    (project / ".gitignore").write_text(f"{rule}\n")
    commit(project)
    assert checked(aidisclose)["pictures/hidden.png"] == "fail"


@pytest.mark.parametrize("folder", ["build", "dist", "venv", "node_modules", "deep/dist/deep"])
def test_no_name_of_a_folder_hides_what_git_tracks(
    aidisclose: Run, project: Path, folder: str
) -> None:
    (project / folder).mkdir(parents=True)
    unsigned(project / folder / "b.png")
    assert f"{folder}/b.png" not in checked(aidisclose)
    commit(project)
    assert checked(aidisclose)[f"{folder}/b.png"] == "fail"
    assert f"{folder}/b.png" in checked(aidisclose, "--since", "HEAD~1")


@pytest.mark.parametrize("kind", ["branch", "tag"])
@pytest.mark.parametrize("of", ["origin/main", "number"])
def test_no_branch_takes_the_place_of_another(
    aidisclose: Run, project: Path, kind: str, of: str
) -> None:
    """Whoever proposes a change names its branch, and git looks at local ones first."""
    git(project, "update-ref", "refs/remotes/origin/main", "HEAD")
    base = subprocess.check_output(("git", "-C", str(project), "rev-parse", "HEAD"), text=True)
    name = of if "/" in of else base[:7]
    unsigned(project / "b.png")
    commit(project)
    assert checked(aidisclose, "--since", name)["b.png"] == "fail"
    git(project, kind, name)
    done = aidisclose("check", ".", *EU, "--since", name)
    assert done.code == Exit.USAGE
    assert "means several commits" in done.err
    full = "refs/remotes/origin/main" if "/" in of else base.strip()
    assert checked(aidisclose, "--since", full)["b.png"] == "fail"
    git(project, "update-ref", f"refs/heads/{base.strip()}", "HEAD")
    assert checked(aidisclose, "--since", base.strip())["b.png"] == "fail"


@pytest.mark.parametrize(
    ("rule", "name"),
    [("made/", "made"), *((rule, "made/b.png") for rule in ("made/", "*.png", "made/*"))],
)
def test_no_rule_makes_what_is_named_unchanged(
    aidisclose: Run, project: Path, rule: str, name: str
) -> None:
    """git does not list ignored files that it does not track, and a change can ignore any."""
    unsigned(project / "made" / "b.png")
    (project / ".gitignore").write_text(f"{rule}\n")
    commit(project)
    done = aidisclose("check", name, *EU, "--since", "HEAD")
    assert done.code == Exit.FAILED
    assert "b.png" in done.out


@pytest.mark.parametrize("how", ["removed", "changed", "link"])
def test_a_change_of_the_manifest_beside_a_file_is_a_change(
    aidisclose: Run, project: Path, how: str
) -> None:
    unsigned(project / "b.png")
    aidisclose("sign", "b.png", "--ai", "generated", "--sidecar")
    store = project / "b.png.c2pa"
    commit(project)
    assert "b.png" not in checked(aidisclose, "--since", "HEAD")
    data = store.read_bytes()
    store.unlink()
    if how == "changed":
        store.write_bytes(data[:-1])
    elif how == "link":
        (project / "other.c2pa").write_bytes(b"")
        store.symlink_to("other.c2pa")
    commit(project)
    assert checked(aidisclose, "--since", "HEAD~1")["b.png"] == "fail"


def test_attributes_by_which_git_writes_files_change_them(aidisclose: Run, project: Path) -> None:
    (project / "deep").mkdir()
    shutil.copy(FIXTURES / "generated.png", project / "deep" / "b.png")
    commit(project)
    (project / "deep" / ".gitattributes").write_text("*.png text eol=crlf\n")
    commit(project)
    found = checked(aidisclose, "--since", "HEAD~1")
    assert "deep/b.png" in found
    assert "a.png" not in found
    (project / "deep" / ".gitattributes").unlink()
    commit(project)
    assert "deep/b.png" in checked(aidisclose, "--since", "HEAD~1")


@pytest.mark.parametrize("mark", ["assume-unchanged", "skip-worktree"])
def test_a_file_that_git_does_not_look_at_counts_as_changed(
    aidisclose: Run, project: Path, mark: str
) -> None:
    assert checked(aidisclose, "--since", "HEAD") == {"pictures/hidden.png": "fail"}
    git(project, "update-index", f"--{mark}", "a.png")
    unsigned(project / "a.png")
    assert checked(aidisclose, "--since", "HEAD")["a.png"] == "fail"


def test_what_a_link_to_a_folder_leads_to_is_changed_with_it(
    aidisclose: Run, project: Path
) -> None:
    """Both folders were there before, and the name is the same."""
    (project / "good").mkdir()
    shutil.copy(FIXTURES / "generated.png", project / "good" / "b.png")
    unsigned(project / "bad" / "b.png")
    (project / "assets").symlink_to("good")
    commit(project)
    (project / "assets").unlink()
    (project / "assets").symlink_to("bad")
    commit(project)
    done = aidisclose("check", *EU, "--since", "HEAD~1", "assets/b.png")
    assert done.code == Exit.FAILED
    assert "b.png" in done.out


def test_no_folder_that_is_like_a_repository_tracks_other_files(
    aidisclose: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git takes a folder with such files for a bare repository, with an index of its own."""
    inner = project / "inner"
    for name, content in {
        "HEAD": "ref: refs/heads/main\n",
        "config": f"[core]\nbare = false\nworktree = {project.parent}\n",
        "objects/x": "x",
        "refs/x": "x",
        ".gitignore": "b.png\n",
    }.items():
        (inner / name).parent.mkdir(parents=True, exist_ok=True)
        (inner / name).write_text(content)
    unsigned(inner / "b.png")
    git(project, "add", "-f", "inner")
    git(project, "commit", "-q", "-m", "a change")
    assert checked(aidisclose)["inner/b.png"] == "fail"
    for folder, source in ((project, "inner"), (inner, ".")):
        monkeypatch.chdir(folder)
        done = aidisclose("check", source, *EU)
        assert done.code == Exit.USAGE
        assert "--no-ignore" in done.err


def test_no_rule_of_a_submodule_hides_what_it_tracks(aidisclose: Run, project: Path) -> None:
    (project / "pictures" / ".gitignore").write_text("*.png\n")
    assert checked(aidisclose)["pictures/hidden.png"] == "fail"
    unsigned(project / "pictures" / "loose.png")
    assert "pictures/loose.png" not in checked(aidisclose), "its own rules count for the rest"


@pytest.mark.parametrize("again", ["!*b*b*b*b.png", "!**b**b**.png", f"!{'?' * 2_000}*b.png"])
def test_a_rule_that_git_alone_understands_hides_nothing(
    aidisclose: Run, project: Path, again: str
) -> None:
    """Passed over here, as it may take forever; to git it takes the file back."""
    unsigned(project / "bbbb.png")
    (project / ".gitignore").write_text(f"*.png\n{again}\n")
    git(project, "add", "-f", "bbbb.png")
    commit(project)
    assert checked(aidisclose)["bbbb.png"] == "fail"


#: Each line is one that matching takes long for, or the last one is behind many.
_SLOW: Final = {
    "stars": ["**a**a**a**a**a**b"],
    "single stars": ["*a*a*b"] * 2_000,
    "many": [f"x*{number}" for number in range(60_000)],
}


@pytest.mark.parametrize("kind", _SLOW)
def test_rules_take_no_time(work: Path, kind: str) -> None:
    (work / ".git").mkdir()
    (work / ".gitignore").write_text("\n".join(_SLOW[kind]))
    for number in range(20):
        (work / f"{'a' * 200}{number}.png").write_bytes(b"")
    begin = time.process_time()
    found = find([str(work)], selection=Selection(ignores=True))
    assert len(found) == 21
    assert time.process_time() - begin < 5


def test_rules_of_one_folder_cost_nothing_in_others(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / ".git").mkdir()
    for number in range(60):
        unsigned(work / str(number) / "a.png")
        (work / str(number) / ".gitignore").write_text("none\n")
    asked = 0
    check_file = GitIgnoreSpec.check_file

    def counted(*arguments: Any) -> object:
        nonlocal asked
        asked += 1
        return check_file(*arguments)

    monkeypatch.setattr(GitIgnoreSpec, "check_file", counted)
    assert len(find([str(work)], selection=Selection(ignores=True))) == 61
    assert asked < 5 * 61


def test_what_is_excluded_by_the_user_stays_so(aidisclose: Run, project: Path) -> None:
    (project / ".gitignore").write_text("pictures/\n")
    commit(project)
    assert checked(aidisclose, "--exclude", "pictures/") == {"a.png": "warn"}


def test_where_git_looks_from_changes_nothing(
    aidisclose: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsigned(project / "deep" / "b.png")
    commit(project)
    git(project, "config", "diff.relative", "true")
    monkeypatch.chdir(project / "deep")
    assert checked(aidisclose, "--since", "HEAD~1") == {"b.png": "fail"}


def test_a_name_that_git_spells_otherwise_was_changed(
    aidisclose: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS, where git composes the letters of names that stand decomposed in a folder."""
    unsigned(project / "gro\u0308\u00dfe.png")
    commit(project)
    ask = changed._git

    def composed(*arguments: str, **options: Any) -> bytes:
        return unicodedata.normalize("NFC", ask(*arguments, **options).decode()).encode()

    monkeypatch.setattr(changed, "_git", composed)
    assert len(checked(aidisclose, "--since", "HEAD~1")) == 2  # and the submodule


def test_a_repository_that_git_refuses_lets_no_rule_hide_a_file(
    aidisclose: Run, project: Path
) -> None:
    """As one of another user, which is usual in containers."""
    (project / ".gitignore").write_text("*.png\n")
    (project / ".git" / "config").write_text("[core\n")
    done = aidisclose("check", ".", *EU)
    assert done.code == Exit.USAGE
    assert "--no-ignore" in done.err


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_gitignore_that_is_no_file_says_nothing(
    aidisclose: Run, project: Path, kind: str
) -> None:
    if kind == "pipe":
        os.mkfifo(project / ".gitignore")
    else:
        (project.parent / "rules").write_text("*.png\n")
        (project / ".gitignore").symlink_to(project.parent / "rules")
    assert checked(aidisclose)["a.png"] == "warn"


def test_a_baseline_with_a_name_that_no_system_has_is_read(aidisclose: Run, work: Path) -> None:
    accepted = [{"file": "a" * 5_000, "rule": "EU-001", "outcome": "fail"}]
    (work / "baseline.json").write_text(
        f'{{"schema": 1, "accepted": {accepted!r}}}'.replace("'", '"')
    )
    done = aidisclose("check", "picture.png", *EU, "--baseline", "baseline.json")
    assert done.code == Exit.FAILED
    assert "1 obsolete" in done.err


@pytest.mark.parametrize(
    "name",
    ["--exit-zero", "--since=:/x.png", "--baseline=b.png", "--help", "-h", "-q", "--exclude=*.png"],
)
def test_a_file_that_is_named_like_an_option_is_none(
    aidisclose: Run, work: Path, name: str
) -> None:
    """A pattern of a shell and pre-commit give names of files as they are."""
    before = aidisclose("check", "picture.png", *EU)
    assert before.code == Exit.FAILED
    unsigned(work / name)
    done = aidisclose("check", *EU, name, "picture.png")
    assert done.code == Exit.USAGE
    assert "there is a file of this name" in done.err
    # Behind `--` it is a file like any other.
    assert aidisclose("check", *EU, "--", name).code != Exit.OK
    assert aidisclose("check", *EU, f"./{name}").code != Exit.OK


def test_patterns_of_a_policy_hold_in_each_folder(
    aidisclose: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = project / "own.toml"
    policy.write_text('version = 1\n[[require]]\npath = "front/**/*.png"\nstate = "valid"\n')
    unsigned(project / "front" / "deep" / "b.png")
    for folder, name in (
        (".", "front"),
        ("front", "."),
        ("front", "deep"),
        ("front/deep", "b.png"),
    ):
        monkeypatch.chdir(project / folder)
        done = aidisclose("check", name, "--policy", policy, "--format", "json")
        assert [each["outcome"] for each in done.json["results"]] == ["fail"]


@pytest.mark.parametrize("name", ["./front//b.png", "front/./b.png", "front/../front/b.png"])
@pytest.mark.parametrize("is_absolute", [False, True])
def test_patterns_of_a_policy_hold_however_a_name_is_written(
    aidisclose: Run, work: Path, name: str, is_absolute: bool
) -> None:
    policy = work / "own.toml"
    policy.write_text('version = 1\n[[require]]\npath = "front/*.png"\nstate = "valid"\n')
    unsigned(work / "front" / "b.png")
    given = f"{work}/{name}" if is_absolute else name
    assert aidisclose("check", given, "--policy", policy).code == Exit.FAILED


def test_patterns_of_a_policy_hold_in_submodules(
    aidisclose: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change can make any folder one."""
    policy = project / "own.toml"
    policy.write_text('version = 1\n[[require]]\npath = "pictures/**/*.png"\nstate = "valid"\n')
    for folder, name in (
        (".", "pictures"),
        (".", "pictures/hidden.png"),
        ("pictures", "."),
        ("pictures", "hidden.png"),
    ):
        monkeypatch.chdir(project / folder)
        done = aidisclose("check", name, "--policy", policy, "--format", "json")
        assert [each["outcome"] for each in done.json["results"]] == ["fail"]


def test_a_link_to_a_folder_is_told_of(aidisclose: Run, project: Path) -> None:
    unsigned(project / "stuff" / "b.png")
    (project / "front").symlink_to("stuff")
    done = aidisclose("check", ".", *EU)
    assert "links to folders that are not followed: 1, such as front" in done.err


# --- what is believed ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["aidisclose.toml", "pyproject.toml"])
def test_a_link_to_settings_that_are_allowed_is_not(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Paths in them are relative to the folder: `root.pem` would be the stranger's."""
    mine, strange = work / "mine", work / "strange"
    mine.mkdir()
    strange.mkdir()
    table = "verify" if name == "aidisclose.toml" else "tool.aidisclose.verify"
    (mine / name).write_text(f"[{table}]\ntrust = ['root.pem']\n")
    shutil.copy(FIXTURES / "root.pem", strange / "root.pem")
    shutil.copy(FIXTURES / "generated.png", strange / "a.png")
    assert aidisclose("trust", "project", mine).code == Exit.OK
    (strange / name).symlink_to(mine / name)
    monkeypatch.chdir(strange)
    done = aidisclose("verify", "a.png")
    assert done.code == Exit.USAGE
    assert "is not for the settings of a project" in done.err


# --- what is run ----------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="the hook is a shell script")
def test_no_hook_of_a_repository_is_run(aidisclose: Run, project: Path) -> None:
    hook = project / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{project.parent}/run'\n")
    hook.chmod(0o755)
    for path in project.glob("*.png"):
        os.utime(path, (1, 1))  # git looks at the content, and writes its index anew
    aidisclose("check", ".", *EU, "--since", "HEAD")
    assert not (project.parent / "run").exists()
    for path in project.glob("*.png"):
        os.utime(path, (2, 2))
    git(project, "diff", "HEAD")
    assert (project.parent / "run").exists(), "it would be run otherwise"


@pytest.mark.skipif(os.name == "nt", reason="there are no such pipes")
@pytest.mark.parametrize("key", ["core.excludesFile", "core.attributesFile", "diff.orderFile"])
def test_a_pipe_that_a_repository_names_is_not_read(
    aidisclose: Run, project: Path, key: str
) -> None:
    os.mkfifo(project.parent / "pipe")
    git(project, "config", key, str(project.parent / "pipe"))
    unsigned(project / "a.png")
    assert checked(aidisclose, "--since", "HEAD")["a.png"] == "fail"


@pytest.mark.skipif(os.name == "nt", reason="there are no such pipes")
@pytest.mark.parametrize("more", [("--since", "HEAD"), ()])
def test_a_configuration_in_a_pipe_ends(
    aidisclose: Run, project: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    """git reads it before all else, and nobody may ever write to it."""
    monkeypatch.setattr(changed, "_PATIENCE", 0.2)
    os.mkfifo(project.parent / "pipe")
    git(project, "config", "include.path", str(project.parent / "pipe"))
    (project / ".gitignore").write_text("*.png\n")
    done = aidisclose("check", ".", *EU, *more)
    assert done.code == Exit.USAGE
    assert "git takes more than 0.2 s: does its configuration name a pipe?" in done.err


def test_a_filter_of_the_repository_may_be_required(aidisclose: Run, project: Path) -> None:
    """As `git lfs install --local` writes one: without it, git would fail."""
    git(project, "config", "filter.lfs.clean", "false")
    git(project, "config", "filter.lfs.required", "true")
    (project / ".git" / "info").mkdir(exist_ok=True)
    (project / ".git" / "info" / "attributes").write_text("*.png filter=lfs\n")
    os.utime(project / "a.png", (1, 1))  # git looks at the content
    assert checked(aidisclose, "--since", "HEAD") == {"pictures/hidden.png": "fail"}


def test_no_replaced_commit_hides_a_change(aidisclose: Run, project: Path) -> None:
    unsigned(project / "b.png")
    commit(project)
    git(project, "replace", "HEAD~1", "HEAD")
    assert checked(aidisclose, "--since", "HEAD~1")["b.png"] == "fail"


def test_the_name_of_a_policy_moves_no_cursor(aidisclose: Run, work: Path) -> None:
    """A project's settings may name one."""
    (work / "aidisclose.toml").write_text('[check]\npolicy = ["own.toml"]\n')
    name = 'name = "\\u001b[2J\\u202e"\n'
    (work / "own.toml").write_text(f'version = 1\n{name}[[require]]\nstate = "valid"\n')
    unsigned(work / "a.png")
    for form in ("text", "markdown", "github", "html"):
        out = aidisclose("check", "a.png", "--format", form).out
        assert "REQ-001" in out
        assert not {"\x1b", "\u202e"} & set(out), form


def hostile(folder: Path) -> Path:
    """A working folder whose modules say that they were run."""
    folder.mkdir()
    for name in ("multiprocessing", "struct", "pickle", "signal", "aidisclose", "click"):
        (folder / f"{name}.py").write_text(f"open({str(folder.parent / 'run')!r}, 'w')\n")
    return folder


def installed(*arguments: object, home: Path, folder: Path, **more: Any) -> int:
    script = folder.parent / "script" / "aidisclose.py.txt"
    script.parent.mkdir(exist_ok=True)
    script.write_text(_SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        cwd=folder,
        env=environment(home, **more),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode


def test_processes_import_nothing_from_the_working_folder(home: Path, tmp_path: Path) -> None:
    folder = hostile(tmp_path / "hostile")
    for number in range(4):
        shutil.copy(FIXTURES / "generated.png", folder / f"{number}.png")
    verify = ("--isolated", "verify", ".", "--jobs", "2", "spawn")
    assert installed(*verify, home=home, folder=folder) == Exit.OK
    assert not (tmp_path / "run").exists()


def test_processes_of_a_repository_import_nothing_from_it(home: Path, tmp_path: Path) -> None:
    folder = hostile(tmp_path / "hostile")
    with open_repository(str(tmp_path / "one.sqlite"), create=True) as repository:
        repository.add(files.store_of(files.signed(files.active())), [])
        with (tmp_path / "export").open("wb") as stream:
            archive.export(repository, stream)
    place = ("--repository", tmp_path / "two.sqlite")
    command = ("repository", "import", tmp_path / "export", *place, "--jobs", "2")
    assert installed(*command, home=home, folder=folder) == Exit.OK
    assert not (tmp_path / "run").exists()


def test_without_the_variable_they_would(tmp_path: Path) -> None:
    """What `multiprocessing` starts does so: these tests would notice."""
    folder = hostile(tmp_path / "hostile")
    code = "import multiprocessing"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=False, capture_output=True)
    assert (tmp_path / "run").exists()


@pytest.mark.parametrize("before", [None, "1"])
def test_programs_of_the_user_do_not_notice(
    before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "PYTHONSAFEPATH"
    monkeypatch.delenv(name, raising=False)
    if before:
        monkeypatch.setenv(name, before)
    with children.apart():
        assert os.environ[name]
        children.forget()  # in the process
        assert os.environ.get(name) == before
    assert os.environ.get(name) == before


@pytest.mark.skipif(os.name == "nt", reason="programs there have endings")
def test_programs_are_not_looked_for_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path, tmp_path / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "git").write_text("")
        (folder / "git").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", str(tmp_path / "bin")]))
    assert executable.find("git") == str(tmp_path / "bin" / "git")
    assert executable.find("none") is None


@pytest.mark.skipif(os.name == "nt", reason="programs there have endings")
def test_no_program_of_the_working_folder_signs(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = work / "signer"
    program.write_text(f"#!/bin/sh\ntouch '{work.parent}/run'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", os.environ["PATH"]]))
    sign = ("sign", "picture.png", "--ai", "generated", "--signer")
    done = aidisclose(*sign, "exec:signer")
    assert done.code == Exit.USAGE
    assert "none of this name in the folders of PATH" in done.err
    assert not (work.parent / "run").exists()
    aidisclose(*sign, "exec:./signer")
    assert (work.parent / "run").exists(), "what the user names with its folder is run"


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
def test_a_definition_that_names_a_pipe_is_refused(aidisclose: Run, work: Path) -> None:
    os.mkfifo(work / "thumbnail.png")
    (work / "manifest.json").write_text(
        '{"thumbnail": {"format": "image/png", "identifier": "thumbnail.png"},'
        ' "assertions": [{"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created",'
        ' "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}]}}]}'
    )
    done = aidisclose("sign", "picture.png", "--manifest", "manifest.json")
    assert done.code != Exit.OK
    assert "not a regular file" in done.err


def test_a_project_asks_for_no_more_processes_than_there_are_processors(
    aidisclose: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    class Counted(workers.Workers):
        def __init__(self, of: Work[Any], jobs: int) -> None:
            asked.append(jobs)
            super().__init__(of, jobs)

    monkeypatch.setattr(workers, "Workers", Counted)
    for number in range(8):
        unsigned(work / f"{number}.png")
    (work / "aidisclose.toml").write_text("jobs = 200\n")
    aidisclose("verify", ".")
    assert max(asked, default=1) <= processors()
    aidisclose("--isolated", "verify", ".", "--jobs", "3")
    assert asked[-1] == 3, "what the user asks for counts"


def test_results_are_not_written_where_a_link_leads(aidisclose: Run, work: Path) -> None:
    unsigned(work / "picture.png")
    (work / "results.jsonl").symlink_to(work / "elsewhere")
    done = aidisclose("verify", "picture.png", "--results", "results.jsonl")
    assert done.code == 2
    assert "it exists already" in done.err
    assert not (work / "elsewhere").exists()


# --- what is written ------------------------------------------------------------------------------

_CHECK: Final = ("check", "picture.png", *EU)
_VERIFY: Final = ("verify", "picture.png")
_SIGN: Final = ("sign", "picture.png", "--ai", "edited", "--force")
_OUTPUTS: Final[dict[str, tuple[str, ...]]] = {
    "verify -o": (*_VERIFY, "-o"),
    "verify --receipt": (*_VERIFY, "--receipt"),
    "verify --results": (*_VERIFY, "--resume", "--results"),
    "check -o": (*_CHECK, "-o"),
    "check --summary": (*_CHECK, "--summary"),
    "check --receipt": (*_CHECK, "--receipt"),
    "check --baseline": (*_CHECK, "--update-baseline", "--baseline"),
    "inspect -o": ("inspect", "picture.png", "-o"),
    "inspect --store": ("inspect", "picture.png", "--force", "--store"),
    "inspect --certs": ("inspect", "picture.png", "--force", "--certs"),
    "sign -o": (*_SIGN, "-o"),
    "label -o": ("label", "picture.png", "--force", "-o"),
}
_FOLDERS: Final[dict[str, tuple[str, ...]]] = {
    "sign": (*_SIGN, "--output-dir"),
    "label": ("label", "picture.png", "--output-dir"),
    "inspect --extract": ("inspect", "picture.png", "--extract"),
    "credentials csr": ("credentials", "csr", "--organization", "x", "--country", "DE", "--dir"),
}
_LED: Final = "leads by a link to"


@pytest.fixture
def outside(work: Path) -> Path:
    """A signed file of the user beside the repository."""
    shutil.copy(FIXTURES / "generated.png", work / "picture.png")
    shutil.copy(FIXTURES / "generated.png", work.parent / "precious.png")
    (work / ".git").mkdir()
    shutil.copy(FIXTURES / "generated.png", work / ".git" / "config")
    return work.parent / "precious.png"


@pytest.mark.parametrize("name", _OUTPUTS)
@pytest.mark.parametrize("where", ["file", "folder", "device", "hidden"])
def test_no_link_of_a_repository_decides_where_an_output_goes(
    aidisclose: Run, work: Path, outside: Path, name: str, where: str
) -> None:
    before = outside.read_bytes()
    link, output, target = {
        "file": ("out.png", "out.png", outside),
        "folder": ("out", "out/precious.png", outside.parent),
        "device": ("out.png", "out.png", Path(os.devnull)),
        "hidden": ("out.png", "out.png", Path(".git/config")),
    }[where]
    (work / link).symlink_to(target)
    done = aidisclose(*_OUTPUTS[name], output)
    assert done.code == Exit.USAGE
    assert _LED in done.err
    assert outside.read_bytes() == (work / ".git" / "config").read_bytes() == before
    assert (work / link).is_symlink()


def test_no_link_is_signed_in_place(aidisclose: Run, work: Path, outside: Path) -> None:
    before = outside.read_bytes()
    (work / "a.png").symlink_to(outside)
    for source in ("a.png", "."):
        done = aidisclose("sign", source, "--ai", "edited", "--in-place")
        assert done.code == Exit.USAGE
        assert _LED in done.err
    assert outside.read_bytes() == before


@pytest.mark.parametrize("name", _FOLDERS)
def test_no_folder_of_a_repository_leads_out_of_it(
    aidisclose: Run, work: Path, outside: Path, name: str
) -> None:
    (outside.parent / "elsewhere").mkdir()
    (work / "out").symlink_to(outside.parent / "elsewhere")
    done = aidisclose(*_FOLDERS[name], "out")
    assert done.code == Exit.USAGE
    assert _LED in done.err
    assert not list((outside.parent / "elsewhere").iterdir())


@pytest.mark.parametrize("ending", ["", "-wal", "-journal"])
@pytest.mark.parametrize(
    "command",
    [("publish", "picture.png"), ("recover", "picture.png"), ("repository", "list")],
    ids=lambda command: command[0],
)
def test_no_link_of_a_repository_decides_where_credentials_are_stored(
    aidisclose: Run, work: Path, outside: Path, command: tuple[str, ...], ending: str
) -> None:
    """Nor where SQLite writes beside its file."""
    before = {each.name for each in outside.parent.iterdir()}
    (work / f"stored.sqlite{ending}").symlink_to(outside.parent / "elsewhere")
    done = aidisclose(*command, "--repository", "stored.sqlite")
    assert done.code == Exit.USAGE
    assert _LED in done.err
    assert {each.name for each in outside.parent.iterdir()} == before


@pytest.mark.parametrize("command", ["sign", "label"])
def test_no_folder_below_one_leads_out_of_it(
    aidisclose: Run, work: Path, outside: Path, command: str
) -> None:
    (outside.parent / "elsewhere").mkdir()
    (work / "pictures" / "deep").mkdir(parents=True)
    shutil.copy(work / "picture.png", work / "pictures" / "deep" / "a.png")
    (work / "out").mkdir()
    (work / "out" / "deep").symlink_to(outside.parent / "elsewhere")
    more = ("--ai", "edited") if command == "sign" else ()
    done = aidisclose(command, "pictures", *more, "--output-dir", "out")
    assert done.code == Exit.USAGE
    assert not list((outside.parent / "elsewhere").iterdir())


def test_a_link_to_what_is_beside_it_is_followed(
    aidisclose: Run, work: Path, outside: Path
) -> None:
    (work / "reports").mkdir()
    (work / "latest.json").symlink_to("reports/today.json")
    assert aidisclose("inspect", outside, "--format", "json", "-o", "latest.json").code == Exit.OK
    assert (work / "latest.json").is_symlink()
    assert (work / "reports" / "today.json").read_text().startswith("{")


def test_links_in_shared_memory_are_anybodys(work: Path, outside: Path) -> None:
    """Only those that the system made in `/dev` are not."""
    if not Path("/dev/shm").is_dir():
        pytest.skip("no shared memory here")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        (Path(place) / "out.png").symlink_to(outside)
        with pytest.raises(ad.UsageError, match=_LED):
            links.refuse(Path(place) / "out.png")
    links.refuse(Path("/dev/stdout"))
