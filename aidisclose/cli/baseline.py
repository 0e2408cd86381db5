"""Baselines: what a repository has today is accepted, what is new is not."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Final, NamedTuple

import click

from aidisclose.cli.files import read_small
from aidisclose.io.output import write_file
from aidisclose.policy.rule import Finding, Outcome

_SCHEMA: Final = 1
#: What can be accepted.
_OUTCOMES: Final = (Outcome.FAIL, Outcome.WARN)


class Accepted(NamedTuple):
    """A finding that is accepted; its reason may change."""

    file: str
    rule: str
    outcome: str


def key(file: str, finding: Finding) -> Accepted:
    """What identifies a finding in a baseline."""
    return Accepted(PurePath(file).as_posix(), finding.rule.id, finding.outcome.value)


def acceptable(file: str, findings: tuple[Finding, ...]) -> list[Accepted]:
    """What a new baseline would accept of a file."""
    return [key(file, each) for each in findings if each.outcome in _OUTCOMES]


def load(path: Path) -> frozenset[Accepted]:
    """What a baseline accepts.

    Raises:
        ClickException: It cannot be read, or is none.
    """
    try:
        document = json.loads(read_small(path))
        if document["schema"] != _SCHEMA:
            raise ValueError(f"schema {document['schema']}")
        return frozenset(
            Accepted(str(item["file"]), str(item["rule"]), str(item["outcome"]))
            for item in document["accepted"]
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        message = f"{path}: not a baseline ({error}); make one with --update-baseline"
        raise click.ClickException(message) from None


def write(path: Path, accepted: list[Accepted]) -> None:
    """Replace a baseline; sorted, so that a review shows what changed."""
    items = [each._asdict() for each in sorted(set(accepted))]
    text = json.dumps({"schema": _SCHEMA, "accepted": items}, indent=1) + "\n"
    write_file(path, text.encode(), overwrite=True)
