"""The files of a folder that are left out: by options, by `.gitignore` files, and by default."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aidisclose import limits
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

#: Folders that hold what was installed or built, as ruff leaves them out. Hidden ones always are.
DEFAULTS: Final = (
    *("__pycache__/", "__pypackages__/", "_build/", "buck-out/", "build/", "dist/"),
    *("node_modules/", "site-packages/", "venv/"),
)


class Selection(NamedTuple):
    """The rules that leave out files of searched folders. Files that are named are always taken.

    Attributes:
        exclude: Patterns in the form of `.gitignore`, relative to the working folder.
        ignores: Whether `.gitignore` files of the repository and DEFAULTS count.
    """

    exclude: Sequence[str] = ()
    ignores: bool = False

    def only_named(self) -> Callable[[str], bool]:
        """Whether the patterns of `exclude` leave out a name; there are no folders to look in."""
        if not self.exclude:
            return lambda _: False
        patterns = _patterns(self.exclude)
        return lambda name: bool(patterns.check_file(name).include)

    def open(self, root: str) -> Filter:
        """The filter for one folder that is searched."""
        chosen = Filter(root, _patterns(self.exclude) if self.exclude else None)
        if self.ignores:
            for folder in _repository(Path(_whole(root))):
                chosen.read(str(folder))
            chosen.name_root()
            chosen.learn(_whole(root), DEFAULTS)
        return chosen


class Filter:
    """The rules of one folder that leave out files.

    Attributes:
        left_out: Number of files and folders that were left out so far.
    """

    def __init__(self, root: str, exclude: GitIgnoreSpec | None) -> None:
        self.left_out = 0
        self._exclude = exclude
        self._root = root
        #: The nearest folder last, as git has it: the last file with an opinion decides.
        self._ignored: list[tuple[str, GitIgnoreSpec]] = []

    def learn(self, folder: str, lines: Iterable[str]) -> None:
        """Patterns that count below an absolute folder, as far as there is room for them."""
        known = [each for _, spec in self._ignored for each in spec.patterns]
        self._ignored.append((folder, _patterns(lines, room=_Room(known))))

    def read(self, folder: str) -> None:
        """The `.gitignore` of a folder, if it has one that can be read.

        As with git, a link is none; nor is a pipe, which nobody may ever write to. Those of folders
        that this one is not in do not count any more: folders are read from the top down.
        """
        whole = _whole(folder)
        while self._ignored and not _is_within(whole, self._ignored[-1][0]):
            self._ignored.pop()
        path = Path(folder, ".gitignore")
        try:
            # git follows no link to a `.gitignore` either, since 2.32.
            if not stat.S_ISREG(path.lstat().st_mode):
                return
            with path.open("rb") as file:
                data = file.read(limits.IGNORE_FILE)
        except OSError:
            return
        self.learn(whole, os.fsdecode(data).splitlines())

    def name_root(self) -> None:
        """Let no pattern count that leaves out the root: the user asked for it."""
        if self._ignores(self._root, is_folder=True):
            self._ignored.clear()

    @property
    def is_reading(self) -> bool:
        """Whether `.gitignore` files count."""
        return bool(self._ignored)

    def takes(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether a file or folder below the root is taken; counts what is not."""
        if self._excludes(path, is_folder=is_folder) or self._ignores(path, is_folder=is_folder):
            self.left_out += 1
            return False
        return True

    def takes_tracked(self, name: str, *, is_folder: bool = False) -> bool:
        """Whether a file below the root that git tracks is taken: no `.gitignore` leaves it out.

        Nor does a name such as `build`: what is tracked was not built. A folder is a submodule.
        """
        path = os.path.join(self._root, name)  # noqa: PTH118
        is_hidden = any(each.startswith(".") for each in Path(name).parts)
        return not (is_hidden or self._excludes(path, is_folder=is_folder))

    def _excludes(self, path: str, *, is_folder: bool) -> bool:
        if self._exclude is None:
            return False
        # Relative to the working folder, where the user wrote the pattern.
        try:
            name = os.path.relpath(path)
        except ValueError:  # on another drive of Windows
            name = os.pardir
        if name.startswith(os.pardir):  # not below the working folder
            name = os.path.relpath(path, self._root)
        return bool(self._exclude.check_file(_spelled(name, is_folder)).include)

    def _ignores(self, path: str, *, is_folder: bool) -> bool:
        if not self._ignored:
            return False
        whole = _whole(path)
        for folder, spec in reversed(self._ignored):
            if not _is_within(whole, folder):
                continue
            name = os.path.relpath(whole, folder)
            found = spec.check_file(_spelled(name, is_folder)).include
            if found is not None:
                return found
        return False


