"""Wrong arguments of the public functions: each is refused on purpose, not by an accident."""

from __future__ import annotations

import contextlib
import inspect
import traceback
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import aidisclose as ad
from tests.issuing import Issued

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


class _Odd:
    def __repr__(self) -> str:
        return "odd"


#: No argument is any of these on purpose, or it is a good one.
WRONG = (_Odd(), 5, "foo", [_Odd()], {"a": _Odd()}, b"x", None)
FUNCTIONS: dict[str, Callable[..., object]] = {
    "sign": ad.sign,
    "verify": ad.verify,
    "check": ad.check,
    "diff": ad.diff,
    "read_unverified": ad.read_unverified,
}


def _parameters() -> Iterator[tuple[str, str]]:
    for name, function in FUNCTIONS.items():
        yield from ((name, each) for each in inspect.signature(function).parameters)


def _good(name: str, issued: Issued, folder: Path) -> dict[str, Any]:
    """Arguments by name that are right."""
    signed = FIXTURES / "generated.jpg"
    known: dict[str, dict[str, Any]] = {
        "sign": {
            "source": FIXTURES / "unsigned.jpg",
            "output": folder / "out.jpg",
            "disclosure": ad.Disclosure(ai="generated"),
            "signer": issued("es256").signer(),
            "overwrite": True,
        },
        "verify": {"source": signed, "trust": ad.TrustConfig.none()},
        "check": {"source": signed, "profiles": ["iptc"]},
        "diff": {"before": signed, "after": signed},
        "read_unverified": {"source": signed},
    }
    return known[name]


def _refusal(function: Callable[..., object], arguments: dict[str, Any]) -> Exception | None:
    """The error about wrong arguments; None if they were taken, or the error is one of ours."""
    try:
        with contextlib.suppress(ad.AidiscloseError, OSError):
            function(**arguments)
    except (TypeError, ValueError) as error:
        return error
    return None


@pytest.mark.parametrize(("name", "parameter"), list(_parameters()))
def test_a_wrong_argument_is_refused_on_purpose(
    name: str,
    parameter: str,
    issued: Issued,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # "foo" is a good name of an output
    good = _good(name, issued, tmp_path)
    for value in WRONG:
        if error := _refusal(FUNCTIONS[name], {**good, parameter: value}):
            last = traceback.extract_tb(error.__traceback__)[-1]
            assert (last.line or "").startswith("raise"), (value, error)
            assert str(error)


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        (
            "check",
            {"as_of": "2026-08-02"},
            "as_of is a datetime.date such as date(2026, 8, 2), not",
        ),
        ("check", {"as_of": datetime(2026, 8, 2)}, "as_of is a datetime.date such as"),
        ("check", {"inputs": {"placed-on-market": 5}}, "input placed-on-market is a day such as"),
        ("check", {"select": [5]}, "select is a list of ids of rules, not [5]"),
        ("sign", {"authorities": "https://tsa"}, "authorities is a list of Authority, not 'https"),
        ("sign", {"ingredients": ["b.jpg"]}, "ingredients is a list of Component, not ['b.jpg']"),
        ("sign", {"at": "2026-01-01"}, "at is a datetime with a time zone, not '2026-01-01'"),
        ("sign", {"at": datetime(2026, 1, 1)}, "at needs a time zone"),
        ("sign", {"reserve": "many"}, "reserve is a number of bytes, not 'many'"),
        ("sign", {"like": "a.jpg"}, "like is a pathlib.Path or None, not 'a.jpg'"),
        ("verify", {"fragments": "a.m4s"}, "fragments is a list of files, not 'a.m4s'"),
        ("verify", {"progress": 5}, "progress is called with a number of bytes; 5 cannot be"),
    ],
)
def test_what_is_wrong_is_said(
    name: str, wrong: dict[str, Any], said: str, issued: Issued, tmp_path: Path
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        FUNCTIONS[name](**{**_good(name, issued, tmp_path), **wrong})
    assert str(caught.value).startswith(said)
