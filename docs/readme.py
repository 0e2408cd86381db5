"""Make README a page that can stand anywhere, as on PyPI: its links and pictures become addresses.

    python docs/readme.py [FILE]

They are files below the address `Source` of pyproject.toml. The release workflow runs it before the
distribution is built; in the repository the links stay relative.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
_LINK = re.compile(r"(\]\()(?!https?://|mailto:|#)([^)\s]+)(\))")


def absolute(text: str, source: str) -> str:
    """The text of README, whose relative links are below the address `source`."""
    return _LINK.sub(rf"\g<1>{source.rstrip('/')}/\g<2>\g<3>", text)


def main() -> None:
    """Rewrite the file, README.md by default."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "README.md"
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    path.write_text(absolute(path.read_text("utf-8"), urls["Source"]), "utf-8")


if __name__ == "__main__":
    main()
