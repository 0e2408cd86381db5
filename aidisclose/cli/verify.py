"""`aidisclose verify`: who signed files, whether they are what was signed, what they declare."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

import aidisclose as ad
from aidisclose import limits
from aidisclose.cli import anchors, files, messages, options, terminal
from aidisclose.cli.batch import BatchOutput, process
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.scale import Scale, scaled
from aidisclose.cli.selection import Selection
from aidisclose.cli.work import Work
from aidisclose.frozen import dataclass
from aidisclose.io.digest import Progress
from aidisclose.io.source import Readable
from aidisclose.manifest.declared import AI
from aidisclose.message import within_quotes
from aidisclose.render import formats, words
from aidisclose.render.renderer import STATES, TEXT, UNREADABLE, Demand, Renderer, Result
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.report import Report
from aidisclose.validate.state import Gap, State, Trust

if TYPE_CHECKING:
    from aidisclose import Certificate


#: What `--only` takes besides states: files that declare AI, and files that do not hold.
ONLY: Final = ("ai", "failed")
#: Formats with the hash of the file.
_HASHED: Final = ("jpegtrust", "csv")
#: Those that show the hash of the whole file if it is there.
_SHOWING_HASHES: Final = ("json", "jsonl", options.HTML, *_HASHED)
#: A format with a few annotations for all files.
GITHUB: Final = "github"
#: By what results can be sorted, the usual first.
SORTS: Final = ("name", "state", "signer", "ai")

_WORST_FIRST: Final = ("invalid", UNREADABLE, "none", "valid", "trusted")
_USED: Final = frozenset({AI.GENERATED, AI.COMPOSITE, AI.EDITED})

#: Why a wanted name is not met by the name in a certificate.
_UNPROVEN: Final = "nobody whom you trust vouches for the name of the signer"


@dataclass(frozen=True, kw_only=True)
class Verification(Work[Result]):
    """The verification of each file.

    Attributes:
        trust: The authorities and signers that the user trusts.
        required: The state that a file must have.
        signers: Names, or fingerprints, of which the signer must have one; any if empty.
        issuers: Names of which the signer's issuer must have one; any if empty.
        manifest: The file with the manifest store.
        online: Whether manifests are fetched.
        hashed: Whether the hash of each file is wanted.
        is_listed: Whether results are shown as rows of a table.
        is_recorded: Whether results are recorded; they are not listed then.
        only: The results that are written: states, and the words of `ONLY`; all if empty.
        sort: The one of `SORTS` by which results are sorted.
        is_pictured: Whether pictures are made for a page.
        repository: Repository to search for credentials of files that look alike; None for none.
        is_unlisted: Whether the user has no trust list, and names nobody to trust.
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
    only: tuple[str, ...] = ()
    sort: str = SORTS[0]
    is_pictured: bool = False
    repository: str | None = None
    is_unlisted: bool = False

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
        demands = tuple(self._demands(report))
        # Why a file is not valid, and why a name proves nothing, its findings say already.
        reasons: tuple[str, ...] = tuple(
            each.reason
            for each in demands
            if each.reason not in ("", _UNPROVEN) and report.state >= State.VALID
        )
        if Gap.FRAGMENTS in report.missing:
            reasons = (words.MISSING[Gap.FRAGMENTS], *reasons)
        hints = tuple(self._hints(report))
        result = Result(file.path, report, reasons=reasons, demands=demands, hints=hints)
        if self.repository is None or report.state >= State.VALID:
            return self._pictured(result, source)
        from aidisclose.cli import resemblance

        found, why = resemblance.find(file, self.repository, trust=self.trust, at=self.run.time)
        result = result._replace(reasons=(*reasons, *why), recovered=found)
        return self._pictured(result, source)

    def _pictured(self, result: Result, source: Readable) -> Result:
        """The result with pictures, if they are wanted."""
        if not self.is_pictured or result.report is None:
            return result
        from aidisclose.render.page import pictures

        report = result.report
        made = pictures.collect(source, report.media_type, report.believed)
        return result._replace(pictures=made)

    def failed(self, file: File, reason: str) -> Result:
        """See `Work.failed`."""
        return Result(file.path, error=reason)

    def code(self, result: Result) -> Exit:
        """Whether the file has the required state, and is signed by whom it has to be."""
        holds = result.report is not None and all(each.holds for each in result.demands)
        return Exit.OK if holds and not result.reasons else Exit.FAILED

    def shows(self, result: Result, code: Exit) -> bool:
        """See `Work.shows`."""
        if not self.only:
            return True
        declares = result.report is not None and _says_ai(result.report)
        kinds = {result.outcome, "ai" if declares else "", "failed" if code is not Exit.OK else ""}
        return not kinds.isdisjoint(self.only)

    def key(self, result: Result) -> tuple[Any, ...]:
        """See `Work.key`: the worst first, what is not known last, files of one kind by name."""
        report = result.report
        if self.sort == "state":
            return (_WORST_FIRST.index(result.outcome), result.file)
        if self.sort == "signer":
            signature = report.signature if report is not None else None
            name = signature.signer.common_name if signature and signature.signer else ""
            return (not name, name.casefold(), result.file)
        if self.sort == "ai":
            rank = len(AI) if report is None else list(AI).index(report.disclosure.ai)
            return (rank, result.file)
        return (result.file,)

    @property
    def renderer(self) -> Renderer[Result]:
        """See `Work.renderer`."""
        if self.form == TEXT and self.run.screen is not None and not self.is_listed:
            from aidisclose.render.terminal import verified

            return verified.RENDERER
        return formats.renderer("verify", self.form)

    def kept(self, result: Result) -> object | None:
        """The record, annotations, or a row of the table if results are listed."""
        if self.is_recorded:
            from aidisclose.policy import detection

            return detection.entry(result.file, result.report, result.error)
        if not self.shows(result, self.code(result)):
            return None
        if self.form == GITHUB:
            from aidisclose.render import alerts

            return tuple(alerts.of_result(result))
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

    def hints(self, result: Result) -> Iterator[str]:
        """The user's next steps with a file that does not hold, or whose signer is not trusted."""
        report = result.report
        if report is None or report.state is State.TRUSTED:
            return
        # Own credentials are trusted without a list: what does not hold then is something else. So
        # it is where the signature does not hold.
        is_known = report.believed is None or report.trust is Trust.TRUSTED
        is_unlisted = self.is_unlisted and not is_known
        is_fine = self.code(result) is Exit.OK and report.trust is not Trust.UNTRUSTED
        if not is_unlisted and is_fine:
            return
        from aidisclose.validate import reason

        if is_unlisted:
            yield reason.NO_LISTS
        elif hint := reason.hint(report):
            yield hint

    def _demands(self, report: Report) -> Iterator[Demand]:
        """The demands on a file, and whether they hold."""
        is_met = report.state >= self.required
        why = ""
        if not is_met:
            from aidisclose.validate import reason

            is_valid = report.state is State.VALID
            why = reason.distrust(report) if is_valid else reason.reason(report)
        yield Demand("require", (self.required.value,), is_met, why)
        certificate = report.signature.signer if report.signature else None
        for name, wanted in (("signer", self.signers), ("issuer", self.issuers)):
            if wanted:
                yield _pinned(name, wanted, report, certificate)

    def _hints(self, report: Report) -> Iterator[str]:
        """The options that would help against what is missing."""
        if Gap.FRAGMENTS in report.missing:
            yield words.REMEDIES[Gap.FRAGMENTS]
        if State.TRUSTED is self.required and report.state is State.VALID:
            yield "--trust PEM names an anchor"


