"""`aidisclose watermark`: which watermarks can be embedded and found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from aidisclose.cli import messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.durable import watermark, weights
from aidisclose.errors import UsageError
from aidisclose.render import formats
from aidisclose.render.watermarks import registration


@click.group(cls=options.Group)
def command() -> None:
    """Say which watermarks can be embedded and found: TrustMark's with your weights, and plug-ins.

    aidisclose has no watermark of its own, and downloads no weights.
    """


@command.command("list", cls=options.Command)
@options.format_option("watermark")
def listing(form: str) -> Exit:
    """List the watermarks that are there, and the weights of TrustMark."""
    run = terminal.run(datetime.now(UTC))
    write = formats.writer("watermark", form, run)
    terminal.write(write(watermark.names(), weights.registered(), run))
    return Exit.OK


@command.command(cls=options.Command)
@click.argument("alg", metavar="ALG", type=options.Choice(weights.TRUSTMARK))
@click.option(
    "--decoder",
    type=options.FILE,
    required=True,
    metavar="FILE",
    help="The model that finds watermarks, such as decoder_Q.onnx.",
)
@click.option(
    "--encoder",
    type=options.FILE,
    metavar="FILE",
    help="The model that embeds them, such as encoder_Q.onnx.",
)
def add(alg: str, decoder: Path, encoder: Path | None) -> Exit:
    """Register weights of TrustMark, in ONNX, for ALG.

    Their hashes are kept: if the files change, they are not used any more. Adobe publishes the
    weights of variant Q at cai-watermark.adobe.net.
    """
    found = weights.register(alg, decoder, encoder)
    watermark.load.cache_clear()
    try:
        watermark.check(alg)
    except UsageError:
        weights.forget(alg)
        raise
    terminal.write(registration(alg, found))
    return Exit.OK


@command.command(cls=options.Command)
@click.argument("alg", metavar="ALG")
def remove(alg: str) -> Exit:
    """Forget the weights for ALG. Their files stay."""
    if weights.forget(alg):
        return Exit.OK
    messages.tell(messages.line(alg, "no weights are registered for it"))
    return Exit.FAILED
