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
from aidisclose.cli.baseline import Accepted
from aidisclose.cli.batch import Output, process
from aidisclose.cli.destination import redirected, writing
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.identity import identify, open_signer
from aidisclose.cli.work import Outcome
from aidisclose.io.digest import Progress
from aidisclose.policy import inputs
from aidisclose.policy.check import plan as make_plan
from aidisclose.policy.own import Policy, parse
from aidisclose.policy.receipt import Chain
from aidisclose.policy.rule import Finding
from aidisclose.policy.rule import Outcome as Found
from aidisclose.render import CHECKS, load_check
from aidisclose.render.checked import OUTCOMES, Checked, Scope
from aidisclose.render.checked_json import describe, describe_plan
from aidisclose.render.renderer import Run
from aidisclose.render.table import render as render_table
from aidisclose.render.words import moment
from aidisclose.signing.signer import Signer
from aidisclose.trust.anchors import TrustConfig
from aidisclose.version import VERSION

_TEXT: Final = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """What is asked of every file.

    Attributes:
        form: Name of the renderer.
        run: What the renderer is told.
        scope: The rules.
        trust: Whom the user trusts.
        accepted: What a baseline accepts.
        strict: Whether warnings count as failures.
        require_determined: Whether what is undetermined counts.
        exit_zero: Whether nothing that is found counts.
        observed: Whether the findings are wanted, and not only their text.
        hashed: Whether the hash of each file is wanted as well.
    """

    form: str
    run: Run
    scope: Scope
    trust: TrustConfig
    accepted: frozenset[Accepted] = frozenset()
    strict: bool = False
    require_determined: bool = False
    exit_zero: bool = False
    observed: bool = False
    hashed: bool = False

    def do(self, file: File, progress: Progress) -> Outcome:
        """See `batch.Work`."""
        source: str | bytes | BinaryIO = files.open_stdin() if file.path == STDIN else file.path
        report = ad.verify(
            source, trust=self.trust, at=self.run.time, hashed=self.hashed, progress=progress
        )
        found = self.scope.plan.judge(report, file=file.path)
        findings = tuple(self._weigh(file.path, each) for each in found)
        checked = Checked(file.path, report.media_type, report.state.value, findings)
        return self._outcome(checked, self._code(findings), report.sha256)

    def fail(self, file: File, reason: str, code: Exit) -> Outcome:
        """See `batch.Work`."""
        outcome = self._outcome(Checked(file.path, error=reason), code, None)
        return outcome._replace(message=messages.line(file.path, reason))

    def _outcome(self, checked: Checked, code: Exit, digest: str | None) -> Outcome:
        text = load_check(self.form, self.scope).result(checked, self.run)
        data = (checked, digest) if self.observed else None
        return Outcome(checked.outcome, code, text, data=data)

    def _weigh(self, file: str, finding: Finding) -> Finding:
        is_accepted = baseline.key(file, finding) in self.accepted
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
) -> Iterator[Callable[[Outcome], None] | None]:
    """Writes a receipt of what is observed; also of what was done until an interruption."""
    if path is None or signer is None:
        yield None
        return
    tool = {"name": "aidisclose", "version": VERSION}
    head = {"tool": tool, "time": moment(work.run.time), **describe_plan(work.scope.plan)}
    done = 0
    with writing(path) as file:
        chain = Chain(file.write, head)

        def observe(outcome: Outcome) -> None:
            nonlocal done
            done += 1
            checked, digest = outcome.data
            chain.add({**describe(checked), "sha256": digest})

        try:
            yield observe
        finally:
            chain.seal(
                complete=done == work.scope.files,
                alg=signer.alg,
                chain=signer.chain,
                sign=signer.sign,
            )


def _day(_ctx: click.Context, _option: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day such as 2026-12-02") from None


@click.command(cls=options.Command)
@options.sources()
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
@click.option("--since", metavar="REV", help="Only files that changed since a git revision.")
@click.option("--receipt", type=options.FILE, metavar="FILE", help="Write a signed record.")
@options.setting("--cert", type=options.FILE, metavar="PEM", help="Who signs the receipt.")
@options.setting("--key", type=options.FILE, metavar="PEM", help="The key for that.")
@options.setting("--signer", metavar="URI", help="The same, of a device.")
@options.trust
@click.option("--at", callback=options.moment, metavar="RFC3339", help="What counts as now.")
@options.format_option(tuple(CHECKS))
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="Where the report goes.")
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
    found = files.find(src)
    if since is not None:
        found = changed.since(since, found)
        if not found:
            messages.tell(messages.line(f"nothing changed since {since}"))
    work = Checking(
        form=form,
        run=Run(now, terminal.style(None if output else sys.stdout)),
        scope=Scope(plan, len(found)),
        trust=anchors.load(
            trust=trust, tsa_trust=tsa_trust, allowed=allowed, default=not no_default_trust
        ),
        accepted=baseline.load(baseline_) if baseline_ and not update_baseline else frozenset(),
        strict=strict,
        require_determined=require_determined,
        exit_zero=exit_zero or update_baseline,
        observed=statistics or update_baseline or receipt is not None,
        hashed=receipt is not None,
    )
    sealer = None
    if receipt:
        sealer = open_signer(identify(ctx, cert=cert, key=key, signer=signer, alg=None))
    kept: list[Accepted] | None = [] if update_baseline else None
    counted = _Statistics() if statistics else None
    with redirected(output), _receipt(receipt, sealer, work) as record:

        def observe(outcome: Outcome) -> None:
            checked: Checked = outcome.data[0]
            if record:
                record(outcome)
            if kept is not None:
                kept.extend(baseline.acceptable(checked.file, checked.findings))
            if counted:
                counted.observe(checked)

        told = observe if work.observed else None
        renderer = load_check(form, work.scope)
        written = Output(renderer, work.run, OUTCOMES, form == _TEXT, quiet, told)
        code = process(work, found, written, jobs=jobs)
        if counted and form == _TEXT:
            terminal.write(counted.render(work.run))
    if counted and form != _TEXT:
        messages.tell(counted.render(work.run).rstrip("\n"))
    if kept is not None and baseline_ is not None:
        baseline.write(baseline_, kept)
    return code


def _split(values: tuple[str, ...]) -> list[str]:
    return [part.strip() for each in values for part in each.split(",")]