def _says_ai(report: Report) -> bool:
    """Whether anything in a file says that AI was used, signed or not."""
    from aidisclose.validate.contradictions import statements

    found = statements(report.disclosure, report.marks)
    return report.disclosure.ai in _USED or any(each.is_ai for each in found)


def _pinned(
    name: str, wanted: tuple[str, ...], report: Report, certificate: Certificate | None
) -> Demand:
    """Whether the signer of a file is one who is wanted, or was issued by one.

    A name proves something only if somebody vouches for it, so it counts for trusted files. A
    fingerprint names one certificate, whoever vouches for it.
    """
    if certificate is None or report.state < State.VALID:
        return Demand(name, wanted, False, _UNPROVEN)
    names, prints = _split(wanted)
    own: tuple[str, ...]
    if name == "signer":
        own, verb = (certificate.common_name, certificate.organization), "signed"
        is_met = certificate.sha256 in prints
    else:
        # Known only where it led to an anchor: certificates that a file brings prove no issuer.
        above = report.signature.path[1:] if report.signature else ()
        own, verb = (certificate.issuer_name,), "issued"
        is_met = any(each.sha256 in prints for each in above)
    is_trusted = report.state is State.TRUSTED
    if is_met or (is_trusted and set(names) & set(own)):
        return Demand(name, wanted, holds=True)
    if names and not is_trusted:
        return Demand(name, wanted, False, _UNPROVEN)
    is_alike = {each.casefold() for each in names} & {each.casefold() for each in own}
    exactly = " (names are compared exactly)" if is_alike else ""
    return Demand(name, wanted, False, _not_by(verb, own[0], wanted) + exactly)


