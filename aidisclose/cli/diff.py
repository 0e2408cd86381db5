"""`aidisclose diff`: which disclosures survived a processing step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click

import aidisclose as ad
from aidisclose.cli import candidates, files, options, policies, terminal
from aidisclose.cli.batch import BatchOutput, process
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import File
from aidisclose.cli.selection import Selection
from aidisclose.cli.work import Work
from aidisclose.frozen import dataclass
from aidisclose.io.digest import Progress
from aidisclose.policy import inputs
from aidisclose.policy.check import Plan
from aidisclose.policy.check import plan as make_plan
from aidisclose.policy.compare import Difference, vanished
from aidisclose.policy.rule import Finding
from aidisclose.render import formats
from aidisclose.render.compared import OUTCOMES, Compared
from aidisclose.render.renderer import Renderer
from aidisclose.trust.config import TrustConfig


@dataclass(frozen=True, kw_only=True)
class Comparison(Work[Compared]):
    """The comparison of each pair of files.

    Attributes:
        trust: The authorities and signers that the user trusts.
        after: The file or folder after the step.
        rules: Patterns of names, and what they became.
        plan: The rules about what a step has to keep, if the user asks for them.
    """

    trust: TrustConfig
    after: Path
    rules: tuple[tuple[str, str], ...]
    plan: Plan | None = None

    def do(self, file: File, progress: Progress) -> Compared:
        """See `Work.do`."""
        after = self._counterpart(file)
        old = ad.verify(file.path, trust=self.trust, at=self.run.time, progress=progress)
        if file.root is not None and not after.exists():
            return Compared(
                file.path, str(after), _gone(old), self._judge(vanished(old), old, after)
            )
        new = ad.verify(after, trust=self.trust, at=self.run.time)
        findings = self._judge(new, old, after)
        return Compared(file.path, str(after), tuple(ad.diff(old, new)), findings)

    def failed(self, file: File, reason: str) -> Compared:
        """See `Work.failed`."""
        return Compared(file.path, str(self._counterpart(file)), error=reason)

    def code(self, result: Compared) -> Exit:
        """Whether everything was kept."""
        return Exit.FAILED if result.outcome == "lost" else Exit.OK

    @property
    def renderer(self) -> Renderer[Compared]:
        """See `Work.renderer`."""
        return formats.renderer("diff", self.form, self.run)

    def _judge(self, new: ad.Report, old: ad.Report, after: Path) -> tuple[Finding, ...]:
        if self.plan is None:
            return ()
        return tuple(self.plan.judge(new, file=str(after), before=old))

    def _counterpart(self, file: File) -> Path:
        if file.root is None:
            return self.after / Path(file.path).name if self.after.is_dir() else self.after
        name = Path(file.path).relative_to(file.root).as_posix()
        return self.after / rename(name, self.rules)


def _gone(report: ad.Report) -> tuple[Difference, ...]:
    """The disclosures that are lost with a file that does not exist any more."""
    if report.store is None and not report.disclosure.carriers:
        return ()
    label = report.store.active.label if report.store else ""
    return (Difference("file", label, None, is_kept=False, how="not there any more; see --map"),)


def rename(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    """The name of a file after the step: by the first pattern that fits, else the same."""
    for old, new in rules:
        pattern = re.escape(old).replace(r"\*", "(.*)")
        if match := re.fullmatch(pattern, name, re.DOTALL):
            return new.replace("*", match[1] if match.groups() else "")
    return name


def _rules(
    _ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    return tuple(_parse_rules(values))


def _parse_rules(values: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for value in values:
        old, equals, new = value.partition("=")
        if not (equals and old and new and old.count("*") == new.count("*") <= 1):
            raise click.BadParameter(f"invalid renaming {value!r}, unlike *.png=*.webp")
        yield old, new


@click.command(cls=options.Command)
@click.argument("before")
@click.argument("after", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "rules",
    multiple=True,
    callback=_rules,
    metavar="OLD=NEW",
    help="How names changed in the folder: *.png=*.webp.",
)
@click.option(
    "--policy",
    multiple=True,
    metavar="P[,P]",
    shell_complete=candidates.policies,
    help="Name the rules of these profiles or TOML files about what a step has to keep.",
)
@policies.stated(click.option)
@options.excluded
@options.trust
@options.at
@options.format_option("diff")
@options.language
@click.option("-q", "--quiet", is_flag=True, help="Only show files that lost something.")
@options.jobs
def command(
    before: str,
    after: Path,
    rules: tuple[tuple[str, str], ...],
    policy: tuple[str, ...],
    input_: tuple[str, ...],
    as_of: date | None,
    selection: Selection,
    trust: TrustConfig,
    at: datetime | None,
    form: str,
    language: str | None,
    quiet: bool,
    jobs: int | None,
) -> Exit:
    """Compare files before and after a processing step: which disclosures are still there?

    Folders are compared file by file, by name. A manifest that became an ingredient of another is
    kept. Exits with 1 if anything was lost. With --policy, the rules that ask for it are named.
    """
    if (input_ or as_of) and not policy:
        raise click.UsageError("--input and --as-of are about rules: name them with --policy")
    plan = None
    if policy:
        plan = make_plan(
            policies.read(policy),
            inputs=inputs.parse(input_),
            as_of=as_of or (at.date() if at else None),
        ).of_steps
    if Path(before).is_dir() and after.exists() and not after.is_dir():
        raise click.UsageError(f"{before} is a folder and {after} is not: name two of a kind")
    run = terminal.run(at or datetime.now(UTC), language=options.page_language(language, form))
    work = Comparison(
        form=form,
        run=run,
        trust=trust,
        after=after,
        rules=rules,
        plan=plan,
    )
    return process(
        work, files.find([before], selection=selection), BatchOutput(OUTCOMES, quiet), jobs=jobs
    )
