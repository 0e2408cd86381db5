"""`aidisclose verify`: who signed files, whether they are what was signed, what they declare."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import click

import aidisclose as ad
from aidisclose.cli import anchors, files, messages, options, terminal
from aidisclose.cli.batch import BatchOutput, process
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.work import Done
from aidisclose.io.digest import Progress
from aidisclose.render import REPORTS, load, words
from aidisclose.render.renderer import STATES, Result, Run
from aidisclose.trust.anchors import TrustConfig
from aidisclose.validate.report import Report, State

_TEXT: Final = "text"


class Verification(NamedTuple):
    """What is asked of every file.

    Attributes:
        form: Name of the renderer.
        run: What the renderer is told.
        trust: Whom the user trusts.
        required: The state that a file must have.
        signers: Names of which the signer must have one; any if empty.
        issuers: Names of which the signer's issuer must have one; any if empty.
        manifest: The file with the manifest store.
        online: Whether manifests are fetched.
        hashed: Whether the hash of each file is wanted.
    """

    form: str
    run: Run
    trust: TrustConfig
    required: State
    signers: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    manifest: Path | None = None
    online: bool = False
    hashed: bool = False

    def do(self, file: File, progress: Progress) -> Done:
        """See `batch.Work`."""
        source = files.open_stdin() if file.path == STDIN else file.path
        report = ad.verify(
            source,
            trust=self.trust,
            at=self.run.time,
            manifest=self.manifest,
            online=self.online,
            fragments=file.fragments,
            hashed=self.hashed,
            progress=progress,
        )
        reasons = tuple(self._unmet(report))
        holds = report.state >= self.required and not reasons
        code = Exit.OK if holds else Exit.FAILED
        return self._outcome(Result(file.path, report, reasons=reasons), code)

    def fail(self, file: File, reason: str, code: Exit) -> Done:
        """See `batch.Work`."""
        outcome = self._outcome(Result(file.path, error=reason), code)
        return outcome._replace(message=messages.line(file.path, reason))

    def _outcome(self, result: Result, code: Exit) -> Done:
        text = load(self.form).result(result, self.run)
        is_silent = self.form == _TEXT  # which shows the reasons itself
        lines = () if is_silent else (messages.line(result.file, each) for each in result.reasons)
        return Done(result.state, code, text, "\n".join(lines))

    def _unmet(self, report: Report) -> Iterator[str]:
        """What was asked for besides a valid file, and does not hold."""
        if "fragments" in report.missing:
            yield words.MISSING["fragments"]
        if report.state is State.VALID and self.required is State.TRUSTED:
            yield f"the signer is not trusted: {_distrust(report)}; --trust PEM names an anchor"
        if report.state is not State.TRUSTED:
            return
        certificate = report.signature.signer if report.signature else None
        if certificate is None:
            return
        names = (certificate.common_name, certificate.organization)
        if self.signers and not set(self.signers) & set(names):
            yield f'signed by "{names[0]}", not {_either(self.signers)}'
        if self.issuers and certificate.issuer_name not in self.issuers:
            yield f'issued by "{certificate.issuer_name}", not {_either(self.issuers)}'


def _distrust(report: Report) -> str:
    codes = ("signingCredential.untrusted",)
    found = [item.explanation for item in report.statuses.failure if item.code in codes]
    return found[0] if found else "no anchor vouches for it"


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(f'"{name}"' for name in names)


@click.command(cls=options.Command)
@options.sources()
@options.fragments
@options.trust
@click.option("--at", callback=options.moment, metavar="RFC3339", help="What counts as now.")
@options.setting(
    "--require",
    type=click.Choice(("valid", "trusted")),
    default="valid",
    show_default=True,
    help="The state that a file must have at least.",
)
@options.setting(
    "--signer",
    "signers",
    multiple=True,
    metavar="NAME",
    help="Common name or organization that the signer must have; requires trusted.",
)
@options.setting(
    "--issuer",
    "issuers",
    multiple=True,
    metavar="NAME",
    help="Common name that the issuer of the signer's certificate must have; requires trusted.",
)
@click.option(
    "--manifest",
    type=options.FILE,
    metavar="FILE",
    help="The manifest store of the file.  [default: in the file, or FILE.c2pa beside it]",
)
@click.option(
    "--online",
    is_flag=True,
    help="Fetch manifests that files refer to; whoever keeps them learns of it.",
)
@click.option("--sha256", is_flag=True, help="Hash each whole file as well, for --format json.")
@options.format_option(tuple(REPORTS))
@click.option("-q", "--quiet", is_flag=True, help="Write only about files that do not hold.")
@options.jobs
def command(
    src: tuple[str, ...],
    fragments: tuple[str, ...],
    trust: tuple[Path, ...],
    tsa_trust: tuple[Path, ...],
    allowed: tuple[Path, ...],
    no_default_trust: bool,
    at: datetime | None,
    require: str,
    signers: tuple[str, ...],
    issuers: tuple[str, ...],
    manifest: Path | None,
    online: bool,
    sha256: bool,
    form: str,
    quiet: bool,
    jobs: int | None,
) -> Exit:
    """Check who signed files, whether they are what was signed, and what they declare about AI.

    Folders are searched for media files; - is standard input. A file without credentials is a
    failure (exit code 1), which does not mean that no AI was used.

    trusted: intact, and signed by somebody you trust. valid: intact, but you do not know the
    signer. invalid: altered, or not signed properly. A name proves something only if somebody
    vouches for it, so --signer and --issuer are met by trusted files alone.
    """
    found = files.find(src, fragments)
    if manifest is not None and len(found) > 1:
        raise click.UsageError("--manifest is about one file")
    run = Run(at or datetime.now(UTC), terminal.style(sys.stdout))
    work = Verification(
        form=form,
        run=run,
        trust=anchors.load(
            trust=trust, tsa_trust=tsa_trust, allowed=allowed, default=not no_default_trust
        ),
        required=State.TRUSTED if signers or issuers else State(require),
        signers=signers,
        issuers=issuers,
        manifest=manifest,
        online=online,
        hashed=sha256,
    )
    output = BatchOutput(load(form), run, STATES, form == _TEXT, quiet)
    return process(work, found, output, jobs=jobs)
