"""The places of the user's own files: credentials, trust anchors, settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

#: By `sys.platform`: the variable that names the configuration folder, and where it usually is. All
#: others follow the XDG specification.
_PLACES: Final = {
    "win32": ("APPDATA", "AppData/Roaming"),
    "darwin": ("XDG_CONFIG_HOME", "Library/Application Support"),
}


def home() -> Path:
    """The folder of the user's own files: `$AIDISCLOSE_HOME`, else in the configuration folder.

    Raises:
        OSError: The user has no home folder, as in some containers.
    """
    if own := os.environ.get("AIDISCLOSE_HOME"):
        return Path(own)
    variable, usual = _PLACES.get(sys.platform, ("XDG_CONFIG_HOME", ".config"))
    configuration = Path(os.environ.get(variable, ""))
    if not configuration.is_absolute():  # the XDG specification says to ignore it then
        try:
            configuration = Path.home() / usual
        except RuntimeError:
            raise OSError("there is no home folder: set AIDISCLOSE_HOME") from None
    return configuration / "aidisclose"


def credentials_folder() -> Path:
    """The folder of the credentials that are used, and made, unless another one is named.

    Raises:
        OSError: As `home`.
    """
    return home() / "credentials" / "default"


def trust_folder() -> Path:
    """The folder of the user's trust anchors: `*.pem` for signers, `tsa/*.pem` for time stamps.

    Raises:
        OSError: As `home`.
    """
    return home() / "trust"


def settings_file() -> Path:
    """The user's settings, which those of a project come before.

    Raises:
        OSError: As `home`.
    """
    return home() / "config.toml"


def projects_file() -> Path:
    """The projects whose settings the user has allowed to count like their own.

    Raises:
        OSError: As `home`.
    """
    return home() / "projects.json"
