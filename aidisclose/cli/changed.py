"""Files that changed since a revision of a git repository, or that it tracks against its rules.

The repository may be a stranger's, unpacked with its `.git`: programs that its own configuration
names (a monitor of files, filters, transports) are not run. Those of the user's configuration are.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import click

#: Programs that git runs on the content of files; the part in the middle is any name.
_FILTER: Final = re.compile(r"filter\..*\.(?:clean|smudge|process)", re.DOTALL)


def since(revision: str) -> frozenset[str]:
    """The real paths of the files that git says were changed since, or does not track.

    Raises:
        ClickException: This is not a repository, the revision is not known, or there is no git.
    """
    # Resolved first: what begins with a dash would be an option of git.
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    top = Path(os.fsdecode(_git("rev-parse", "--show-toplevel").rstrip(b"\n")))
    safe = _overrides()
    options = ("--name-only", "--diff-filter=d", "--no-ext-diff", "--ignore-submodules=all", "-z")
    listed = _git(*safe, "diff", *options, os.fsdecode(commit.strip()), "--")
    others = ("ls-files", "--others", "--exclude-standard", "-z")
    untracked = _git(*safe, "-C", str(top), *others)
    names = (listed + untracked).split(b"\0")
    return frozenset(os.path.realpath(top / os.fsdecode(name)) for name in names if name)


def tracked(folder: str) -> list[str]:
    """The files below a folder that git tracks although a `.gitignore` names them.

    Their names are relative to the folder. None where there is no repository, or no git.
    """
    # It reads the index alone: no filter has anything to do.
    asked = ("--cached", "--ignored", "--exclude-per-directory=.gitignore", "-z")
    try:
        listed = _git("-C", folder, "-c", "core.fsmonitor=false", "ls-files", *asked, "--", ".")
    except click.ClickException:
        return []
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def _overrides() -> list[str]:
    """Options by which git runs no program that the repository's own configuration names.

    A filter there gives way to the user's of the same name (`git lfs install --local` writes one
    like that), or to none; then a file that it would have changed counts as changed.

    Raises:
        ClickException: There is no repository, or a name that cannot be overridden.
    """
    users: dict[str, str] = {}
    own: set[str] = set()
    pieces = _git("config", "--list", "--show-scope", "-z").split(b"\0")
    for scope, entry in zip(pieces[::2], pieces[1::2], strict=False):
        key, _, value = os.fsdecode(entry).partition("\n")
        if not _FILTER.fullmatch(key):
            continue
        if scope in (b"system", b"global", b"command"):
            users[key] = value
        else:
            own.add(key)
    found = ["-c", "core.fsmonitor=false"]
    for key in sorted(own):
        if "=" in key:  # git takes the rest for the value
            raise click.ClickException(
                f"--since: the repository's configuration names a {key!r:.80}"
            )
        found += ["-c", f"{key}={users.get(key, '')}"]
    return found


def _environment() -> dict[str, str]:
    """No object is fetched, by no transport: its program could be the repository's."""
    return {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and a fixed program
            ["git", *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            env=_environment(),
        )
    except OSError as error:
        raise click.ClickException(f"--since needs git: {error.strerror}") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").splitlines()
        reason = lines[0] if lines else "no such revision"
        raise click.ClickException(f"--since: {reason.removeprefix('fatal: ')}")
    return done.stdout
