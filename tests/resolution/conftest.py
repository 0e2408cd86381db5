"""The command, for a client of the API."""

from tests.cli.conftest import aidisclose, home, work

__all__ = ["aidisclose", "home", "work"]
