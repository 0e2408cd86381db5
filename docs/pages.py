"""Gather the pages of the site in one folder: `make site`.

The README and its siblings stand at the root of the repository; the site has them beside the pages
of docs/. Links between them are written for the repository, and followed here.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[1]
_LINK: Final = re.compile(r"(!?\[[^\]]*\])\(([^)\s#:]+)(#[^)\s]*)?\)")
#: Pages of the root, by their name in the site.
_PAGES: Final = {
    "README.md": "index.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}


def gather(folder: Path) -> None:
    """Write the pages, and what they show, into a folder that is emptied before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in (_ROOT / "docs").iterdir():
        if path.suffix in (".png", ".svg", ".json"):
            shutil.copy(path, folder)
    for path in (*(_ROOT / name for name in _PAGES), *(_ROOT / "docs").glob("*.md")):
        follow = functools.partial(_follow, folder=path.parent)
        text = _LINK.sub(follow, path.read_text("utf-8"))
        (folder / _PAGES.get(path.name, path.name)).write_text(text, "utf-8")


def _follow(match: re.Match[str], folder: Path) -> str:
    """A link as the site has it; what is not part of the site is named without a link."""
    text, target, anchor = match[1], match[2], match[3] or ""
    path = Path(os.path.normpath(folder / target))
    if not path.exists():
        raise FileNotFoundError(f"{folder}: {target}")
    if path.parent == _ROOT / "docs" and path.suffix in (".md", ".png", ".svg", ".json"):
        return f"{text}({path.name}{anchor})"
    if path.parent == _ROOT and path.name in _PAGES:
        return f"{text}({_PAGES[path.name]}{anchor})"
    return text.strip("[]") if not text.startswith("!") else ""


if __name__ == "__main__":
    gather(Path(sys.argv[1]))
