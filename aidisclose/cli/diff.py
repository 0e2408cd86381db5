"""`aidisclose diff`: which disclosures survived a processing step."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import click

import aidisclose as ad
from aidisclose.cli import anchors, files, messages, options, terminal
from aidisclose.cli.batch import BatchOutput, process
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import File
from aidisclose.cli.work import Done
from aidisclose.io.digest import Progress
from aidisclose.policy.compare import Difference
from aidisclose.render import json
from aidisclose.render.renderer import UNREADABLE, Renderer, Run, nothing
from aidisclose.render.safe import clean
from aidisclose.render.style import COLOURS
from aidisclose.render.text import summarize
from aidisclose.trust.anchors import TrustConfig

#: What a summary counts; `none` is a file that disclosed nothing before.
_OUTCOMES: Final = ("kept", "lost", "none", UNREADABLE)


class _Compared(NamedTuple):
    """What became of one file."""

    before: str
    after: str
    changes: tuple[Difference, ...] = ()
    error: str | None = None

    @property
    def outcome(self) -> str:
        if self.error is not None:
            return UNREADABLE
        if not self.changes:
            return "none"
        return "kept" if all(each.is_kept for each in self.changes) else "lost"


def _text(compared: _Compared, run: Run) -> str:
    if compared.error is not None:
        return ""
    outcome = compared.outcome
    label = run.style.paint(f"{outcome:<4}", COLOURS[outcome], "bold")
    names = f"{clean(compared.before, None)} → {clean(compared.after, None)}"
    lines = [f"{label}  {names}"]
    for each in compared.changes:
        word = run.style.paint(
            "kept" if each.is_kept else "lost", COLOURS["kept" if each.is_kept else "lost"]
        )
        value = each.before if each.is_kept else f"{each.before} → {each.after or 'nothing'}"
        lines.append(f"  {word}  {clean(each.carrier)}, {each.how}: {clean(value)}")
    if not compared.changes:
        lines.append("  nothing was disclosed before")
    return "".join(f"{line}\n" for line in lines)


def _json(compared: _Compared, _run: Run) -> str:
    return json.element(
        {
            "before": compared.before,
            "after": compared.after,
            "outcome": compared.outcome,
            "changes": [
                {
                    "carrier": each.carrier,
                    "before": each.before,
                    "after": each.after,
                    "kept": each.is_kept,
                    "how": each.how,
                }
                for each in compared.changes
            ],
            "error": compared.error,
        }
    )


_RENDERERS: Final[Mapping[str, Renderer[_Compared]]] = {
    "text": Renderer(begin=nothing, result=_text, end=summarize),
    "json": Renderer(begin=json.begin, result=_json, end=json.end, separator=","),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How each file is compared.

    Attributes:
        form: Name of the renderer.
        run: What the renderer is told.
        trust: Whom the user trusts.
        after: The file or folder after the step.
        rules: Patterns of names, and what they became.
    """

    form: str
    run: Run
    trust: TrustConfig
    after: Path
    rules: tuple[tuple[str, str], ...]

    def do(self, file: File, progress: Progress) -> Done:
        """See `batch.Work`."""
        after = self._counterpart(file)
        old = ad.verify(file.path, trust=self.trust, at=self.run.time, progress=progress)
        if file.root is not None and not after.exists():
            return self._outcome(_Compared(file.path, str(after), _gone(old)))
        new = ad.verify(after, trust=self.trust, at=self.run.time)
        return self._outcome(_Compared(file.path, str(after), tuple(ad.diff(old, new))))

    def fail(self, file: File, reason: str, code: Exit) -> Done:
        """See `batch.Work`."""
        after = str(self._counterpart(file))
        compared = _Compared(file.path, after, error=reason)
        text = _RENDERERS[self.form].result(compared, self.run)
        line = messages.line(f"{file.path} → {after}", reason)
        return Done(compared.outcome, code, text, line)

    def _outcome(self, compared: _Compared) -> Done:
        text = _RENDERERS[self.form].result(compared, self.run)
        code = Exit.FAILED if compared.outcome == "lost" else Exit.OK
        return Done(compared.outcome, code, text)

    def _counterpart(self, file: File) -> Path:
        if file.root is None:
            return self.after / Path(file.path).name if self.after.is_dir() else self.after
        name = Path(file.path).relative_to(file.root).as_posix()
        return self.after / rename(name, self.rules)


def _gone(report: ad.Report) -> tuple[Difference, ...]:
    """What is lost with a file that is not there any more."""
    if report.store is None and not report.disclosure.carriers:
        return ()
    label = report.store.active.label if report.store else ""
    return (Difference("file", label, None, is_kept=False, how="not there any more; see --map"),)


def rename(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    """What a file is called after the step: by the first pattern that fits, else the same."""
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
            raise click.BadParameter(f"{value!r} is no renaming such as *.png=*.webp")
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
@options.trust
@click.option("--at", callback=options.moment, metavar="RFC3339", help="What counts as now.")
@options.format_option(tuple(_RENDERERS))
@click.option("-q", "--quiet", is_flag=True, help="Write only about files that lost something.")
@options.jobs
def command(
    before: str,
    after: Path,
    rules: tuple[tuple[str, str], ...],
    trust: tuple[Path, ...],
    tsa_trust: tuple[Path, ...],
    allowed: tuple[Path, ...],
    no_default_trust: bool,
    at: datetime | None,
    form: str,
    quiet: bool,
    jobs: int | None,
) -> Exit:
    """Compare files before and after a processing step: which disclosures are still there?

    Folders are compared file by file, by name. A manifest that became an ingredient of another is
    kept. Exits with 1 if anything was lost.
    """
    run = Run(at or datetime.now(UTC), terminal.style(sys.stdout))
    work = Comparison(
        form=form,
        run=run,
        trust=anchors.load(
            trust=trust, tsa_trust=tsa_trust, allowed=allowed, default=not no_default_trust
        ),
        after=after,
        rules=rules,
    )
    output = BatchOutput(_RENDERERS[form], run, _OUTCOMES, form == "text", quiet)
    return process(work, files.find([before]), output, jobs=jobs)
