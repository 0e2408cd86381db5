"""The type of the fixture that issues test credentials, and credentials that look real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from aidisclose.signing import credentials, issuance
from aidisclose.signing.credentials import Credentials

#: Test credentials for an algorithm, made once a session: `issued("es256").signer()`.
Issued: TypeAlias = Callable[[str], Credentials]


def unmarked(folder: Path, alg: str = "es256") -> Credentials:
    """Credentials whose names do not say that they are for testing: those satisfy no rule."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(issuance, "FOR_TESTING", "")
        return credentials.create(folder, alg=alg)
