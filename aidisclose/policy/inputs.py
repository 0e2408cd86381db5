"""Premises that no file can show: the user states them, nothing guesses them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from aidisclose.errors import UsageError, suggestion
from aidisclose.named import NamedTuple

_YES_NO: Final = ("yes", "no")


class Premise(NamedTuple):
    """A premise.

    Attributes:
        meaning: Its statement, in words.
        values: The values that it can have; empty for a date.
    """

    meaning: str
    values: tuple[str, ...] = _YES_NO


INPUTS: Final[Mapping[str, Premise]] = {
    "ai": Premise(
        "part that generative AI had in the content",
        ("yes", "generated", "composite", "edited", "no"),
    ),
    "advertisement": Premise("the content is an advertisement"),
    "artistic": Premise("the work is evidently artistic, satirical or fictional"),
    "assistive": Premise("AI only assisted standard editing"),
    "deepfake": Premise("the content is a deep fake"),
    "depicts-person": Premise("a real person is depicted or imitated"),
    "editorial": Premise("people reviewed the text and answer for it"),
    "label-seen": Premise("people see or hear a label or notice as the law asks for it"),
    "material": Premise("the use of AI matters to how the content is understood"),
    "minor": Premise("there were minor modifications only"),
    "placed-on-market": Premise("day on which the generating system came on the market", ()),
    "public-interest": Premise("the text informs the public on matters of public interest"),
    "realistic": Premise("the content can be taken for real persons or events"),
    "role": Premise("who runs the check", ("builder", "creator", "distributor")),
    "signatory": Premise("who runs the check signed the EU Code of Practice"),
    "synthetic-performer": Premise("a performer is shown that AI made, and that is no real person"),
    "spec": Premise("version of C2PA that the manifest is to follow", ("2.2", "2.4", "2.5")),
}


def parse(items: Iterable[str]) -> dict[str, str]:
    """Inputs from texts such as `deepfake=yes`.

    Raises:
        UsageError: One has no such form, an unknown name or a value that does not fit.
    """
    found: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"invalid input {item!r}: expected NAME=VALUE, such as deepfake=yes")
        # The last of two counts, as of options that are given twice.
        found[name.strip()] = value.strip()
    check(found)
    return found


def check(inputs: Mapping[str, str]) -> None:
    """Check that every name and value is known.

    Raises:
        UsageError: One is not.
    """
    for name, value in inputs.items():
        if name not in INPUTS:
            hint = suggestion(name, INPUTS) or f"; choose from {', '.join(INPUTS)}"
            raise UsageError(f"unknown input {name!r}{hint}")
        values = INPUTS[name].values
        if values and value not in values:
            raise UsageError(
                f"unknown value {value!r} of input {name} (choose from {', '.join(values)})"
            )
        if not values:
            _date(name, value)


def _date(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError):
        raise UsageError(f"input {name} is a day such as 2026-08-02, not {value!r}") from None
