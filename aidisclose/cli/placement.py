"""The places of signed copies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Final

import click

from aidisclose import containers
from aidisclose.cli import copies, links, options
from aidisclose.cli.copies import SIGNED
from aidisclose.cli.files import STDIN, File
from aidisclose.containers import sidecar
from aidisclose.errors import AidiscloseError, UsageError
from aidisclose.io.place import real
from aidisclose.io.source import open_source
from aidisclose.named import NamedTuple
from aidisclose.signing.destination import Destination
from aidisclose.storage import address as storage


class Placement(NamedTuple):
    """The options that place signed copies: at most one of the first three is given.

    Attributes:
        output: The file.
        folder: The folder for all of them, where folders that were searched keep their structure.
        in_place: Instead of the source.
        force: Replace what is there.
        skips_existing: Whether files whose output exists are skipped.
        skips_signed: Whether files that have a manifest store are skipped.
        sidecar: The manifest store goes into a file of its own; without any of the first three
            nothing else is written.
    """

    output: Path | None = None
    folder: Path | None = None
    in_place: bool = False
    force: bool = False
    sidecar: bool = False
    skips_existing: bool = False
    skips_signed: bool = False

    @property
    def has_copy(self) -> bool:
        """Whether there is a signed copy, and not only a manifest store beside the source."""
        return not self.sidecar or self.output is not None or self.folder is not None

    def store_of(self, file: File) -> Path | None:
        """The place of a separate manifest store: `NAME.EXT.c2pa`."""
        if not self.sidecar:
            return None
        return sidecar.name(self.of(file)) if self.has_copy else self.of(file)

    def of(self, file: File) -> Path:
        """The place of the signed copy of a file; `NAME.signed.EXT` beside it by default.

        Where there is no copy, where the store goes.
        """
        source = storage.path(file.path)
        if not self.has_copy:
            return sidecar.name(source)
        if self.in_place:
            return source
        if self.folder is not None:
            return self.folder / _below(source, file.root)
        return self.output or source.with_name(f"{source.stem}{SIGNED}{source.suffix}")

    def destination(self, file: File, *, remote: str | None = None) -> Destination:
        """The destination of a signed file.

        Arguments:
            file: The source.
            remote: The address at which the manifest store will be found.

        Raises:
            UsageError: The address contradicts the placement, or is not an https address; or a link
                leads elsewhere.
        """
        target = self.of(file)
        store = self.store_of(file)
        fragments = tuple(self.of_fragments(file))
        for place in (target, *filter(None, (store,)), *(copy for _, copy in fragments)):
            links.refuse(place)
        return Destination(
            output=target if self.has_copy else None,
            sidecar=store,
            embeds=not self.sidecar,
            remote=remote,
            fragments=fragments,
            overwrite=self.force or self.in_place,
            like=target if self.in_place else None,
        )

    @property
    def is_usual(self) -> bool:
        """Whether nobody said where copies go: each is beside its source, under its own name."""
        return self.output is None and self.folder is None and not self.in_place

    def beside(self) -> Placement:
        """The placement of files in which there is no place for a store: it goes beside them."""
        return self._replace(sidecar=True, in_place=False)

    def of_fragments(self, file: File) -> list[tuple[str, Path]]:
        """The fragments of a file, and their copies: beside its own, under their names."""
        return [(path, self.of(file).with_name(Path(path).name)) for path in file.fragments]

    def select(self, found: Sequence[File]) -> list[File]:
        """The files that are to be signed: without signed copies that were found with them.

        Raises:
            UsageError: There are several for one output, or fragments would take the place of what
                they were.
            ClickException: Nothing is left.
        """
        if sum((self.output is not None, self.folder is not None, self.in_place)) > 1:
            raise click.UsageError("--output, --output-dir and --in-place cannot be combined")
        if self.output is not None and str(self.output) == STDIN:
            raise click.UsageError("a signed copy cannot go to standard output: name a file")
        if self.sidecar and self.in_place:
            raise click.UsageError("--sidecar leaves the sources as they are: leave out --in-place")
        if any(file.path == STDIN for file in found):
            raise click.UsageError("standard input cannot be signed: name a file")
        if self.output is not None and (len(found) > 1 or any(file.root for file in found)):
            raise click.UsageError("--output takes one source: use --output-dir for several")
        known = copies.among(found, [SIGNED])
        left = [
            file
            for file in found
            if file.error is not None or not (file.path in known or self._is_copy(file))
        ]
        if not left:
            raise click.ClickException("nothing to sign: these are signed copies already")
        if self.output is not None and left[0].error is None:
            refuse_contradiction(left[0].path, self.output)
        if any(file.fragments for file in left) and (self.folder is None or self.sidecar):
            message = "fragments are signed together: give --output-dir for all copies"
            raise click.UsageError(f"{message}, without --sidecar" if self.sidecar else message)
        targets: dict[Path, str] = {}
        for file in left:
            pairs = [(file.path, self.of(file)), *self.of_fragments(file)]
            for path, target in pairs:
                other = targets.setdefault(target, path)
                if other != path:
                    message = f"{other} and {path} would both become {target}"
                    raise click.UsageError(f"{message}: sign them one after the other")
            if not file.fragments:
                continue
            # An error half-way would leave some replaced and some not: they would fit no more.
            sources = {real(Path(path)) for path, _ in pairs}
            if any(real(target) in sources for _, target in pairs):
                raise click.UsageError(f"{self.folder} has the sources: give another --output-dir")
        return left

    def _is_copy(self, file: File) -> bool:
        """Whether a file that was found by searching is what an earlier run wrote."""
        if file.root is None:
            return False
        path = storage.path(file.path)
        if self.folder is not None:
            place = real(path) if path.is_symlink() else _resolved(path.parent)
            if place.is_relative_to(_resolved(self.folder)):
                return True
        if not path.stem.endswith(SIGNED):
            return False
        # Elsewhere such a name may be a source of its own, unless what it is made from is there.
        source = path.with_name(path.stem.removesuffix(SIGNED) + path.suffix)
        return (self.folder is None and not self.in_place) or source.is_file()


@lru_cache(maxsize=64)
def _resolved(folder: Path) -> Path:
    """The folder without symbolic links; of many files in one it is asked for once."""
    return real(folder)


def refuse_contradiction(source: str, output: Path) -> None:
    """Refuse a name for a copy that ends as names of another format do.

    Programs go by the ending: they would show a JPEG named .png to nobody. A source that is named
    wrongly itself is the user's, and its copy may be named like it.

    Raises:
        ClickException: It does.
    """
    ending = output.suffix.lower()
    if ending == Path(source).suffix.lower():
        return
    every = {name for each in containers.CONTAINERS for name in each.extensions}
    if ending not in every.union(containers.endings(with_data=True)):
        return
    try:
        with open_source(storage.path(source)) as opened:
            found = containers.identify(opened, detached=True)
    except (AidiscloseError, OSError):
        return  # said where it is read
    if ending not in found.extensions:
        name = found.extensions[0] if found.extensions else Path(source).suffix
        message = f"{output}: the content is {found.name}, which a name in {ending} contradicts"
        raise click.ClickException(f"{message}; use {output.with_suffix(name)}")


def _place(
    *,
    output: Path | None,
    output_dir: Path | None,
    in_place: bool,
    sidecar: bool,
    force: bool,
    skip_existing: bool,
    if_unsigned: bool,
) -> Placement:
    if force and skip_existing:
        raise click.UsageError("--force and --skip-existing cannot be combined")
    if in_place and skip_existing:
        raise click.UsageError(
            "--in-place replaces what exists, --skip-existing leaves it: use --if-unsigned"
        )
    return Placement(output, output_dir, in_place, force, sidecar, skip_existing, if_unsigned)


#: Where signed copies go: a `Placement`.
placed: Final = options.group(
    "placement",
    _place,
    click.option("-o", "--output", type=options.OUTPUT, metavar="FILE", help="The signed copy."),
    options.setting(
        "--output-dir",
        type=options.OUTPUT_FOLDER,
        metavar="DIR",
        help="Folder for the signed copies.",
    ),
    click.option(
        "--in-place",
        is_flag=True,
        help="Replace the sources; their permissions and times are kept.",
    ),
    options.setting(
        "--sidecar",
        is_flag=True,
        help="Write the manifest store into SRC.c2pa; the source, any file, stays as it is.",
    ),
    click.option("--force", is_flag=True, help="Replace outputs that exist."),
    click.option("--skip-existing", is_flag=True, help="Skip files whose output exists."),
    click.option("--if-unsigned", is_flag=True, help="Skip files that have a manifest store."),
)


def _below(source: Path, root: str | None) -> str:
    """The place of a copy below the folder for copies.

    Raises:
        UsageError: The name leads out of that folder. Names of objects in storage may: on Windows a
            backslash in one parts folders, and a colon ends a drive.
    """
    name = PurePath(str(source.relative_to(storage.path(root)))) if root else PurePath(source.name)
    if ".." in name.parts or name.drive or name.root:
        raise UsageError(f"{name} cannot be the name of a copy: it leads out of --output-dir")
    return str(name)