def _not_by(verb: str, name: str, wanted: tuple[str, ...]) -> str:
    return f'{verb} by "{within_quotes(name)}", not {_either(wanted)}'


def _split(wanted: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[bytes, ...]]:
    """Names, and the hashes in fingerprints.

    Raises:
        UsageError: A fingerprint is invalid.
    """
    if not wanted:
        return (), ()
    from aidisclose.cli import pin

    names = tuple(each for each in wanted if not pin.is_fingerprint(each))
    return names, tuple(pin.digest(each) for each in wanted if pin.is_fingerprint(each))


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(f'"{name}"' for name in names)


@click.command(cls=options.Command)
@options.sources(required=False)
@options.files_from
@options.excluded
@options.fragments
@options.trust
@options.at
@options.required_state("The state that a file must have at least.")
@options.setting(
    "--signer",
    "signers",
    multiple=True,
    metavar="NAME",
    help="Common name or organization that the signer must have; requires trusted. Or sha256:HEX, "
    "the fingerprint of the signer's certificate, which valid files meet as well.",
)
@options.setting(
    "--issuer",
    "issuers",
    multiple=True,
    metavar="NAME",
    help="Common name that the issuer of the signer's certificate must have, or sha256:HEX, the "
    "fingerprint of an authority above it; requires trusted.",
)
@options.manifest
@click.option(
    "--online",
    is_flag=True,
    help="Fetch manifests that files refer to, and documents of issuers of identities (did:web), "
    "and ask whether certificates are revoked; the hosts see the requests.",
)
@options.crl
@options.recovered
@click.option(
    "--sha256",
    is_flag=True,
    help="Hash each whole file, for --format json, jsonl and html; csv and jpegtrust always "
    "have the hash.",
)
@click.option(
    "--receipt",
    type=options.OUTPUT,
    metavar="FILE",
    help="Write a signed record of the results, which `receipt verify` checks.",
)
@click.option("--result", type=options.OUTPUT, hidden=True, help="Former name of --receipt.")
@options.setting(
    "--cert", type=options.FILE, metavar="PEM", help="Certificate chain that signs the receipt."
)
@options.setting(
    "--key", type=options.FILE, metavar="PEM", help="Private key that signs the receipt."
)
@options.setting("--receipt-signer", metavar="URI", help="URI of the key that signs the receipt.")
@options.format_option("verify")
@options.output
@click.option(
    "--only",
    multiple=True,
    type=options.Choice((*STATES, *ONLY)),
    metavar="KIND",
    help="Write only results of this kind: a state, ai (says that AI was used, signed or not) or "
    "failed; all are counted.",
)
@click.option(
    "--sort",
    type=options.Choice(SORTS),
    help="Sort by name, state (the worst first), signer or ai, when all are verified.  "
    "[default: as they are found]",
)
@options.language
@click.option("-q", "--quiet", is_flag=True, help="Only show files that fail.")
@options.jobs
@scaled
def command(
    src: tuple[str, ...],
    files_from: str | None,
    selection: Selection,
    fragments: tuple[str, ...],
    trust: TrustConfig,
    at: datetime | None,
    require: str,
    signers: tuple[str, ...],
    issuers: tuple[str, ...],
    manifest: Path | None,
    online: bool,
    crl: tuple[Path, ...],
    repository: str | None,
    sha256: bool,
    receipt: Path | None,
    result: Path | None,
    cert: Path | None,
    key: Path | None,
    receipt_signer: str | None,
    form: str,
    output: Path | None,
    only: tuple[str, ...],
    sort: str | None,
    language: str | None,
    quiet: bool,
    jobs: int | None,
    scale: Scale,
) -> Exit:
    """Check who signed files, whether they are what was signed, and what they declare about AI.

    Folders are searched for media files; - is standard input. A file without credentials is a
    failure (exit code 1), which does not mean that no AI was used.

    trusted: what is signed is unchanged, and you trust the signer. valid: it is unchanged, but you
    do not know the signer. invalid: altered, or not signed properly. partial says that not all of
    the content is signed. A name proves something only if somebody vouches for it, so --signer and
    --issuer are met by trusted files alone.
    """
    receipt = receipt or result
    scale.refuse_rest("--receipt", "--cert", "--key", "--receipt-signer")
    if receipt is None:
        options.need("--receipt", "--cert", "--key", "--receipt-signer")
    found = files.find(files.named(src, files_from), fragments, selection=selection)
    if manifest is not None and len(found) > 1:
        raise click.UsageError("--manifest is about one file")
    outputs = {"--output": output, "--receipt": receipt, "--results": scale.results}
    if any(outputs.values()):
        from aidisclose.cli.destination import refuse_sources

        read = (File(str(manifest)),) if manifest else ()
        refuse_sources((*found, *read), outputs)
    by_name, _ = _split(signers)
    _split(issuers)  # a wrong fingerprint is said before any file is verified
    if sha256 and scale.results is None and form not in _SHOWING_HASHES:
        shown = ", ".join(_SHOWING_HASHES)
        raise click.UsageError(f"--sha256 needs a format that shows hashes: --format {shown}")
    if scale.results is not None and (only or sort or output):
        message = "--results has all results as they come: leave out --only, --sort and --output"
        raise click.UsageError(message)
    run = terminal.run(
        at or datetime.now(UTC),
        is_standard=output is None,
        language=options.page_language(language, form),
    )
    work = Verification(
        form=scale.form(form),
        run=run,
        trust=options.with_revocation(trust, crl, online=online),
        # Anybody can write any name into a certificate of their own.
        required=State.TRUSTED if by_name or issuers else State(require),
        signers=signers,
        issuers=issuers,
        manifest=manifest,
        online=online,
        hashed=sha256 or receipt is not None or form in _HASHED,
        is_listed=scale.form(form) == TEXT
        and run.screen is not None
        and len(found) > 1
        and receipt is None,
        is_recorded=receipt is not None,
        only=only,
        sort=sort or SORTS[0],
        is_pictured=form == options.HTML and len(found) <= limits.PICTURED_FILES,
        repository=repository,
        is_unlisted=anchors.is_unlisted(),
    )
    written = BatchOutput(STATES, quiet, scale=scale, is_sorted=sort is not None)
    if work.is_listed:
        from aidisclose.render.terminal.verified import Listing

        written = written._replace(listing=Listing(run, is_by_folder=sort is None))
    elif work.form == GITHUB and receipt is None:
        from aidisclose.render.github import FirstTen

        written = written._replace(listing=FirstTen(tuple))
    with contextlib.ExitStack() as stack:
        if output is not None:
            stack.enter_context(redirected(output))
        if receipt is not None:
            observe = stack.enter_context(
                _recorded(receipt, work, len(found), (cert, key, receipt_signer))
            )
            written = written._replace(observe=observe)
        return process(work, found, written, jobs=jobs)


def redirected(path: Path) -> AbstractContextManager[None]:
    """See `destination.redirected`, which most runs have no use for."""
    from aidisclose.cli.destination import redirected

    return redirected(path)


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
        raise click.UsageError("--key and --receipt-signer cannot be combined")
    if cert is not None and key is None and address is None:
        raise click.UsageError("--cert needs its key: --key or --receipt-signer")
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
