"""The type of the fixture that issues test credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from aidisclose.signing.credentials import Credentials

#: Test credentials for an algorithm, made once a session: `issued("es256").signer()`.
Issued: TypeAlias = Callable[[str], Credentials]
