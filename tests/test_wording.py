"""Plain English: patterns that no help, message, docstring, comment or page may have.

Each row is a rule with a text that it refuses and one that it lets pass.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
#: `codes` of c2patool and names of others stand in backquotes: they are quoted as they are.
_QUOTED: Final = re.compile(r"`[^`]*`")


class Pattern(NamedTuple):
    """A turn of phrase to avoid: what to write instead, and how both look."""

    pattern: str
    instead: str
    bad: str
    good: str


TABLE: Final = (
    Pattern(
        r"(?<!there )(?<!what )\b(is|are) no (?!longer|more|less|better|worse|larger|smaller|slower"
        r"|faster|older|newer|different|part\b|place\b|help\b|use\b|such\b|real\b)[a-z]",
        "is not a …, is not …",
        "it is no object",
        "it is no longer an object",
    ),
    Pattern(r"\bmend(s|ed|ing)?\b", "fix", "how to mend it", "how to amend it"),
    Pattern(
        r"\bexclude (one another|each other)\b",
        "cannot be combined",
        "they exclude one another",
        "",
    ),
    Pattern(r"\bbelongs? into\b", "belongs in", "belongs into a file", "belongs in a file"),
    Pattern(
        r"\bwhat continues\b", "segments that belong to", "What continues SRC", "what continued"
    ),
    Pattern(r"\bwhen it is to be\b", "at this time", "When it is to be good.", "when it is valid"),
    Pattern(r"\bthat which\b", "the noun", "that which is signed", "the one which is signed"),
    Pattern(r"\bnothing, if\b", "Check that …", "Nothing, if it holds.", "nothing if it fails"),
    Pattern(
        r"\bwhat counts as now\b", "the time that counts as now", "at: What counts as now.", ""
    ),
    Pattern(r"\bwho should,? must\b", "To …, pass …", "who should, must name it", "who should"),
    Pattern(r"\bwithout what is not\b", "without unset …", "maps, without what is not said", ""),
    Pattern(r"\bwhat (actions|programs|people) call\b", "id of …", "id: What actions call it.", ""),
    Pattern(r"\ba word about\b", "a statement about", "a word about consent", "a word"),
    Pattern(r"\bas it should be\b", "valid", "all is as it should be", "as it was"),
    Pattern(r"\bone (a|an) (line|file|processor)\b", "one per …", "one a line", "one line a file"),
)


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of everything in a file that people read."""
    if path.suffix == ".md":
        yield from enumerate(path.read_text("utf-8").splitlines(), 1)
        return
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, " ".join(node.value.split())
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def offences(text: str) -> list[str]:
    """The rules that a text breaks."""
    plain = _QUOTED.sub("``", text)
    return [each.instead for each in TABLE if re.search(each.pattern, plain, re.IGNORECASE)]


FILES: Final = sorted(
    [
        *(ROOT / "aidisclose").rglob("*.py"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    ]
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_wording_is_plain(path: Path) -> None:
    found = [(line, text[:80], why) for line, text in words(path) for why in offences(text)]
    assert found == []


@pytest.mark.parametrize("each", TABLE, ids=lambda each: each.instead)
def test_a_pattern_finds_what_it_is_for(each: Pattern) -> None:
    assert offences(each.bad) == [each.instead]
    assert offences(each.good) == []


_CLAUSES: Final = "What|Which|Who|Whom|Where|How|Why|When"


def test_docstrings_begin_with_a_noun_or_a_verb() -> None:
    """Not with a clause, "What is found …": it hides what the thing is."""
    found = []
    for path in (ROOT / "aidisclose").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node) or ""
                if re.match(r"(What|Which|Who|Whom|Where|How|Why|Nothing)\b", text):
                    found.append(f"{path.relative_to(ROOT)}:{node.body[0].lineno}: {text[:60]}")
                # Of attributes and arguments too; a truth value begins with "Whether".
                for line in re.findall(rf"^ *\w+: (?:{_CLAUSES})\b.*", text, re.MULTILINE):
                    found.append(f"{path.relative_to(ROOT)}: {line.strip()[:60]}")
    assert found == []
