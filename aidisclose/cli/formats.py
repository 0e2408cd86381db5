"""`aidisclose formats`: which media formats there are, and how each is bound to its manifest."""

from __future__ import annotations

import sys

import click

from aidisclose.bindings import BINDINGS
from aidisclose.cli import options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.containers import CONTAINERS, Container


def _binding(container: Container) -> str:
    """The hard binding in words: `c2pa.hash.data` is the data hash."""
    return container.binding.removeprefix("c2pa.hash.").partition(".")[0] + " hash"


@click.command(cls=options.Command)
@options.format_option(("text", "json"))
def command(form: str) -> Exit:
    """List the media formats that can be read and signed, and how each is protected.

    The content of a file decides what it is; its name counts only where a folder is searched.
    """
    if form == "json":
        from aidisclose.render.json import encode

        rows = [
            {
                "name": each.name,
                "extensions": each.extensions,
                "media_types": each.media_types,
                "read": True,
                "sign": each.binding in BINDINGS,
                "binding": each.binding,
            }
            for each in CONTAINERS
        ]
        terminal.write(encode({"schema": 1, "formats": rows}, indent=2) + "\n")
        return Exit.OK
    from aidisclose.render.table import render

    cells = [
        (
            each.name,
            "verify, sign" if each.binding in BINDINGS else "verify",
            _binding(each),
            " ".join(each.extensions),
            each.media_types[0],
        )
        for each in CONTAINERS
    ]
    head = ("format", "can", "protected by", "extensions", "media type")
    terminal.write(render(head, cells, terminal.style(sys.stdout)))
    return Exit.OK
