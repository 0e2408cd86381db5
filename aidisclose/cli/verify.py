"""`aidisclose verify`: who signed files, whether they are what was signed, what they declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

import aidisclose as ad
from aidisclose.cli import files, messages, options, terminal
from aidisclose.cli.batch import BatchOutput, process
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.scale import Scale, scaled
from aidisclose.cli.work import Work
from aidisclose.io.digest import Progress
from aidisclose.render import formats, words
from aidisclose.render.renderer import STATES, TEXT, Renderer, Result
from aidisclose.trust.anchors import TrustConfig
from aidisclose.validate.report import Gap, Report, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification(Work[Result]):
    """The verification of each file.

    Attributes:
        trust: Whom the user trusts.
        required: The state that a file must have.
        signers: Names of which the signer must have one; any if empty.
        issuers: Names of which the signer's issuer must have one; any if empty.
        manifest: The file with the manifest store.
        online: Whether manifests are fetched.
        hashed: Whether the hash of each file is wanted.
        is_listed: Whether results are shown as rows of a table.
        is_recorded: Whether results are recorded; they are not listed then.
        repository: Where credentials of files that look alike are searched; None to search nowhere.
    """

    trust: TrustConfig
    required: State
    signers: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    manifest: Path | None = None
    online: bool = False
    hashed: bool = False
    is_listed: bool = False
    is_recorded: bool = False
    repository: str | None = None

    def do(self, file: File, progress: Progress) -> Result:
        """See `Work.do`."""
        source = files.open_stdin() if file.path == STDIN else file.path
        report = ad.verify(
            source,
            trust=self.trust,
            at=self.run.time,
            manifest=self.manifest,
            online=self.online,
            fragments=file.fragments,
            hashed=self.hashed,
            detect=True,
            progress=progress,
        )
        reasons = tuple(self._unmet(report))
        if self.repository is None or report.state >= State.VALID:
            return Result(file.path, report, reasons=reasons)
        from aidisclose.cli import lookup

        found, why = lookup.find(file, self.repository, trust=self.trust, at=self.run.time)
        return Result(file.path, report, reasons=(*reasons, *why), recovered=found)

    def failed(self, file: File, reason: str) -> Result:
        """See `Work.failed`."""
        return Result(file.path, error=reason)

    def code(self, result: Result) -> Exit:
        """Whether the file has the required state, and is signed by whom it has to be."""
        holds = result.report is not None and result.report.state >= self.required
        return Exit.OK if holds and not result.reasons else Exit.FAILED

    @property
    def renderer(self) -> Renderer[Result]:
        """See `Work.renderer`."""
        if self.form == TEXT and self.run.screen is not None and not self.is_listed:
            from aidisclose.render.terminal import verified

            return verified.RENDERER
        return formats.renderer("verify", self.form)

    def kept(self, result: Result) -> object | None:
        """What is recorded, or a row of the table if results are listed."""
        if self.is_recorded:
            from aidisclose.policy import detection

            return detection.entry(result.file, result.report, result.error)
        if not self.is_listed:
            return None
        from aidisclose.render.terminal import verified

        return verified.row(result)

    def complaints(self, result: Result) -> Iterator[str]:
        """The reasons for which a file does not hold; text shows them itself."""
        for each in result.reasons if self.form != TEXT else ():
            yield messages.line(result.file, each)
        for each in words.overclaims(result.report) if result.report is not None else ():
            yield messages.line(result.file, f"warning: {each}")

    def _unmet(self, report: Report) -> Iterator[str]:
        """The demands on a file besides validity that it does not meet."""
        if Gap.FRAGMENTS in report.missing:
            yield words.MISSING[Gap.FRAGMENTS]
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


def _searched(place: str | None) -> str:
    from aidisclose.cli import lookup

    return lookup.checked(place)


@click.command(cls=options.Command)
@options.sources(required=False)
@options.files_from
@options.fragments
@options.trust
@options.at
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
    help="Fetch manifests that files refer to, and documents of issuers of identities (did:web), "
    "and ask whether certificates are revoked; whoever is asked learns of it.",
)
@options.crl
@click.option(
    "--recover",
    is_flag=True,
    help="Search for credentials of files that look alike, if a file has none that hold.",
)
@click.option(
    "--repository",
    metavar="PLACE",
    help="Where --recover searches: a file, or postgresql://….  "
    "[default: the user's own repository]",
)
@click.option("--sha256", is_flag=True, help="Hash each whole file as well, for --format json.")
@click.option("--result", type=options.FILE, metavar="FILE", help="Write a signed result.")
@options.setting(
    "--cert", type=options.FILE, metavar="PEM", help="Certificate chain that signs the result."
)
@options.setting(
    "--key", type=options.FILE, metavar="PEM", help="Private key that signs the result."
)
@options.setting("--result-signer", metavar="URI", help="URI of the key that signs the result.")
@options.format_option("verify")
@click.option("-q", "--quiet", is_flag=True, help="Write only about files that do not hold.")
@options.jobs
@scaled
def command(
    src: tuple[str, ...],
    files_from: str | None,
    fragments: tuple[str, ...],
    trust: TrustConfig,
    at: datetime | None,
    require: str,
    signers: tuple[str, ...],
    issuers: tuple[str, ...],
    manifest: Path | None,
    online: bool,
    crl: tuple[Path, ...],
    recover: bool,
    repository: str | None,
    sha256: bool,
    result: Path | None,
    cert: Path | None,
    key: Path | None,
    result_signer: str | None,
    form: str,
    quiet: bool,
    jobs: int | None,
    scale: Scale,
) -> Exit:
    """Check who signed files, whether they are what was signed, and what they declare about AI.

    Folders are searched for media files; - is standard input. A file without credentials is a
    failure (exit code 1), which does not mean that no AI was used.

    trusted: intact, and signed by somebody you trust. valid: intact, but you do not know the
    signer. invalid: altered, or not signed properly. A name proves something only if somebody
    vouches for it, so --signer and --issuer are met by trusted files alone.
    """
    found = files.find(files.named(src, files_from), fragments)
    if manifest is not None and len(found) > 1:
        raise click.UsageError("--manifest is about one file")
    if repository is not None and not recover:
        raise click.UsageError("--repository needs --recover")
    run = terminal.run(at or datetime.now(UTC))
    work = Verification(
        form=scale.form(form),
        run=run,
        trust=options.with_revocation(trust, crl, online=online),
        required=State.TRUSTED if signers or issuers else State(require),
        signers=signers,
        issuers=issuers,
        manifest=manifest,
        online=online,
        hashed=sha256 or result is not None,
        is_listed=scale.form(form) == TEXT
        and run.screen is not None
        and len(found) > 1
        and result is None,
        is_recorded=result is not None,
        repository=_searched(repository) if recover else None,
    )
    output = BatchOutput(STATES, quiet, scale=scale)
    if work.is_listed:
        from aidisclose.render.terminal.verified import Listing

        output = output._replace(listing=Listing(run))
    if result is not None:
        with _recorded(result, work, len(found), (cert, key, result_signer)) as observe:
            return process(work, found, output._replace(observe=observe), jobs=jobs)
    return process(work, found, output, jobs=jobs)


def _recorded(
    path: Path,
    work: Verification,
    files: int,
    names: tuple[Path | None, Path | None, str | None],
) -> AbstractContextManager[Callable[[object], None] | None]:
    """Records results of a run, signed; see `sealed.recording`."""
    from aidisclose.cli.key import CredentialOptions, open_signer
    from aidisclose.cli.sealed import recording
    from aidisclose.policy import detection

    cert, key, address = names
    if key is not None and address is not None:
        raise click.UsageError("--key and --result-signer exclude one another")
    credentials = CredentialOptions(cert=cert, key=key, signer=address, alg=None)
    head = detection.head(
        trust=work.trust, time=datetime.now(UTC), at=work.run.time, online=work.online
    )
    signer = open_signer(credentials.identify())
    return recording(path, signer, head, files=files, entry=_entry)


def _entry(kept: object) -> dict[str, object]:
    if not isinstance(kept, dict):
        raise TypeError("a result that was not recorded")
    return kept