def is_repository(folder: str) -> bool:
    """Whether a folder is the top of a git repository; a submodule has a file in place of `.git`.

    A link to such a folder is none.
    """
    return os.path.lexists(os.path.join(folder, ".git")) and not os.path.islink(folder)  # noqa: PTH114, PTH118


def _whole(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - without following links, as git does


def _spelled(name: str, is_folder: bool) -> str:
    return f"{name.replace(os.sep, '/')}{'/' if is_folder else ''}"


def _repository(root: Path) -> list[Path]:
    """The folders from the top of a git repository to a folder in it; empty outside of one."""
    parents = [root, *root.parents]
    for number, folder in enumerate(parents):
        if (folder / ".git").exists():
            return parents[number::-1]
    return []


def within_repository(path: str) -> str:
    """The name of a file for patterns of a policy, which mean folders of a repository.

    Below the top of a repository it is relative to that, so that a check from one of its folders
    requires as much; absolute ones and addresses stay as they are. Of repositories in each other,
    the outermost counts: a change can make any folder a submodule. What is written as `.`, `..` or
    a doubled slash is no part of a name.
    """
    if "://" in path:
        return path
    if os.path.isabs(path):  # noqa: PTH117
        return _whole(path)
    whole = _whole(path)
    top = _top(os.path.dirname(whole))  # noqa: PTH120
    return os.path.relpath(whole, top) if top else os.path.normpath(path)


@lru_cache(maxsize=1024)
def _top(folder: str) -> str:
    """The top of the outermost repository that a folder is in; empty outside of one."""
    tops = [each for each in (Path(folder), *Path(folder).parents) if (each / ".git").exists()]
    return os.fspath(tops[-1]) if tops else ""


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


class _Room:
    """The patterns that may still count for one file.

    Arguments:
        known: Those that count already.
    """

    def __init__(self, known: Collection[object] = ()) -> None:
        self._left = limits.IGNORE_PATTERNS - len(known)
        self._starred = limits.IGNORE_STARRED

    def takes(self, line: str) -> bool:
        """Whether there is room for one more."""
        self._left -= 1
        if _stars(line) > 1:
            self._starred -= 1
        return self._left >= 0 and self._starred >= 0


def _patterns(lines: Iterable[str], *, room: _Room | None = None) -> GitIgnoreSpec:
    """Those that can be understood, as git passes over the others."""
    from pathspec import GitIgnoreSpec

    chosen = (_single(line) for line in lines if line.strip() and len(line) <= limits.IGNORE_LINE)
    chosen = (line for line in chosen if room is None or room.takes(line))
    return GitIgnoreSpec.from_lines(filter(_is_pattern, chosen))


def _single(line: str) -> str:
    """The pattern with one star in place of several, which mean the same but between slashes."""
    parts = line.split("/")
    return "/".join(
        part if part.strip() == "**" else re.sub(r"(?<!\\)\*{2,}", "*", part) for part in parts
    )


def _stars(line: str) -> int:
    """The most stars between two slashes: each makes matching longer by the length of a name."""
    parts = (part for part in line.split("/") if part.strip() != "**")
    return max((part.count("*") for part in parts), default=0)


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    # Patterns become regular expressions, so that a hostile .gitignore could stop the check.
    if _stars(line) > limits.IGNORE_STARS:
        return False
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
