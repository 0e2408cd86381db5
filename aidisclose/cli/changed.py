"""Files that changed since a revision of a git repository, or that it tracks.

The repository may be a stranger's, unpacked with its `.git`: its hooks, and programs that its own
configuration names (a monitor of files, filters, transports), are not run. Those of the user's
configuration are.
"""

from __future__ import annotations

import os
import re
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from aidisclose.cli.selection import is_repository
from aidisclose.containers import sidecar
from aidisclose.io import executable

#: Programs that git runs on the content of files, and whether it fails without one; the part in the
#: middle is any name.
_FILTER: Final = re.compile(r"filter\..*\.(?:clean|smudge|process|required)", re.DOTALL)
_REQUIRED: Final = ".required"

#: Options by which git runs no hook and no monitor of files, for both may be the repository's, and
#: takes no folder that it holds for a repository of its own, which tracks other files. Nor does it
#: read rules of what to ignore, which nobody asks it for, and which may be a pipe.
_SAFE: Final = (
    *("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false"),
    *("-c", f"core.excludesFile={os.devnull}", "-c", "safe.bareRepository=explicit"),
)
#: Files that say how git writes others.
_ATTRIBUTES: Final = ".gitattributes"
#: Where the configuration names more of them.
_ATTRIBUTES_FILE: Final = "core.attributesfile"
#: The whole number of a commit, which no branch of this name comes before.
_NUMBER: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
#: How git says that there is no repository after all.
_NONE: Final = "not a git repository"
#: Seconds that git may take to read its configuration or the name of a commit: what `include.path`
#: names may be a pipe that nobody writes to.
_PATIENCE: Final = 10.0
#: The same where it looks at all files, which may be on a slow disk.
_LONG_PATIENCE: Final = 300.0
#: How git marks names of files that it does not look at, in `ls-files -v`: in small letters those
#: that are assumed to be unchanged, and with this one those that are passed over.
_PASSED_OVER: Final = b"S"


def since(revision: str) -> Callable[[str], bool]:
    """Whether git says that a file was changed since, or says nothing about it.

    It says nothing about files that it does not track, ignored ones too, about those that it was
    told not to look at (`git update-index --assume-unchanged`), and about those of repositories in
    this one (submodules): whoever changes which commit of one is meant changes all of them. A file
    was also changed if its manifest store beside it was, the attributes by which git writes it, or
    a link to a folder that it is in.

    Raises:
        ClickException: This is not a repository, the revision is not known, or there is no git.
    """
    try:
        changed, led, root = _changed(revision)
    except click.ClickException as error:
        raise click.ClickException(f"--since: {error.message}") from None

    folders = (
        *(
            each.removesuffix(_ATTRIBUTES)
            for each in changed
            if os.path.basename(each) == _ATTRIBUTES  # noqa: PTH119
        ),
        *(each + os.sep for each in led),
    )

    def is_changed(file: str) -> bool:
        path = os.path.realpath(file)
        stores = map(os.path.realpath, sidecar.names(file))
        if any(_spelled(each) in changed for each in (path, *stores)):
            return True
        return _spelled(path).startswith(folders) or _is_elsewhere(path, root)

    return is_changed


def _changed(revision: str) -> tuple[set[str], set[str], str]:
    """Paths that were changed or are not tracked, folders that links there lead to, and the top."""
    commit = _commit(revision)
    top = Path(os.fsdecode(_git("rev-parse", "--show-toplevel").rstrip(b"\n")))
    safe = _overrides()
    options = (
        *("--name-only", "--no-ext-diff", "--ignore-submodules=all", "-z"),
        # Configured otherwise, git would leave out all but the working folder, or read an order.
        *("--no-relative", f"-O{os.devnull}"),
    )
    listed = _git(*safe, "diff", *options, commit, "--", patience=_LONG_PATIENCE)
    # Those that a `.gitignore` names too: whoever proposes a change writes it, and the search of
    # folders has left them out where they may be.
    within = (*safe, "-C", str(top), "ls-files", "-z")
    untracked = _git(*within, "--others", patience=_LONG_PATIENCE)
    marked = _git(*within, "--cached", "-v").split(b"\0")
    unseen = [each[2:] for each in marked if each[:1].islower() or each[:1] == _PASSED_OVER]
    names = [*listed.split(b"\0"), *untracked.split(b"\0"), *unseen]
    places = [top / os.fsdecode(name) for name in names if name]
    paths = {_spelled(os.path.realpath(place)) for place in places}
    led = {
        _spelled(os.path.realpath(place))
        for place in places
        if place.is_symlink() and place.is_dir()
    }
    return paths, led, os.path.realpath(top)


