"""The output of `repository`: which manifests are stored, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from aidisclose.named import NamedTuple
from aidisclose.render import json
from aidisclose.render.renderer import Run
from aidisclose.render.safe import clean
from aidisclose.render.words import number


class Holdings(NamedTuple):
    """The manifests of a repository.

    Attributes:
        labels: Of the manifests that are stored.
        problems: The losses and changes, a line each; None if nobody looked.
    """

    labels: Sequence[str]
    problems: Sequence[str] | None = None


def text(found: Holdings, _run: Run) -> str:
    """The labels, a line each; of a repository that was checked the problems instead."""
    if found.problems is None:
        return "".join(f"{clean(label)}\n" for label in found.labels)
    if found.problems:
        return "".join(f"{clean(problem)}\n" for problem in found.problems)
    count = len(found.labels)
    return f"{number(count, 'manifest')}, {'' if count == 1 else 'all '}as stored\n"


def document(found: Holdings, _run: Run) -> str:
    """The same as a JSON object."""
    fields = {"schema": json.SCHEMA, "manifests": list(found.labels)}
    if found.problems is not None:
        fields["problems"] = list(found.problems)
    return json.encode(fields, indent=2) + "\n"
