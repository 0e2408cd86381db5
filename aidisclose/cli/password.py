"""The password of a private key."""

from __future__ import annotations

import os
import sys
from typing import Final

import click

from aidisclose.cli import terminal

#: The variable that has it: on a command line, everybody on the machine could read it.
VARIABLE: Final = "AIDISCLOSE_KEY_PASSWORD"
#: That of the key of an actor whom the manifest names besides its signer.
IDENTITY: Final = "AIDISCLOSE_IDENTITY_KEY_PASSWORD"


def given(variable: str = VARIABLE) -> bytes | None:
    """The password in the variable; None if it is not set."""
    found = os.environ.get(variable)
    # The bytes as they were set: a password need not be UTF-8.
    return None if found is None else os.fsencode(found)


def new() -> bytes:
    """The password for a new key: that in the variable, or what is typed twice.

    Raises:
        ClickException: There is none, and nobody can be asked.
    """
    # Empty counts as not set: it would encrypt nothing.
    if found := given():
        return found
    if not terminal.is_terminal(sys.stdin):
        raise click.ClickException(f"put the password in {VARIABLE}")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed.encode()