def _commit(revision: str) -> str:
    """The commit that a revision means, resolved first: one with a dash would be an option of git.

    Whoever proposes a change names its branch, and may name it `origin/main`: git would take that
    before the branch of the server, and find nothing changed.
    """
    wanted = ("--verify", "--end-of-options", f"{revision}^{{commit}}")
    done = _run("-c", "core.warnAmbiguousRefs=true", "rev-parse", *wanted)
    if done.returncode:
        # As git says it of a name that it does not know.
        unknown = b"Needed a single revision" in done.stderr
        raise click.ClickException("no such revision" if unknown else _reason(done))
    if b"is ambiguous" in done.stderr and not _NUMBER.fullmatch(revision):
        message = f"{revision} means several commits here, as branch, tag or number"
        raise click.ClickException(
            f"{message}: write the full name, such as refs/remotes/origin/main"
        )
    return os.fsdecode(done.stdout.strip())


def _spelled(path: str) -> str:
    """A name as git may spell it: on macOS it composes letters, and tells capitals from none.

    Of two files whose names differ in that alone, both count as changed if one was.
    """
    return unicodedata.normalize("NFC", path).casefold()


def _is_elsewhere(path: str, root: str) -> bool:
    """Whether a file is in another repository within this one, or outside of it."""
    folder = os.path.dirname(path)  # noqa: PTH120 - of thousands of files
    while folder != root:
        parent = os.path.dirname(folder)  # noqa: PTH120
        if parent == folder or is_repository(folder):
            return True
        folder = parent
    return False


def tracked(folder: str) -> list[str]:
    """All files below a folder that git tracks, whatever its rules say of them.

    A submodule is one name. All are relative to the folder. None where there is no repository.

    Raises:
        ClickException: There is a repository, and git cannot say it: a change could hide a file.
    """
    if not any(map(is_repository, _upwards(folder))):
        return []
    # It reads the index alone: no filter has anything to do.
    try:
        listed = _git("-C", folder, "ls-files", "--cached", "-z", "--", ".")
    except click.ClickException as error:
        if error.message.startswith(_NONE):  # an empty `.git`
            return []
        message = f"which ignored files git tracks is not known ({error.message})"
        raise click.ClickException(f"{folder}: {message}: --no-ignore takes them all") from None
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def _upwards(folder: str) -> Iterator[str]:
    """A folder and all that it is in."""
    path = Path(folder).absolute()
    yield str(path)
    yield from map(str, path.parents)


def _overrides() -> list[str]:
    """Options by which git runs no program that the repository's own configuration names.

    A filter there gives way to the user's of the same name (`git lfs install --local` writes one
    like that), or to none; then a file that it would have changed counts as changed. So does a file
    of attributes, which may be a pipe.

    Raises:
        ClickException: There is no repository, or a name that cannot be overridden.
    """
    users: dict[str, str] = {}
    own: set[str] = set()
    pieces = _git("config", "--list", "--show-scope", "-z").split(b"\0")
    for scope, entry in zip(pieces[::2], pieces[1::2], strict=False):
        key, _, value = os.fsdecode(entry).partition("\n")
        if not _FILTER.fullmatch(key) and key != _ATTRIBUTES_FILE:
            continue
        if scope in (b"system", b"global", b"command"):
            users[key] = value
        else:
            own.add(key)
    found: list[str] = []
    for key in sorted(own):
        if "=" in key:  # git takes the rest for the value
            raise click.ClickException(f"the repository's configuration names a {key!r:.80}")
        without = "false" if key.endswith(_REQUIRED) else ""
        found += ["-c", f"{key}={users.get(key, without)}"]
    return found


def _environment() -> dict[str, str]:
    """No object is fetched, by no transport: its program could be the repository's.

    Nor does one take the place of another (`git replace`): of a commit, what changed since.
    """
    no_fetch = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
    return {**os.environ, **no_fetch, "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}


def _git(*arguments: str, patience: float | None = None) -> bytes:
    """The output of git; a ClickException where it fails, or takes longer than `patience` (s)."""
    done = _run(*arguments, patience=patience)
    if done.returncode:
        raise click.ClickException(_reason(done))
    return done.stdout


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").splitlines()
    return lines[0].removeprefix("fatal: ") if lines else "git failed"


def _run(*arguments: str, patience: float | None = None) -> subprocess.CompletedProcess[bytes]:
    program = executable.find("git")
    if program is None:
        raise click.ClickException("git is needed, and not installed")
    patience = patience or _PATIENCE
    try:
        return subprocess.run(  # noqa: S603 - no shell, and a fixed program
            [program, *_SAFE, *arguments],
            capture_output=True,
            check=False,
            env=_environment(),
            timeout=patience,
        )
    except subprocess.TimeoutExpired:
        message = f"git takes more than {patience:g} s"
        raise click.ClickException(f"{message}: does its configuration name a pipe?") from None
    except OSError as error:
        raise click.ClickException(f"git cannot be run: {error.strerror}") from None
