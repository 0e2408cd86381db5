"""The clauses of the specification that status codes are about."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from aidisclose.validate.codes import CODES

#: Browsers go to the text after it: headings of the specification have changed from one version to
#: the next, the names of codes have not.
_SPECIFICATION: Final = (
    "https://spec.c2pa.org/specifications/specifications/{version}/specs/C2PA_Specification.html"
    "#:~:text={code}"
)
_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+")


@cache
def address(code: str) -> str:
    """The address of the specification where it has a status code; empty of other words."""
    found = CODES.get(code)
    if found is None:
        return ""
    version = _VERSION.findall(found.versions)[-1]
    return _SPECIFICATION.format(version=version, code=code)
