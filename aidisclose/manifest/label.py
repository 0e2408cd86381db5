"""Labels of manifests and assertions (C2PA 2.5 §8.2, §6)."""

from __future__ import annotations

import re
from typing import Final

from aidisclose.named import NamedTuple

#: The assertion that names the model; here, as who only reads needs nothing else of `disclosure`.
AI_DISCLOSURE: Final = "c2pa.ai-disclosure"
#: The assertion in our own namespace that holds the record of a disclosure, named nowhere else.
#:
#: An entity-specific label begins with a domain of its entity (C2PA 2.2 §6.2.1). The project has
#: none yet: this one stands in for it, as those of `[project.urls]` in pyproject.toml do. It has to
#: follow them before a release, as its owner may give the label another meaning.
DISCLOSURE: Final = "org.aidisclose.disclosure"

_INSTANCE: Final = r"(?a)(?P<base>.+?)__(?P<instance>[1-9]\d{0,9})(?P<ending>\.\w+)?"
_VERSION: Final = re.compile(r"(?P<name>.+)\.v(?P<version>[1-9]\d{0,3})", re.ASCII)
# The claim generator part is loose on purpose: 2.5 permits any printable character in it.
_MANIFEST: Final = re.compile(
    r"urn:c2pa:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"(:[^:\x00-\x20\x7f]{0,32}(:\d+_\d+)?)?",
    re.ASCII | re.IGNORECASE,
)
# What stands for something else in URIs, or is not shown (C2PA 2.5 §11.1.4.1.1).
_FORBIDDEN: Final = "[\x00-\x1f\x7f-\x9f/;?#\ud800-\udfff\ufeff\uffff]"


class AssertionLabel(NamedTuple):
    """The parts of an assertion's label.

    Attributes:
        base: Without the instance suffix: `c2pa.ingredient.v3`.
        name: Without the version as well: `c2pa.ingredient`.
        version: 1 where the label names none.
        instance: The number after the double underscore, 0 where there is none.
    """

    base: str
    name: str
    version: int
    instance: int


def split(label: str) -> AssertionLabel:
    """The parts of an assertion's label; the oldest thumbnails number before the extension."""
    base, instance = label, 0
    if "__" in label and (match := re.fullmatch(_INSTANCE, label)):
        base = match["base"] + (match["ending"] or "")
        instance = int(match["instance"])
    if match := _VERSION.fullmatch(base):
        return AssertionLabel(base, match["name"], int(match["version"]), instance)
    return AssertionLabel(base, base, 1, instance)


def is_permitted(label: str) -> bool:
    """Whether a box may have this label, so that a URI can name it."""
    if label.isascii() and label.isprintable():
        # As the pattern, which takes half a millisecond to compile: almost all labels are ASCII.
        return bool(label) and set("/;?#").isdisjoint(label)
    return bool(label) and re.search(_FORBIDDEN, label) is None


def number(base: str, instance: int) -> str:
    """The label of the `instance`-th further assertion of a kind; 0 is the first."""
    return f"{base}__{instance}" if instance else base


def new_manifest_label(vendor: str = "") -> str:
    """A unique label for a new manifest, with the name of who makes it if there is one."""
    # Only those who sign need it, and it takes 2 ms of what a cold `verify` takes.
    from uuid import uuid4

    return f"urn:c2pa:{uuid4()}" + (f":{vendor}" if vendor else "")


def is_manifest_label(label: str) -> bool:
    """Whether a label has the form that claims of version 2 must have."""
    return _MANIFEST.fullmatch(label) is not None
