"""Whether content may be mined or used for training: CAWG training and mining 1.1, and PLUS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, get_args

from aidisclose.errors import Unreadable
from aidisclose.manifest.store import Assertion
from aidisclose.named import NamedTuple

LABEL: Final = "cawg.training-mining"
_PLUS: Final = "http://ns.useplus.org/ldf/vocab/"

#: That of C2PA 1.x, from which it descends; the names of its entries begin with `c2pa.`.
_NAMES: Final = (LABEL, "c2pa.training-mining")
#: Entries that are read of one assertion; four are defined.
_MOST: Final = 32

_ALL: Final = ("data_mining", "ai_inference", "ai_training", "ai_generative_training")
_ALLOWED: Final = dict.fromkeys(_ALL, "allowed")

#: What a policy permits of each use, and its term in the PLUS vocabulary. The two say the same.
_POLICIES: Final[dict[str, tuple[dict[str, str], str]]] = {
    "allowed": (_ALLOWED, "DMI-ALLOWED"),
    "no-generative-training": (
        _ALLOWED | {"ai_generative_training": "notAllowed"},
        "DMI-PROHIBITED-GENAIMLTRAINING",
    ),
    "no-training": (
        _ALLOWED | {"ai_training": "notAllowed", "ai_generative_training": "notAllowed"},
        "DMI-PROHIBITED-AIMLTRAINING",
    ),
    "prohibited": (dict.fromkeys(_ALL, "notAllowed"), "DMI-PROHIBITED"),
    "constrained": (dict.fromkeys(_ALL, "constrained"), "DMI-PROHIBITED-SEECONSTRAINT"),
}
#: What a producer permits of mining and training.
TrainingPolicy = Literal[
    "allowed", "no-generative-training", "no-training", "prohibited", "constrained"
]
POLICIES: Final[tuple[str, ...]] = get_args(TrainingPolicy)


class TrainingPermission(NamedTuple):
    """The permission for one use of content; untrusted text.

    Attributes:
        use: As it is named: `cawg.ai_training`, `cawg.data_mining` and others.
        permission: `allowed`, `notAllowed` or `constrained`.
        constraint: The conditions, or where they are.
    """

    use: str
    permission: str
    constraint: str = ""


def read(assertions: Iterable[Assertion]) -> tuple[TrainingPermission, ...]:
    """The permissions in assertions about training and mining, those of others left out."""
    listed = [item for item in assertions if item.parts.name in _NAMES]
    return tuple(found for item in listed for found in _read(item))


def _read(assertion: Assertion) -> Iterator[TrainingPermission]:
    try:
        entries = assertion.fields.get("entries")
    except Unreadable:
        return
    # Names of others than CAWG are kept as they are: the standard leaves room for them.
    for name, entry in list(entries.items())[:_MOST] if isinstance(entries, dict) else ():
        permission = entry.get("use") if isinstance(entry, dict) else None
        constraint = entry.get("constraint_info") if isinstance(entry, dict) else None
        if isinstance(name, str) and isinstance(permission, str):
            text = constraint if isinstance(constraint, str) else ""
            yield TrainingPermission(name, permission, text)


def write(policy: str, constraint: str | None) -> dict[str, object]:
    """The content of the assertion for one of `POLICIES`."""
    extra = {"constraint_info": constraint} if constraint else {}
    uses = _POLICIES[policy][0].items()
    return {"entries": {f"cawg.{name}": {"use": use} | extra for name, use in uses}}


def plus(policy: str) -> str:
    """The value of `plus:DataMining` for one of `POLICIES`."""
    return _PLUS + _POLICIES[policy][1]
