"""`aidisclose check`: what the rules of laws, standards and one's own policies find in files."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO, Final

import click

import aidisclose as ad
from aidisclose.cli import anchors, baseline, changed, files, messages, options, terminal
from aidisclose.cli.baseline import Accepted, Baseline
from aidisclose.cli.batch import BatchOutput, process
from aidisclose.cli.destination import redirected, writing
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.identity import identify, open_signer
from aidisclose.cli.interrupts import held
from aidisclose.cli.selection import Selection
from aidisclose.cli.work import Done
from aidisclose.io.digest import Progress
from aidisclose.policy import inputs
from aidisclose.policy.check import plan as make_plan
from aidisclose.policy.own import Policy, parse
from aidisclose.policy.receipt import Chain
from aidisclose.policy.rule import Finding
from aidisclose.policy.rule import Outcome as Found
from aidisclose.render import CHECKS, load_check
from aidisclose.render.checked import OUTCOMES, Checked, CheckRun
from aidisclose.render.checked_json import describe, describe_plan
from aidisclose.render.renderer import Run
from aidisclose.render.table import render as render_table
from aidisclose.render.words import moment, number
from aidisclose.signing.signer import Signer
from aidisclose.trust.anchors import TrustConfig
from aidisclose.version import VERSION

_TEXT: Final = "text"
#: Bytes of findings in a summary: GitHub takes 1 MiB of all steps of a job.
_SUMMARY: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """What is asked of every file.

    Attributes:
        form: Name of the renderer.
        run: What the renderer is told.
        scope: The rules.
        trust: Whom the user trusts.
        baseline: What is accepted.
        before: File or folder with the files as they were before a step.
        strict: Whether warnings count as failures.
        require_determined: Whether what is undetermined counts.
        exit_zero: Whether nothing that is found counts.
        observed: Whether the findings are wanted, and not only their text.
        hashed: Whether the hash of each file is wanted as well.
    """

    form: str
    run: Run
    scope: CheckRun
    trust: TrustConfig
    baseline: Baseline | None = None
    before: Path | None = None
    strict: bool = False
    require_determined: bool = False
    exit_zero: bool = False
    observed: bool = False
    hashed: bool = False

    def do(self, file: File, progress: Progress) -> Done:
        """See `batch.Work`."""
        source: str | bytes | BinaryIO = files.open_stdin() if file.path == STDIN else file.path
        report = ad.verify(
            source, trust=self.trust, at=self.run.time, hashed=self.hashed, progress=progress
        )
        found = self.scope.plan.judge(report, file=file.path, before=self._before(file))
        findings = tuple(self._weigh(file.path, each) for each in found)
        checked = Checked(file.path, report.media_type, report.state.value, findings)
        return self._outcome(checked, self._code(findings), report.sha256)

    def fail(self, file: File, reason: str, code: Exit) -> Done:
        """See `batch.Work`."""
        outcome = self._outcome(Checked(file.path, error=reason), code, None)
        return outcome._replace(message=messages.line(file.path, reason))

    def _outcome(self, checked: Checked, code: Exit, digest: str | None) -> Done:
        text = load_check(self.form, self.scope).result(checked, self.run)
        data = (checked, digest) if self.observed else None
        return Done(checked.outcome, code, text, data=data)

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
        is_accepted = known is not None and known.key(file, finding) in known.accepted
        return replace(finding, is_accepted=True) if is_accepted else finding

    def _code(self, findings: tuple[Finding, ...]) -> Exit:
        if self.exit_zero:
            return Exit.OK
        if any(each.is_broken or (self.strict and each.is_warning) for each in findings):
            return Exit.FAILED
        is_open = any(each.outcome is Found.UNDETERMINED for each in findings)
        return Exit.UNDETERMINED if is_open and self.require_determined else Exit.OK


class _Statistics:
    """How often each rule found what."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._titles: dict[str, str] = {}

    def observe(self, checked: Checked) -> None:
        for each in checked.findings:
            self._titles[each.rule.id] = each.rule.title
            self._counts[each.rule.id, each.outcome.value] += 1

    def render(self, run: Run) -> str:
        names = [each.value for each in Found]
        rows = [
            (id_, *(f"{self._counts[id_, name]:,}" for name in names), title)
            for id_, title in self._titles.items()
        ]
        return render_table(("rule", *names, "requires that"), rows, run.style)


