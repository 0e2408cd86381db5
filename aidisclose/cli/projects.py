"""Projects that the user has allowed: their settings count like the user's own.

A project is known by the path of its settings file and the hash of its content. A file that has
changed has to be allowed again, as a change may come from anybody who can write to the project.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from aidisclose.cli.files import read_small
from aidisclose.io import home

_SCHEMA: Final = 1


def is_allowed(path: Path, content: bytes) -> bool:
    """Whether the user has allowed this settings file with this content.

    Raises:
        ClickException: The list of allowed projects cannot be read.
    """
    return allowed().get(_place(path)) == _hash(content)


def allow(path: Path, content: bytes) -> None:
    """Remember a settings file with its content.

    Raises:
        ClickException: The list of allowed projects cannot be read.
        OSError: It cannot be written.
    """
    _write(allowed() | {_place(path): _hash(content)})


def forget(folder: Path) -> bool:
    """Remove the settings files of a folder from the list; returns whether any was in it.

    Raises:
        ClickException: The list of allowed projects cannot be read.
        OSError: It cannot be written.
    """
    known = allowed()
    real = os.path.realpath(folder)
    left = {path: value for path, value in known.items() if os.path.dirname(path) != real}  # noqa: PTH120
    if left == known:
        return False
    _write(left)
    return True


def allowed() -> dict[str, str]:
    """The SHA-256 hash of each allowed settings file by its path.

    Raises:
        ClickException: The list cannot be read.
    """
    try:
        path = home.projects_file()
    except OSError:  # no home folder: nothing can have been allowed
        return {}
    if not path.is_file():
        return {}
    import json

    try:
        document = json.loads(read_small(path))
        if document["schema"] != _SCHEMA:
            raise ValueError(f"schema {document['schema']}")
        return {str(item["file"]): str(item["sha256"]) for item in document["projects"]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        message = f"{path}: not a list of projects ({error}): remove it, and allow them again"
        raise click.ClickException(message) from None


def _place(path: Path) -> str:
    """The real path of a settings file's folder, and its name there.

    What the file itself links to does not count: a stranger's project may link to a settings file
    that was allowed elsewhere, whose relative paths would then name files of the stranger.
    """
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118


def _write(known: dict[str, str]) -> None:
    import json

    from aidisclose.io.output import write_file

    items = [{"file": path, "sha256": value} for path, value in sorted(known.items())]
    text = json.dumps({"schema": _SCHEMA, "projects": items}, indent=1) + "\n"
    path = home.projects_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Which projects somebody works on is nobody else's business.
    write_file(path, text.encode(), mode=0o600, overwrite=True)


def _hash(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()
