"""Many files: on a cluster, with results in a file that can be continued."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from aidisclose import limits
from aidisclose.cli import interrupts, messages, options
from aidisclose.cli.files import STDIN, File
from aidisclose.cli.progress import LocalMeter, Meter
from aidisclose.cli.work import Done, Work, given_up, perform, portions
from aidisclose.named import NamedTuple
from aidisclose.trust.config import TrustConfig

if TYPE_CHECKING:
    from aidisclose.cli.results import Sink

#: Files and bytes of a batch: handing over one takes some milliseconds.
_FILES: Final = 50
_BYTES: Final = 64 * limits.MIB
#: Parameters that decide which files are worked on, where, and how it is told: a run that is
#: continued may have others.
_AROUND: Final = frozenset(
    {
        *("src", "files_from", "exclude", "no_ignore", "since"),
        *("jobs", "cluster", "results", "resume", "quiet", "form", "language"),
        *("output", "summary", "statistics", "show", "force", "skip_existing"),
    }
)
#: Those of a receipt, which no run has that is continued. Where there is none, they sign files.
_RECEIPT: Final = frozenset({"receipt", "cert", "key", "receipt_signer", "credentials"})
#: Of the hash in the name of a run: nobody is to be misled by it but by mistake.
_DIGITS: Final = 16


class Scale(NamedTuple):
    """The options that say how many files are worked on, and where.

    Attributes:
        cluster: The address of a cluster; None for this machine.
        results: The file that gets the results; None for standard output.
        resume: Whether to continue what is in it.
    """

    cluster: str | None = None
    results: Path | None = None
    resume: bool = False

    def form(self, chosen: str) -> str:
        """The format of the output: a file of results has its own.

        Raises:
            UsageError: Both are named on the command line.
        """
        options.refuse_beside(
            "--results", "--format", "--language", reason="has a format of its own"
        )
        return "jsonl" if self.results is not None else chosen

    def refuse_rest(self, *outputs: str) -> None:
        """Raise UsageError if outputs stand beside `--resume` that would be about the rest alone.

        Arguments:
            outputs: The options that ask for them.
        """
        options.refuse_beside("--resume", *outputs, reason="passes over files that have results")

    @contextlib.contextmanager
    def sink(self) -> Iterator[Sink | None]:
        """The file that results go into instead of standard output, until the block ends.

        Raises:
            ClickException: See `results.opened`.
        """
        if self.results is None:
            yield None
            return
        from aidisclose.cli import results

        with results.opened(self.results, resume=self.resume, run=_run()) as sink:
            if sink.known:
                text = f"{self.results} has the results of {len(sink.known):,} files already"
                messages.tell(messages.line(text))
            yield sink

    @contextlib.contextmanager
    def outcomes(
        self, work: Work[Any], files: Sequence[File], meter: Meter
    ) -> Iterator[Iterator[Done]]:
        """The results of the cluster for these files, in their order, until the block ends.

        Raises:
            UsageError: Standard input is one of them.
            AidiscloseError: The cluster cannot be used.
        """
        from aidisclose.cluster.batches import Batches
        from aidisclose.cluster.connection import connect

        assert self.cluster is not None  # noqa: S101 - for the type checker
        if any(file.path == STDIN for file in files):
            raise click.UsageError("a cluster cannot read standard input: name a file")
        with connect(self.cluster) as cluster:
            for warning in cluster.warnings:
                messages.tell(messages.line(f"warning: {warning}"))
            batches = Batches[File, Done](
                cluster,
                partial(perform_all, work, str(Path.cwd())),
                name="aidisclose",
                lost=partial(_lost, work),
                check=interrupts.check,
            )
            admitted = (work.admit(file) for file in files)
            found = batches.run(portions(admitted, most=_FILES, size=_BYTES))
            yield _metered(found, files, meter)


def _run() -> str:
    """The command, and a hash of its options that decide what the result for a file is.

    Files that they name count by their content: a policy or a root may have been changed.
    """
    import json
    from hashlib import sha256

    context = click.get_current_context()
    without = _AROUND | _RECEIPT if "receipt" in context.params else _AROUND
    said = {
        name: _said(value)
        for name, value in context.params.items()
        if value and name not in without
    }
    if policies := context.params.get("policy"):
        said["policy"] = _judged(policies)
    digest = sha256(json.dumps(said, sort_keys=True).encode(errors="surrogateescape")).hexdigest()
    return f"{context.info_name} {digest[:_DIGITS]}"


def _said(value: object) -> str:
    """The value of a parameter, as text that differs where its meaning does."""
    if isinstance(value, TrustConfig):
        return value.sha256.hex()
    if isinstance(value, Path):
        return f"{value} {_content(value)}"
    if type(value) is tuple:
        return str([_said(each) for each in value])
    return str(value)


def _content(path: Path) -> str:
    """SHA-256 of a file; empty of anything else, such as a folder."""
    from hashlib import file_digest

    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _judged(names: tuple[str, ...]) -> str:
    """The profiles and policies that are named, the latter with their content."""
    from aidisclose.cli import policies

    return str([each if isinstance(each, str) else each.sha256 for each in policies.read(names)])


def perform_all(work: Work[Any], folder: str, files: Sequence[File]) -> list[Done]:
    """The results of some files; this happens on a worker.

    Arguments:
        work: The work on each file.
        folder: That relative names are about: the same one there, if machines share it.
        files: The files.
    """
    gc.set_threshold(*limits.GARBAGE)
    with contextlib.suppress(OSError):
        os.chdir(folder)
    meter = LocalMeter()
    return [perform(work, file, meter) for file in files]


def _lost(work: Work[Any], file: File) -> Done:
    return given_up(work, file, "the process that worked on it ended, twice")


def _metered(found: Iterator[Done], files: Sequence[File], meter: Meter) -> Iterator[Done]:
    for file, done in zip(files, found, strict=True):
        meter.add(file.size)
        yield done


def _scale(*, cluster: str | None, results: Path | None, resume: bool) -> Scale:
    if resume and results is None:
        raise click.UsageError("--resume continues a file: name it with --results")
    if results is not None:
        from aidisclose.cli import links

        links.refuse(results)
    return Scale(cluster, results, resume)


#: How many files are worked on: a `Scale`.
scaled: Final = options.group(
    "scale",
    _scale,
    click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Work on a cluster of dask.distributed: tcp://HOST:PORT, or local:N processes.",
    ),
    click.option(
        "--results",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write results here as they come: JSON lines, or Parquet if it ends in .parquet.",
    ),
    click.option("--resume", is_flag=True, help="Pass over files whose results are there already."),
)