def _policies(names: tuple[str, ...]) -> list[str | Policy]:
    """Built-in profiles by name, and policies in files."""
    found: list[str | Policy] = []
    for name in (part.strip() for each in names for part in each.split(",")):
        if not name.endswith(".toml"):
            found.append(name)
            continue
        path = Path(name)
        try:
            found.append(parse(files.read_small(path), name=path.stem))
        except ValueError as error:
            raise click.ClickException(f"{path}: {error}") from None
    return found


@contextlib.contextmanager
def _receipt(
    path: Path | None, signer: Signer | None, work: Checking
) -> Iterator[Callable[[Done], None] | None]:
    """Writes a receipt of what is observed; also of what was done until an interruption."""
    if path is None or signer is None:
        yield None
        return
    tool = {"name": "aidisclose", "version": VERSION}
    head = {"tool": tool, "time": moment(work.run.time), **describe_plan(work.scope.plan)}
    done = 0
    with writing(path) as file, contextlib.ExitStack() as stack:
        # What is begun is sealed, whenever a signal comes.
        with held():
            chain = Chain(file.write, head)

            def seal() -> None:
                with held():
                    chain.seal(
                        complete=done == work.scope.files,
                        alg=signer.alg,
                        chain=signer.chain,
                        sign=signer.sign,
                    )

            stack.callback(seal)

        def observe(outcome: Done) -> None:
            nonlocal done
            done += 1
            checked, digest = outcome.data
            chain.add({**describe(checked), "sha256": digest})

        yield observe


