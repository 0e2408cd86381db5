"""`aidisclose completion`: scripts by which shells complete command lines.

A script has the shell start this program with `_AIDISCLOSE_COMPLETE` and the words of the line, and
offers what it answers.
"""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import FishComplete, add_completion_class, get_completion_class

from aidisclose.cli import options, terminal
from aidisclose.cli.exits import Exit

_VARIABLE: Final = "_AIDISCLOSE_COMPLETE"
#: Where each shell looks for it, and what makes that last.
_INSTALLED: Final = {
    "bash": '~/.bashrc:  eval "$(aidisclose completion bash)"',
    "zsh": '~/.zshrc, after compinit:  eval "$(aidisclose completion zsh)"',
    "fish": "aidisclose completion fish > ~/.config/fish/completions/aidisclose.fish",
    "powershell": "$PROFILE:  aidisclose completion powershell | Out-String | Invoke-Expression",
}


@add_completion_class
class _Fish(FishComplete):
    """As click has it, but a value may have commas, as lists of policies do."""

    source_template = FishComplete.source_template.replace('split ","', 'split --max 1 ","')


@click.command(epilog="To keep it:\n\n" + "\n\n".join(_INSTALLED.values()))
@click.argument("shell", type=options.Choice(tuple(_INSTALLED)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> Exit:
    """Print a script by which SHELL completes commands, options and values."""
    found = get_completion_class(shell)
    root = ctx.find_root()
    assert found is not None  # noqa: S101 -- one of the choices
    name = root.info_name or ""
    values = found(root.command, {}, name, _VARIABLE)
    # Not `source()`: that of bash looks for a bash on this machine, whose version it checks.
    terminal.write((values.source_template % values.source_vars()).strip("\n") + "\n")
    return Exit.OK
