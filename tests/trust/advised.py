"""What `examine` advises about certificates, rule by rule, word for word.

advised.txt has it, in most cases without the rules that hold of a good chain too; `python -m
tests.trust.advised` writes it anew.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from aidisclose.trust.certificate import Certificate
from aidisclose.trust.doctor import Advice, examine
from aidisclose.trust.profile import Use, violations
from tests import told
from tests.trust import test_doctor, test_profile
from tests.trust.pki import DAY
from tests.trust.test_doctor import ADVISED, FAILED, NOW, Case, diagnose, leaf, programme_leaf

FILE: Final = Path(__file__).with_name("advised.txt")

Found = Callable[[], tuple[Advice, ...]]


def _alone(certificate: Certificate, use: Use) -> tuple[Advice, ...]:
    return examine([certificate], use=use, at=NOW)


def _with(*extra: x509.ExtensionType) -> Found:
    subject = test_doctor.OTHER_NAME
    return lambda: _alone(programme_leaf(subject=subject, extra=extra), Use.SIGNER)


_EXTRA: Final = (test_doctor.STATUS, test_doctor.LEVEL, test_doctor.PRODUCT)


def _chain(make: Callable[[], Case], *, anchored: bool = True) -> Found:
    return lambda: diagnose(make(), anchored=anchored)


def _lasting(**options: Any) -> Found:
    return lambda: diagnose(leaf(**options))


CASES: Final[dict[str, Found]] = {
    "a good chain": _chain(leaf),
    "a good chain without anchors": _chain(leaf, anchored=False),
    "a certificate without anchors": _chain(test_doctor.alone, anchored=False),
    "a gap without anchors": _chain(test_doctor.gap, anchored=False),
    "the right key": lambda: diagnose(Case(leaf().chain, leaf().signer, key=leaf().signer)),
    "the right key, in the wrong order": lambda: diagnose(
        Case(leaf().chain[::-1], leaf().signer, key=leaf().signer)
    ),
    **{name: _chain(make) for name, (_, make) in (FAILED | ADVISED).items()},
    "30 days left": _lasting(not_after=NOW + 30 * DAY),
    "31 days left": _lasting(not_after=NOW + 31 * DAY),
    "half a day left": _lasting(not_after=NOW + DAY / 2),
    "a month, of which 7 days are left": _lasting(
        not_before=NOW - 22 * DAY, not_after=NOW + 7 * DAY
    ),
    "a month, of which 6 days are left": _lasting(
        not_before=NOW - 23 * DAY, not_after=NOW + 6 * DAY
    ),
    "from now on": _lasting(not_before=NOW),
    "until now": _lasting(not_after=NOW),
    "the programme": _with(*_EXTRA),
    "the programme, without level": _with(test_doctor.STATUS, test_doctor.PRODUCT),
    "the programme, without product": _with(test_doctor.STATUS, test_doctor.LEVEL),
    "the programme, without status": _with(test_doctor.LEVEL, test_doctor.PRODUCT),
    "the programme, a year": lambda: _alone(
        programme_leaf(subject=test_doctor.OTHER_NAME, days=366), Use.SIGNER
    ),
    "the programme, more than a year": lambda: _alone(
        programme_leaf(subject=test_doctor.OTHER_NAME, days=367), Use.SIGNER
    ),
    "the programme, its name": lambda: _alone(programme_leaf(), Use.SIGNER),
    "an authority of the programme": lambda: _alone(test_doctor.authority(), Use.CA),
    "an authority of the programme on a short key": lambda: _alone(
        test_doctor.authority("p256"), Use.CA
    ),
}

WHOLE: Final = ("a good chain", "the programme", "an authority of the programme")
"""Cases of which every rule is listed."""


def _lines(found: tuple[Advice, ...]) -> Iterator[str]:
    for each in found:
        line = f"{each.certificate} {each.rule} {each.outcome.value}: {each}"
        yield _lasting_text(f"{line} | fix: {each.fix} | {each.clause}")


def _lasting_text(text: str) -> str:
    """A text without dates, which are those of the day."""
    return re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?", "…", text)


@functools.cache
def _good() -> frozenset[str]:
    return frozenset(_lines(CASES["a good chain"]()))


def advised(name: str) -> list[str]:
    """What is advised in a case."""
    rows = list(_lines(CASES[name]()))
    return rows if name in WHOLE else [row for row in rows if row not in _good()]


def broken(number: int) -> Iterator[str]:
    """What a certificate that breaks a rule breaks in each use."""
    _, rule, said, make = test_profile.REQUIRED[number]
    certificate = make()
    yield f"{rule}: {said}"
    for use in Use:
        for each in violations(certificate, use=use):
            yield _lasting_text(f"{use.name} {each.rule.id}: {each} | {each.rule.clause}")


def table() -> dict[str, list[str]]:
    """Every case."""
    profile = {f"profile {n}": list(broken(n)) for n in range(len(test_profile.REQUIRED))}
    return {name: advised(name) for name in CASES} | profile


if __name__ == "__main__":
    told.write(FILE, table())
