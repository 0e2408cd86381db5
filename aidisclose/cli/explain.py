"""`aidisclose trust explain`: the reasons for which a signer is trusted or not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

import aidisclose as ad
from aidisclose.cli import messages, options, terminal
from aidisclose.cli.exits import Exit
from aidisclose.io import home
from aidisclose.trust.config import TrustConfig


@click.command(cls=options.Command)
@click.argument("src", metavar="FILE", type=options.FILE)
@options.trust
@options.at
@options.manifest
@click.option(
    "--online",
    is_flag=True,
    help="Fetch the manifest that the file refers to, and ask whether certificates are revoked.",
)
@options.crl
@options.format_option("explain")
def command(
    src: Path,
    trust: TrustConfig,
    at: datetime | None,
    manifest: Path | None,
    online: bool,
    crl: tuple[Path, ...],
    form: str,
) -> Exit:
    """Explain in a sentence for each step why the signer of a file is trusted, or not.

    Which certificate signed, when, by which chain, which anchor of which list vouches for it and
    from when until when, and whether a certificate was revoked.
    """
    from aidisclose.render import formats
    from aidisclose.render.explained import Explained
    from aidisclose.trust import lists
    from aidisclose.validate.explanation import explain

    config = options.with_revocation(trust, crl, online=online)
    now = at or datetime.now(UTC)
    try:
        report = ad.verify(src, trust=config, at=now, manifest=manifest, online=online)
    except (ad.AidiscloseError, OSError) as error:
        name = messages.subject(error) or src
        raise ad.AidiscloseError(f"{name}: {messages.why(error)}") from None
    found = explain(report, config, lists.installed(home.trust_folder()))
    run = terminal.run(now)
    output = formats.writer("explain", form, run)(Explained(str(src), report, found), run)
    terminal.write(output)
    return Exit.OK if found and all(each.is_trusted for each in found) else Exit.FAILED