def _day(_ctx: click.Context, _option: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day such as 2026-12-02") from None


def _shown(
    _ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> frozenset[str]:
    known = {each.value for each in Found}
    names = {part.strip() for each in values for part in each.split(",")}
    if unknown := sorted(names - known - {"all"}):
        raise click.BadParameter(
            f"unknown outcome {unknown[0]!r} (choose from all, {', '.join(sorted(known))})"
        )
    return frozenset(known if "all" in names else names)


class _Summary:
    """What is appended to a file in Markdown, in one piece at the end."""

    def __init__(self, scope: CheckRun, run: Run) -> None:
        self._renderer = load_check("markdown", scope)
        self._run = run
        self._lines = [self._renderer.begin(run)]
        self._size = 0
        self._more = 0
        self._counts = dict.fromkeys(OUTCOMES, 0)

    def observe(self, checked: Checked) -> None:
        self._counts[checked.outcome] += 1
        text = self._renderer.result(checked, self._run)
        if self._size + len(text.encode()) > _SUMMARY:
            self._more += 1
        else:
            self._size += len(text.encode())
            self._lines.append(text)

    def append(self, path: Path) -> None:
        if self._more:
            self._lines.append(f"- and {number(self._more, 'file')} more\n")
        self._lines.append(self._renderer.end(self._counts, self._run))
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write("".join(self._lines))
        except OSError as error:
            raise click.ClickException(f"{path}: {messages.why(error)}") from None


@click.command(cls=options.Command)
@options.sources(required=False)
@options.setting(
    "--policy",
    multiple=True,
    required=True,
    metavar="P[,P]",
    help="Profiles (`aidisclose rule` lists them; NAME@VERSION for an older text) or TOML files.",
)
@options.setting(
    "--select", multiple=True, metavar="ID", help="Judge these rules only: EU, PAI-001."
)
@options.setting("--ignore", multiple=True, metavar="ID", help="Do not judge these rules.")
@options.setting(
    "--input", "input_", multiple=True, metavar="NAME=VALUE", help="A premise: ai=yes."
)
@options.setting("--as-of", callback=_day, metavar="DATE", help="The day whose law counts.")
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
@options.setting(
    "--exclude",
    multiple=True,
    metavar="GLOB",
    help="Leave files and folders out, as a line of .gitignore does.",
)
@click.option("--no-ignore", is_flag=True, help="Take what .gitignore or the defaults leave out.")
@click.option("--files-from", metavar="FILE", help="Check the files that this file lists; - reads.")
@click.option("--since", metavar="REV", help="Only files that changed since a git revision.")
@click.option("--receipt", type=options.FILE, metavar="FILE", help="Write a signed record.")
@options.setting("--cert", type=options.FILE, metavar="PEM", help="Who signs the receipt.")
@options.setting("--key", type=options.FILE, metavar="PEM", help="The key for that.")
@options.setting("--signer", metavar="URI", help="The same, of a device.")
@options.trust
@click.option("--at", callback=options.moment, metavar="RFC3339", help="What counts as now.")
@options.format_option(tuple(CHECKS))
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="Where the report goes.")
@click.option(
    "--summary",
    type=options.FILE,
    metavar="FILE",
    help="Append a summary in Markdown to this file, such as $GITHUB_STEP_SUMMARY.",
)
@click.option(
    "--show",
    multiple=True,
    metavar="OUTCOME",
    callback=_shown,
    help="List undetermined or pass as well, or all; failures and warnings always are.",
)
@options.setting("--statistics", is_flag=True, help="Count what each rule found.")
@click.option("-q", "--quiet", is_flag=True, help="Write only about files that do not hold.")
@options.jobs
@click.pass_context
def command(
    ctx: click.Context,
    /,
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
    exclude: tuple[str, ...],
    no_ignore: bool,
    files_from: str | None,
    since: str | None,
    receipt: Path | None,
    cert: Path | None,
    key: Path | None,
    signer: str | None,
    trust: tuple[Path, ...],
    tsa_trust: tuple[Path, ...],
    allowed: tuple[Path, ...],
    no_default_trust: bool,
    at: datetime | None,
    form: str,
    output: Path | None,
    summary: Path | None,
    show: frozenset[str],
    statistics: bool,
    quiet: bool,
    jobs: int | None,
) -> Exit:
    """Judge files by the rules of laws, standards and policies of your own.

    Each rule passes, warns, fails or is undetermined, and says why. What a file cannot show is
    undetermined, never failed: state what you know with --input. Nothing here says that a file
    complies with a law.
    """
    if update_baseline and baseline_ is None:
        raise click.UsageError("--update-baseline needs --baseline FILE")
    now = at or datetime.now(UTC)
    try:
        plan = make_plan(
            _policies(policy),
            inputs=inputs.parse(input_),
            as_of=as_of or (at.date() if at else None),
            select=_split(select),
            ignore=_split(ignore),
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if not src and files_from is None:
        raise click.UsageError("missing argument SRC: name files or folders, or --files-from")
    if files_from is not None:
        src = (*src, *files.listed(files_from))
        if not src:
            messages.tell(messages.line(f"{files_from} lists no files"))
    found = files.find(src, selection=Selection(exclude, ignores=not no_ignore))
    if since is not None:
        found = changed.since(since, found)
        if not found:
            messages.tell(messages.line(f"nothing changed since {since}"))
    known = baseline.load(baseline_) if baseline_ and not update_baseline else None
    work = Checking(
        form=form,
        run=Run(now, terminal.style(None if output else sys.stdout), show),
        scope=CheckRun(plan, len(found)),
        trust=anchors.load(
            trust=trust, tsa_trust=tsa_trust, allowed=allowed, default=not no_default_trust
        ),
        baseline=known,
        before=before,
        strict=strict,
        require_determined=require_determined,
        exit_zero=exit_zero or update_baseline,
        observed=any((statistics, baseline_, receipt, summary)),
        hashed=receipt is not None,
    )
    sealer = None
    if receipt:
        sealer = open_signer(identify(ctx, cert=cert, key=key, signer=signer, alg=None))
    kept: list[Accepted] = []
    checked_files: list[str] = []
    counted = _Statistics() if statistics else None
    page = _Summary(work.scope, work.run) if summary else None
    with redirected(output), _receipt(receipt, sealer, work) as record:

        def observe(outcome: Done) -> None:
            checked: Checked = outcome.data[0]
            if record:
                record(outcome)
            if baseline_:
                checked_files.append(checked.file)
                kept.extend(Baseline(baseline_).acceptable(checked.file, checked.findings))
            if counted:
                counted.observe(checked)
            if page:
                page.observe(checked)

        told = observe if work.observed else None
        renderer = load_check(form, work.scope)
        written = BatchOutput(renderer, work.run, OUTCOMES, form == _TEXT, quiet, told)
        code = process(work, found, written, jobs=jobs)
        if counted and form == _TEXT:
            terminal.write(counted.render(work.run))
    if page and summary:
        page.append(summary)
    if counted and form != _TEXT:
        messages.tell(counted.render(work.run).rstrip("\n"))
    if baseline_ and known is None:
        baseline.write(baseline_, kept)
    if known:
        used = known.accepted.intersection(kept)
        obsolete = known.obsolete(checked_files, used)
        text = f"{known.path} accepts {number(len(used), 'finding')}"
        text += f"; {obsolete:,} obsolete, --update-baseline drops them" if obsolete else ""
        messages.tell(messages.line(text))
    return code


def _split(values: tuple[str, ...]) -> list[str]:
    return [part.strip() for each in values for part in each.split(",")]
