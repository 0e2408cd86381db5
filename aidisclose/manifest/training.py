"""Whether content may be mined or used for training: CAWG training and mining 1.1, and PLUS."""

from __future__ import annotations

from typing import Final

LABEL: Final = "cawg.training-mining"
_PLUS: Final = "http://ns.useplus.org/ldf/vocab/"

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
POLICIES: Final = tuple(_POLICIES)


def write(policy: str, constraint: str | None) -> dict[str, object]:
    """The content of the assertion for one of `POLICIES`."""
    extra = {"constraint_info": constraint} if constraint else {}
    uses = _POLICIES[policy][0].items()
    return {"entries": {f"cawg.{name}": {"use": use} | extra for name, use in uses}}


def plus(policy: str) -> str:
    """The value of `plus:DataMining` for one of `POLICIES`."""
    return _PLUS + _POLICIES[policy][1]
