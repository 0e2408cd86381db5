"""The output of `summarize`: how many files of which state, signer, folder and month."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from aidisclose import limits
from aidisclose.render import json, table
from aidisclose.render.renderer import Run
from aidisclose.render.words import number

#: What files are counted by, in the order of the output; the keys are those of the document.
ASPECTS: Final = {
    "outcome": "outcome",
    "ai": "declared about AI",
    "signer": "signer",
    "reason": "reason",
    "rule": "rule",
    "folder": "folder",
    "month": "time stamp",
}
#: Under which those are counted that have no room of their own.
_OTHERS: Final = "(others)"
_UNKNOWN: Final = "(none)"
#: Characters of a signer's name: so many that what is said of it behind it is never cut off.
_NAME: Final = 200
_HOLDING: Final = ("trusted", "valid")


class Overview:
    """Counts results; its memory does not grow with their number.

    Attributes:
        files: Number of files that were counted.
        counts: By the name of the aspect, how many files have which value.
    """

    def __init__(self) -> None:
        self.files = 0
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in ASPECTS}

    def add(self, document: Mapping[str, Any]) -> None:
        """One result, as `--format jsonl` of verify, check or sign writes it.

        Raises:
            KeyError, TypeError, AttributeError: It is not such a result.
        """
        file = document["file"]
        if not isinstance(file, str):
            raise TypeError("the name of a file is text")
        self.files += 1
        for name, values in _aspects(document, file).items():
            for value in values:
                self._count(name, value)

    def _count(self, name: str, value: str) -> None:
        counter = self.counts[name]
        if value not in counter and len(counter) >= limits.SUMMARIZED:
            value = _OTHERS
        counter[value[: limits.NAME_TEXT]] += 1


def _aspects(document: Mapping[str, Any], file: str) -> dict[str, Sequence[str]]:
    """The values of one result."""
    found: dict[str, Sequence[str]] = {"folder": [posixpath.dirname(file) or "."]}
    if "trust" in document:
        found |= _verified(document)
    elif "findings" in document:
        found["outcome"] = [str(document["outcome"])]
        broken = [
            f"{each['rule']} {each['outcome']}"
            for each in document["findings"]
            if each["outcome"] in ("fail", "warn") and not each["accepted"]
        ]
        found["rule"] = sorted(set(broken))
    elif "output" in document:
        found["outcome"] = ["failed" if document["error"] else "signed"]
    else:
        raise KeyError("no result of verify, check or sign")
    if document["error"]:
        found["reason"] = [str(document["error"])]
    return found


def _verified(document: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    trust = document["trust"] or {}
    failures = (document["statuses"] or {}).get("failure", [])
    found: dict[str, Sequence[str]] = {
        "outcome": [str(document["state"] or "unreadable")],
        "reason": sorted({str(each["code"]) for each in failures}),
    }
    if document["state"] not in _HOLDING:
        return found  # what an altered file says is nobody's word
    signer = trust.get("signer") or {}
    name = str(signer.get("common_name") or signer.get("organization") or _UNKNOWN)[:_NAME]
    stamp = (trust.get("timestamp") or {}).get("time")
    disclosure = document["disclosure"] or {}
    return found | {
        "ai": [str(disclosure.get("ai") or _UNKNOWN)],
        "signer": [name if document["state"] == "trusted" else f"{name} (not trusted)"],
        "month": [str(stamp)[:7] if stamp else _UNKNOWN],
    }


def text(found: Overview, top: int, run: Run) -> str:
    """A table for each aspect that there is something to say about, the most frequent first."""
    return "\n".join((f"{number(found.files, 'file')}\n", *_tables(found, top, run)))


def _tables(found: Overview, top: int, run: Run) -> Iterator[str]:
    for name, title in ASPECTS.items():
        counter = found.counts[name]
        if not counter or set(counter) == {_UNKNOWN}:
            continue
        order = _order(name, counter)
        rows = [(value, f"{count:,}", f"{count / found.files:.1%}") for value, count in order[:top]]
        if left := order[top:]:
            count = sum(count for _, count in left)
            rows.append((f"{len(left):,} more", f"{count:,}", f"{count / found.files:.1%}"))
        yield table.render((title, "files", "share"), rows, run)


def _order(name: str, counter: Counter[str]) -> list[tuple[str, int]]:
    if name == "month":
        return sorted(counter.items())
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def document(found: Overview, _top: int, run: Run) -> str:
    """All counts, for programs."""
    body = {name: dict(_order(name, counter)) for name, counter in found.counts.items()}
    return json.encode({**json.head(run.time), "files": found.files, **body}, indent=2) + "\n"
