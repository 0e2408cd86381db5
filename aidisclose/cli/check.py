"""`aidisclose check`: what the rules of laws, standards and one's own policies find in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import click

import aidisclose as ad
from aidisclose.cli import (
    anchors,
    baseline,
    candidates,
    changed,
    files,
    links,
    messages,
    options,
    policies,
    receipt_head,
    terminal,
)
from aidisclose.cli.baseline import Accepted, Baseline
from aidisclose.cli.batch import BatchOutput, Gathering, process
from aidisclose.cli.destination import redirected, refuse_sources
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.key import CredentialOptions, credentials, open_signer
from aidisclose.cli.scale import Scale, scaled
from aidisclose.cli.sealed import recording
from aidisclose.cli.selection import Selection, within_repository
from aidisclose.cli.work import Work
from aidisclose.errors import suggestion
from aidisclose.frozen import dataclass, replace
from aidisclose.io.digest import Progress
from aidisclose.policy import inputs
from aidisclose.policy.check import plan as make_plan
from aidisclose.policy.rule import Finding, Outcome
from aidisclose.render import formats
from aidisclose.render.checked import OUTCOMES, Checked, CheckRun
from aidisclose.render.checked_json import describe, finding
from aidisclose.render.renderer import SARIF, TEXT, Renderer, Run
from aidisclose.render.statistics import Statistics
from aidisclose.render.summary import Summary
from aidisclose.render.words import number
from aidisclose.trust.config import TrustConfig

#: Formats in which `--show` says what is written.
_SHOWING: Final = frozenset({TEXT, SARIF, "markdown"})
#: Formats in which results of several files are written together.
_GATHERED: Final = (TEXT, SARIF, "github", "markdown", "html")
#: What is about all files of a run, and needs all of them in it.
_WHOLE: Final = (
    *("--receipt", "--cert", "--key", "--signer", "--alg"),
    *("--summary", "--statistics", "--update-baseline"),
)


@dataclass(frozen=True, kw_only=True)
class Checking(Work[Checked]):
    """The check of each file.

    Attributes:
        scope: The rules.
        trust: The authorities and signers that the user trusts.
        baseline: The accepted findings.
        before: File or folder with the files as they were before a step.
        strict: Whether warnings count as failures.
        require_determined: Whether what is undetermined counts.
        exit_zero: Whether nothing that is found counts.
        observed: Whether the findings are wanted, and not only their text.
        hashed: Whether the hash of each file is wanted as well.
        repository: Repository to search for credentials of files that look alike; None for none.
        is_unlisted: Whether the user has no trust list, and names nobody to trust.
    """

    scope: CheckRun
    trust: TrustConfig
    baseline: Baseline | None = None
    before: Path | None = None
    strict: bool = False
    require_determined: bool = False
    exit_zero: bool = False
    observed: bool = False
    hashed: bool = False
    repository: str | None = None
    is_unlisted: bool = False

    def do(self, file: File, progress: Progress) -> Checked:
        """See `Work.do`."""
        source: str | bytes | BinaryIO = files.open_stdin() if file.path == STDIN else file.path
        report = ad.verify(
            source,
            trust=self.trust,
            at=self.run.time,
            hashed=self.hashed,
            detect=True,
            progress=progress,
        )
        before = self._before(file)
        found = self.scope.plan.judge(
            report,
            file=file.path if file.path == STDIN else within_repository(file.path),
            before=before,
            recovered=self._recovered(file, report),
        )
        findings = tuple(self._weigh(file.path, each) for each in found)
        return Checked(
            file.path,
            report.media_type,
            report.state.value,
            findings,
            sha256=report.sha256,
            is_new=self.before is not None and before is None,
        )

    def failed(self, file: File, reason: str) -> Checked:
        """See `Work.failed`."""
        return Checked(file.path, error=reason)

    @property
    def renderer(self) -> Renderer[Checked]:
        """See `Work.renderer`."""
        return formats.checks(self.form, self.scope, self.run)

    def hints(self, result: Checked) -> Iterator[str]:
        """The command that gets a trust list, where a valid file may be trusted by one."""
        if self.is_unlisted and result.state == ad.State.VALID.value:
            from aidisclose.validate import reason

            yield reason.NO_LISTS

    def kept(self, result: Checked) -> Checked | None:
        """See `Work.kept`."""
        return result if self.observed else None

    def _recovered(self, file: File, report: ad.Report) -> tuple[ad.State, ...] | None:
        """States of credentials of files that look alike; None if they are not searched for.

        Those that only test credentials vouch for are valid, no more.
        """
        if self.repository is None or report.state >= ad.State.VALID:
            return None
        from aidisclose.cli import resemblance
        from aidisclose.policy.evidence import standing

        found, _why = resemblance.find(file, self.repository, trust=self.trust, at=self.run.time)
        if found is None:
            return None
        reports = [each.report for each in found if each.is_signed]
        return tuple(standing(each) for each in reports)

    def _before(self, file: File) -> ad.Report | None:
        """The file as it was; None if it is new."""
        if self.before is None or file.path == STDIN:
            return None
        path = self.before
        if path.is_dir():
            name = Path(file.path)
            path /= name.relative_to(file.root) if file.root is not None else name.name
            if not path.exists():
                return None
        return ad.verify(path, trust=self.trust, at=self.run.time)

    def _weigh(self, file: str, finding: Finding) -> Finding:
        known = self.baseline
        is_accepted = known is not None and known.accepts(file, finding)
        return replace(finding, is_accepted=True) if is_accepted else finding

    def code(self, result: Checked) -> Exit:
        """Whether the findings let the gate pass."""
        findings = result.findings
        if self.exit_zero:
            return Exit.OK
        if any(each.is_broken or (self.strict and each.is_warning) for each in findings):
            return Exit.FAILED
        is_open = any(each.outcome is Outcome.UNDETERMINED for each in findings)
        return Exit.UNDETERMINED if is_open and self.require_determined else Exit.OK


def _entry(checked: Checked) -> Mapping[str, object]:
    """The line of a receipt about one file: what was found, not what would decide more."""
    findings = [{**finding(each)} for each in checked.findings]
    for each in findings:
        del each["asks"]
    return {**describe(checked), "findings": findings, "sha256": checked.sha256}


def _shown(
    _ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> frozenset[str]:
    known = {each.value for each in Outcome}
    names = {part.strip() for each in values for part in each.split(",")}
    if unknown := sorted(names - known - {"all"}):
        choices = ["all", *sorted(known)]
        near = suggestion(unknown[0], choices) or f" (choose from {', '.join(choices)})"
        raise click.BadParameter(f"unknown outcome {unknown[0]!r}{near}")
    return frozenset(known if "all" in names else names)


@click.command(cls=options.Command)
@options.sources(required=False)
@options.setting(
    "--policy",
    multiple=True,
    required=True,
    metavar="P[,P]",
    shell_complete=candidates.policies,
    help="Profiles (`aidisclose rule` lists them; NAME@VERSION for an older text) or TOML files.",
)
@options.setting(
    "--select",
    multiple=True,
    metavar="ID",
    shell_complete=candidates.rules,
    help="Judge these rules only: EU, PAI-001.",
)
@options.setting(
    "--ignore",
    multiple=True,
    metavar="ID",
    shell_complete=candidates.rules,
    help="Do not judge these rules.",
)
@policies.stated(options.setting)
@options.setting("--strict", is_flag=True, help="Warnings are failures.")
@options.setting("--require-determined", is_flag=True, help="Exit with 3 if anything is left open.")
@options.setting("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@options.setting(
    "--baseline",
    "baseline_",
    type=options.FILE,
    metavar="FILE",
    help="Accept what this file lists.",
)
@click.option("--update-baseline", is_flag=True, help="Write what is found today to --baseline.")
@click.option(
    "--before",
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="The file, or the folder of files of the same names, before the step that is judged.",
)
@options.recovered
@options.setting(
    "--exclude",
    multiple=True,
    metavar="GLOB",
    help="Leave these files and folders out, as a line of .gitignore does.",
)
@click.option("--no-ignore", is_flag=True, help="Take what .gitignore or the defaults leave out.")
@options.files_from
@click.option("--since", metavar="REV", help="Only files that changed since a git revision.")
@click.option(
    "--receipt",
    type=options.OUTPUT,
    metavar="FILE",
    help="Write a signed record of the results, which `receipt verify` checks.",
)
@credentials(
    cert="Certificate chain that signs the receipt.",
    key="Private key that signs the receipt.",
    signer="URI of the key that signs the receipt.",
    alg="Algorithm of the signature of the receipt.",
)
@options.trust
@options.at
@options.format_option("check")
@options.language
@options.output
@click.option(
    "--summary",
    type=options.OUTPUT,
    metavar="FILE",
    help="Append a summary in Markdown to this file, such as $GITHUB_STEP_SUMMARY.",
)
@click.option(
    "--show",
    multiple=True,
    metavar="OUTCOME",
    callback=_shown,
    help="Outcome to list besides failures and warnings: undetermined, pass or all.",
)
@options.setting("--statistics", is_flag=True, help="Count what each rule found.")
@click.option("-q", "--quiet", is_flag=True, help="Write only about files that do not hold.")
@options.jobs
@scaled
def command(
    src: tuple[str, ...],
    policy: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    input_: tuple[str, ...],
    as_of: date | None,
    strict: bool,
    require_determined: bool,
    exit_zero: bool,
    baseline_: Path | None,
    update_baseline: bool,
    before: Path | None,
    repository: str | None,
    exclude: tuple[str, ...],
    no_ignore: bool,
    files_from: str | None,
    since: str | None,
    receipt: Path | None,
    credentials: CredentialOptions,
    trust: TrustConfig,
    at: datetime | None,
    form: str,
    language: str | None,
    output: Path | None,
    summary: Path | None,
    show: frozenset[str],
    statistics: bool,
    quiet: bool,
    jobs: int | None,
    scale: Scale,
) -> Exit:
    """Judge files by the rules of laws, standards and policies of your own.

    Each rule passes, warns, fails or is undetermined, and says why. What a file cannot show is
    undetermined, never failed: state what you know with --input. Nothing here says that a file
    complies with a law.
    """
    if update_baseline and baseline_ is None:
        raise click.UsageError("--update-baseline needs --baseline FILE")
    if update_baseline and baseline_:
        links.refuse(baseline_)
    scale.refuse_rest(*_WHOLE)
    options.need("--receipt", "--cert", "--key", "--signer", "--alg")
    if scale.form(form) not in _SHOWING and summary is None and options.given("--show"):
        beside = ", ".join(options.given("--format", "--language", "--results")) or form
        message = "--show is about --format text, markdown and sarif, and --summary"
        raise click.UsageError(f"{message}: leave it out beside {beside}")
    now = at or datetime.now(UTC)
    chosen = policies.read(policy)
    plan = make_plan(
        chosen,
        inputs=inputs.parse(input_),
        as_of=as_of or (at.date() if at else None),
        select=policies.split(select),
        ignore=policies.split(ignore),
    )
    found = _find(src, files_from, Selection(exclude, ignores=not no_ignore), since=since)
    outputs = {
        "--output": output,
        "--summary": summary,
        "--receipt": receipt,
        "--results": scale.results,
        "--baseline": baseline_,
    }
    refuse_sources(found, outputs)
    known = baseline.load(baseline_) if baseline_ and not update_baseline else None
    work = Checking(
        form=scale.form(form),
        run=terminal.run(
            now,
            show,
            is_standard=output is None,
            language=options.page_language(language, form),
        ),
        scope=CheckRun(plan, len(found)),
        trust=trust,
        baseline=known,
        before=before,
        strict=strict,
        require_determined=require_determined,
        # What this very run accepts must not make it fail.
        exit_zero=exit_zero or update_baseline,
        observed=form in _GATHERED or any((statistics, baseline_, before, receipt, summary)),
        hashed=receipt is not None,
        repository=repository,
        is_unlisted=anchors.is_unlisted(),
    )
    sealer = open_signer(credentials.identify()) if receipt else None
    parameters = click.get_current_context().params
    head = receipt_head.head(plan, trust=trust, policies=chosen, parameters=parameters)
    books = Bookkeeping(work, path=baseline_, summary=summary, counts=statistics)
    recorder = recording(receipt, sealer, head, files=len(found), entry=_entry)
    with redirected(output), recorder as record:
        observe = partial(books.observe, record=record) if work.observed else None
        output_ = BatchOutput(OUTCOMES, quiet, observe, _gathering(form, work.run), scale)
        code = process(work, found, output_, jobs=jobs)
        if form == TEXT:
            terminal.write(books.counts())
    books.close(shows_counts=form != TEXT)
    return code


def _find(
    src: tuple[str, ...], files_from: str | None, selection: Selection, *, since: str | None
) -> list[File]:
    """The files to check.

    Arguments:
        src: Files, folders and patterns.
        files_from: A list of further ones.
        selection: The rules that leave out files of folders.
        since: The revision of git since which they changed.

    Raises:
        UsageError: Nothing is named.
    """
    if not src and files_from is None:
        raise click.UsageError("missing argument SRC: name files or folders, or --files-from")
    if files_from is not None:
        src = (*src, *files.listed(files_from))
    if since is None:
        if not src:  # a list that a mistake left empty must not pass
            return [File(f"{files_from}", error="it lists no files, so nothing was looked at")]
        return files.find(src, selection=selection)
    found = files.find(src, selection=selection)
    is_changed = changed.since(since)
    found = [file for file in found if is_changed(file.path)]
    if not found:
        messages.tell(messages.line(f"nothing changed since {since}"))
    return found


class Bookkeeping:
    """The results of a check that are kept besides its output: counts, a page, a baseline.

    Arguments:
        work: The check.
        path: The baseline; None without one.
        summary: The page to which a summary is appended; None without one.
        counts: Whether what each rule found is counted.
    """

    def __init__(
        self, work: Checking, *, path: Path | None, summary: Path | None, counts: bool
    ) -> None:
        self._work = work
        self._path = path
        self._summary = summary
        self._page = Summary(work.scope, work.run)
        self._statistics = Statistics() if counts else None
        self._files: list[str] = []
        self._acceptable: list[Accepted] = []
        self._new: list[str] = []

    def observe(self, checked: Checked, *, record: Callable[[Checked], None] | None) -> None:
        """Take a result, which a receipt may `record`."""
        if record:
            record(checked)
        if checked.is_new:
            self._new.append(checked.file)
        if self._path:
            self._files.append(checked.file)
            acceptable = Baseline(self._path).acceptable(checked.file, checked.findings)
            self._acceptable.extend(acceptable)
        if self._statistics:
            self._statistics.observe(checked)
        if self._summary:
            self._page.observe(checked)

    def counts(self) -> str:
        """The number of findings of each rule, as a table; empty if they are not counted."""
        return self._statistics.render(self._work.run) if self._statistics else ""

    def close(self, *, shows_counts: bool) -> None:
        """Write page and baseline, and tell what is new, accepted and obsolete.

        Arguments:
            shows_counts: Whether the counts are told as well.

        Raises:
            ClickException: A file cannot be written.
        """
        if self._summary:
            _append(self._summary, self._page.render())
        if shows_counts and (counts := self.counts()):
            messages.tell(counts.rstrip("\n"))
        if new := self._new:
            message = f"{number(len(new), 'file')} not there before, such as {new[0]}"
            place = f"{self._work.before}"
            messages.tell(messages.line(place, f"{message}: what they lost, nothing shows"))
        known = self._work.baseline
        if self._path and known is None:
            baseline.write(self._path, self._acceptable)
        if known:
            used = {entry for each in self._acceptable if (entry := known.entry(each))}
            obsolete = known.obsolete(self._files, used)
            text = f"{known.path} accepts {number(len(used), 'finding')}"
            text += f"; {obsolete:,} obsolete, --update-baseline drops them" if obsolete else ""
            messages.tell(messages.line(text))


def _gathering(form: str, run: Run) -> Gathering | None:
    """Writes the results of several files together, in formats that want it."""
    if form == TEXT:
        from aidisclose.render.folders import Folders

        return Folders(run)
    if form == SARIF:
        from aidisclose.render.sarif import Capped

        return Capped(run)
    if form == "github":
        from aidisclose.render import alerts
        from aidisclose.render.github import FirstTen

        return FirstTen(alerts.of_checked)
    if form == "markdown":
        from aidisclose.render.markdown import ByRule

        return ByRule(run)
    if form == "html":
        from aidisclose.render.page.gap import ByMeasure

        return ByMeasure(run)
    return None


def _append(path: Path, text: str) -> None:
    try:
        # $GITHUB_STEP_SUMMARY is one file for all steps of a job, which other actions write to as
        # well.
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise click.ClickException(f"{path}: {messages.why(error)}") from None
