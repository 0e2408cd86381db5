"""Which files changed since a revision of a git repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import click

from aidisclose.cli.files import File


def since(revision: str, files: Sequence[File]) -> list[File]:
    """Those of the files that git says were changed since, or does not track.

    Raises:
        ClickException: This is not a repository, the revision is not known, or there is no git.
    """
    # Resolved first: what begins with a dash would be an option of git.
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    top = Path(os.fsdecode(_git("rev-parse", "--show-toplevel").rstrip(b"\n")))
    listed = _git("diff", "--name-only", "--diff-filter=d", "-z", os.fsdecode(commit.strip()), "--")
    untracked = _git("-C", str(top), "ls-files", "--others", "--exclude-standard", "-z")
    names = (listed + untracked).split(b"\0")
    changed = {os.path.realpath(top / os.fsdecode(name)) for name in names if name}
    return [file for file in files if os.path.realpath(file.path) in changed]


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and a fixed program
            ["git", *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise click.ClickException(f"--since needs git: {error.strerror}") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").splitlines()
        reason = lines[0] if lines else "no such revision"
        raise click.ClickException(f"--since: {reason.removeprefix('fatal: ')}")
    return done.stdout
