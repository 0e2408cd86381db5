"""`exec:COMMAND`: a program that signs, with the protocol that signers for c2patool have.

It gets the bytes to be signed on its standard input and writes the signature to its standard
output. Called with `--signer-info`, it writes a JSON object with `alg` and `sign_cert`, the chain
in PEM; it is not asked that if the chain is known. There is no shell: quotes are understood, and
nothing else.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import Final

from aidisclose.errors import SigningError
from aidisclose.io import executable
from aidisclose.signing.backends.device import ANSWER_SIZE, Device, KeyTerms, shorten
from aidisclose.signing.backends.information import read_information

#: Seconds: somebody may have to type a PIN.
_TIMEOUT: Final = 300.0


def connect(what: str, terms: KeyTerms) -> Device:
    """The program.

    Raises:
        SigningError: The command cannot be understood, or the program does not say who it is.
    """
    try:
        command = _split(what)
    except ValueError as error:
        raise SigningError(f"the command of exec: cannot be read: {error}") from None
    if not command:
        raise SigningError("the address exec: of a signer names no program")
    if terms.chain is None:
        answer = _run([*command, "--signer-info"], b"")
        terms = read_information(answer, f"{command[0]} --signer-info", terms)
    chain, algorithm = terms.certified()
    return Device(lambda data: _run(command, data), chain, algorithm.name)


def _locate(name: str) -> str:
    """The program of a name; a bare one is not looked for in the working folder.

    Raises:
        SigningError: There is none.
    """
    if os.path.basename(name) != name:  # noqa: PTH119
        return name
    found = executable.find(name)
    if found is None:
        reason = "there is none of this name in the folders of PATH"
        raise SigningError(f"the signer {name} cannot be run: {reason}")
    return found


def _split(what: str) -> list[str]:
    if os.name != "nt":
        return shlex.split(what)
    # A backslash parts the names of a path there, and quotes nothing.
    return [each.strip("\"'") for each in shlex.split(what, posix=False)]


def _run(command: list[str], data: bytes) -> bytes:
    """Run the program; returns its output. Messages never hold its arguments, perhaps secret."""
    name = command[0]
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command
            [_locate(name), *command[1:]],
            input=data,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SigningError(f"the signer {name} did not finish within {_TIMEOUT:g} s") from None
    except OSError as error:
        raise SigningError(f"the signer {name} cannot be run: {error.strerror}") from None
    if done.returncode != 0:
        said = shorten(done.stderr.decode("utf-8", "replace")) or "it says nothing more"
        raise SigningError(f"the signer {name} failed (status {done.returncode}): {said}")
    if not done.stdout:
        raise SigningError(f"the signer {name} wrote nothing to its standard output")
    if len(done.stdout) > ANSWER_SIZE:
        raise SigningError(f"the signer {name} wrote {len(done.stdout)} bytes")
    return done.stdout
