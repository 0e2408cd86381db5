"""The head of a receipt: who checked, when, by which texts and with which options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from aidisclose.policy.check import Plan
from aidisclose.policy.own import Policy
from aidisclose.render.checked_json import describe_plan
from aidisclose.trust.anchors import Anchor
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.transcript import moment
from aidisclose.version import VERSION

#: The parameters of `check` that decide which files are checked and what counts. How the result is
#: shown is not among them.
_OPTIONS: Final = (
    "src",
    "files_from",
    "since",
    "exclude",
    "no_ignore",
    "select",
    "ignore",
    "baseline_",
    "update_baseline",
    "before",
    "strict",
    "require_determined",
    "exit_zero",
    "at",
)


def head(
    plan: Plan,
    *,
    trust: TrustConfig,
    policies: Iterable[str | Policy],
    parameters: Mapping[str, object],
) -> dict[str, object]:
    """The head of a receipt that is begun now.

    Arguments:
        plan: The rules that are judged.
        trust: The authorities and signers that the user trusts; recorded by the SHA-256 of the
            certificates.
        policies: As the user named them; those in files are recorded with their SHA-256.
        parameters: Of `check`, by name.
    """
    options = {name.rstrip("_"): _plain(parameters[name]) for name in _OPTIONS}
    options["policy"] = [
        {"name": each.name, "sha256": each.sha256} if isinstance(each, Policy) else each
        for each in policies
    ]
    return {
        "tool": {"name": "aidisclose", "version": VERSION},
        "time": moment(datetime.now(UTC)),
        **describe_plan(plan),
        "trust": {
            "anchors": _hashes(trust.anchors),
            "tsa_anchors": _hashes(trust.tsa_anchors),
            "allowed": sorted(each.hex() for each in trust.allowed),
        },
        "options": options,
    }


def _hashes(anchors: Iterable[Anchor]) -> list[str]:
    return sorted({each.certificate.sha256.hex() for each in anchors})


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date | Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
