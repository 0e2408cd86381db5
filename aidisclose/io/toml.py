"""TOML of people who may be strangers, bounded in size and depth before it is parsed."""

from __future__ import annotations

import re
from typing import Any, Final

from aidisclose import limits
from aidisclose.errors import UsageError

#: A dotted key that is too long, wherever it stands.
_LONG_KEY: Final = rb"""(?<![\w"'.-])(?:[\w"'-]++\s*+\.\s*+){%d}""" % limits.KEY_PARTS


def parse(content: bytes) -> dict[str, Any]:
    """The table in a file.

    Raises:
        UsageError: It is too large, a key has too many parts, or it is not valid TOML; the message
            does not name the file.
    """
    import tomllib

    if len(content) > limits.SETTINGS_SIZE:
        most = limits.SETTINGS_SIZE // limits.KIB
        raise UsageError(f"larger than the {most} KiB that settings may have")
    if re.search(_LONG_KEY, content):
        raise UsageError(f"a key of more than {limits.KEY_PARTS} parts")
    try:
        return tomllib.loads(content.decode())
    except RecursionError:
        raise UsageError("not valid TOML: nested too deeply") from None
    except ValueError as error:
        raise UsageError(f"not valid TOML: {error}") from None
