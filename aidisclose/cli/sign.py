"""`aidisclose sign`: signed copies that declare what part AI had."""

from __future__ import annotations

import errno
import json
import os
import sys
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
from click.core import ParameterSource

import aidisclose as ad
from aidisclose import limits
from aidisclose.cli import anchors, files, messages, options, password, terminal
from aidisclose.cli.batch import BatchOutput, process
from aidisclose.cli.exits import Exit, of_error
from aidisclose.cli.files import File
from aidisclose.cli.identity import Identity, identify, open_signer, staple
from aidisclose.cli.placement import Placement
from aidisclose.cli.work import Done
from aidisclose.io.digest import Progress
from aidisclose.manifest import training
from aidisclose.manifest.disclosure import OVERSIGHT, Disclosure
from aidisclose.manifest.ingredient import COMPONENT_OF, RELATIONSHIPS
from aidisclose.render.renderer import Run
from aidisclose.render.signed import OUTCOMES, RENDERERS, Signed
from aidisclose.signing import definition, origin
from aidisclose.signing.content import Component, components
from aidisclose.signing.flow import SPECS
from aidisclose.trust.anchors import TrustConfig

_TEXT: Final = "text"

#: What is refused while the output is written, not while the source is read.
_WRITING: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EEXIST})


class Signing(NamedTuple):
    """What is done with every file.

    Attributes:
        form: Name of the renderer.
        run: What the renderer is told.
        placement: Where the signed copies go.
        identity: Who signs.
        trust: Whom the user trusts.
        from_metadata: Whether files say themselves which model made them.
        content: What is declared, and further arguments of `aidisclose.sign`.
    """

    form: str
    run: Run
    placement: Placement
    identity: Identity
    trust: TrustConfig
    from_metadata: bool
    content: dict[str, Any]

    def do(self, file: File, progress: Progress) -> Done:
        """See `batch.Work`."""
        target = self.placement.of(file)
        try:
            if self.placement.folder is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
            asset = ad.sign(
                file.path,
                target if self.placement.has_copy else None,
                sidecar=self.placement.store_of(file),
                signer=open_signer(self.identity),
                trust=self.trust,
                overwrite=self.placement.force or self.placement.in_place,
                like=target if self.placement.in_place else None,
                fragments=self.placement.of_fragments(file),
                progress=progress,
                **self._declared(file),
            )
        except OSError as error:
            return self._fail(file, self._blame(error, file), messages.why(error), of_error(error))
        signed = Signed(file.path, str(target), asset)
        text = RENDERERS[self.form].result(signed, self.run)
        warnings = (messages.line(target, f"warning: {each}") for each in asset.warnings)
        return Done("signed", Exit.OK, text, "\n".join(warnings))

    def _declared(self, file: File) -> dict[str, Any]:
        """What is declared of this file."""
        disclosure = self.content.get("disclosure")
        if not (self.from_metadata and isinstance(disclosure, Disclosure)):
            return self.content
        return self.content | {"disclosure": origin.complete(disclosure, file.path)}

    def fail(self, file: File, reason: str, code: Exit) -> Done:
        """See `batch.Work`."""
        return self._fail(file, file.path, reason, code)

    def _fail(self, file: File, name: str, reason: str, code: Exit) -> Done:
        signed = Signed(file.path, error=f"{name}: {reason}" if name != file.path else reason)
        text = RENDERERS[self.form].result(signed, self.run)
        return Done("failed", code, text, messages.line(name, reason))

    def _blame(self, error: OSError, file: File) -> str:
        """The file that the operating system refused."""
        others = (self.content["parent"], *chain(*self.placement.of_fragments(file)))
        if error.filename in {os.fspath(path) for path in others if path}:
            return str(error.filename)
        is_source = error.filename == file.path and not isinstance(error, FileExistsError)
        is_target = error.filename is not None or error.errno in _WRITING
        return str(self.placement.of(file)) if is_target and not is_source else file.path


def _declare(
    ctx: click.Context,
    manifest: Path | None,
    fields: dict[str, Any],
    template: Path | None,
    *,
    outside_paths: bool,
) -> tuple[dict[str, Any], bool]:
    """What is declared, and whether the manifest store is to be a file of its own.

    That is in a manifest definition, or in options and a template. Of one in a settings file and
    one on the command line, the latter counts.
    """
    named = [name for name in fields if _is_named(ctx, name)]
    if manifest is not None and (not named or _is_named(ctx, "manifest")):
        if named:
            options_ = ", ".join(f"--{name.replace('_', '-')}" for name in named)
            raise click.UsageError(f"--manifest says everything: leave out {options_}")
        text = files.read_small(manifest)
        try:
            found = definition.parse(text, base=manifest.parent, outside_paths=outside_paths)
        except ad.SigningError as error:
            raise click.ClickException(f"{manifest}: {error}") from None
        named_by = {"manifest": text, "base": manifest.parent, "outside_paths": outside_paths}
        return {**named_by, "remote": found.remote}, not found.embeds
    fields = _with_template(fields, template)
    if fields.get("ai") is None:
        message = "say what part AI had: --ai generated, composite, edited or none"
        raise click.UsageError(f"{message}, or --manifest FILE")
    try:
        return {"disclosure": Disclosure.from_fields(fields)}, False
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _components(named: tuple[str, ...]) -> tuple[Component, ...]:
    """The files of `--ingredient`."""
    split = [item.rpartition(",") for item in named]
    pairs = [
        (Path(path), relationship) if relationship in RELATIONSHIPS else (Path(item), COMPONENT_OF)
        for item, (path, _, relationship) in zip(named, split, strict=True)
    ]
    return components(pairs)


def _with_template(fields: dict[str, Any], template: Path | None) -> dict[str, Any]:
    """The fields of a template, and those of options in their place."""
    given = {name: value for name, value in fields.items() if value not in (None, ())}
    prompt = given.get("prompt")
    if isinstance(prompt, str) and prompt.startswith("@"):
        given["prompt"] = files.read_small(Path(prompt[1:])).decode("utf-8", "replace").strip()
    if template is None:
        return given
    import tomllib

    text = files.read_small(template)
    try:
        is_json = template.suffix == ".json"
        found = json.loads(text) if is_json else tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{template}: {error}") from None
    if not isinstance(found, dict):
        raise click.ClickException(f"{template}: not a table of fields")
    found = {str(name).replace("-", "_"): value for name, value in found.items()}
    try:
        Disclosure.from_fields({"ai": "generated"} | found | given)
    except ValueError as error:
        raise click.ClickException(f"{template}: {error}") from None
    return found | given


def _is_named(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


@click.command(cls=options.Command)
@options.sources()
@options.fragments
@options.setting(
    "--ai",
    type=click.Choice(("generated", "composite", "edited", "none")),
    help="What part AI had: all of it, some of it, in editing what was there before, none.",
)
@options.setting("--model", metavar="NAME", help="Name of the AI model or system.")
@options.setting("--model-version", metavar="VERSION", help="Its version.")
@options.setting("--model-id", metavar="URI", help="What identifies it: pkg:huggingface/…")
@options.setting("--model-type", metavar="TYPE", help="c2pa.types.model or a sub-type.")
@options.setting("--provider", metavar="NAME", help="Who offers the AI system.")
@click.option(
    "--prompt",
    metavar="TEXT|@FILE",
    help="What the model was asked for. Everybody can read it in the copy.",
)
@options.setting("--prompt-writer", metavar="NAME", help="Who wrote the prompt; public as well.")
@click.option("--seed", metavar="NUMBER", help="Seed of the random numbers.")
@options.setting(
    "--training",
    type=click.Choice(training.POLICIES),
    help="Whether the content may be mined or used to train AI.",
)
@options.setting("--training-constraint", metavar="TEXT", help="What constrains that.")
@options.setting(
    "--disclosure",
    type=options.FILE,
    metavar="FILE",
    help="All that can be declared, in TOML or JSON; the options above come first.",
)
@options.setting("--from-metadata", is_flag=True, help="Take the model from what the file says.")
@options.setting(
    "--xmp/--no-xmp",
    default=None,
    help="Write what is declared as XMP too.  [default: where the format can hold it]",
)
@options.setting(
    "--aigc-producer", metavar="NAME", help="Write a label of GB 45438, from this producer."
)
@click.option("--aigc-id", metavar="ID", help="What the producer knows the content by.")
@options.setting("--oversight", type=click.Choice(OVERSIGHT), help="What people had to do with it.")
@options.setting("--source-type", metavar="TERM", help="Digital source type, if not the usual one.")
@options.setting(
    "--action",
    "actions",
    multiple=True,
    metavar="NAME",
    help="What else was done, in order: c2pa.cropped, c2pa.resized …",
)
@options.setting(
    "--manifest",
    type=options.FILE,
    metavar="FILE",
    help="A manifest definition in JSON, instead of the options above.",
)
@click.option(
    "--outside-paths",
    is_flag=True,
    help="Let --manifest name files outside its folder, which are published in the copy.",
)
@click.option("--parent", type=options.FILE, metavar="FILE", help="What the source was made from.")
@click.option(
    "--ingredient",
    "ingredients",
    multiple=True,
    metavar="FILE[,RELATIONSHIP]",
    help="What else it was made from: a componentOf, or an inputTo the model.",
)
@click.option("--title", metavar="TEXT", help="Title of the asset.  [default: its file name]")
@options.setting(
    "--spec",
    type=click.Choice(tuple(SPECS)),
    default="2.4",
    show_default=True,
    help="Version of the C2PA specification.",
)
@options.setting("--cert", type=options.FILE, metavar="PEM", help="Your certificate and its chain.")
@options.setting(
    "--key",
    type=options.FILE,
    metavar="PEM",
    help=f"Your private key (password: {password.VARIABLE}).",
)
@options.setting(
    "--signer",
    metavar="URI",
    help="Where the key is instead: file:, fd:, env:, exec:, pkcs11:, https:, awskms:, gcpkms: or "
    "azurekms: (docs/certificates.md).",
)
@options.setting("--alg", metavar="ALG", help="Signature algorithm, where the key leaves a choice.")
@options.setting(
    "--tsa",
    multiple=True,
    metavar="URL",
    help="A time-stamping authority; several are tried in this order.",
)
@options.setting(
    "--tsa-timeout",
    type=click.FloatRange(0, 600, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long each of them may take.",
)
@options.setting("--require-timestamp", is_flag=True, help="Sign nothing that is not stamped.")
@options.setting(
    "--reserve",
    type=click.IntRange(1_000, limits.TIMESTAMP_SIZE),
    default=limits.TIMESTAMP_ROOM,
    show_default=True,
    metavar="BYTES",
    help="Room for the time stamp, if its authority needs more.",
)
@options.setting(
    "--ocsp", is_flag=True, help="Ask whether the certificate is revoked, and staple the answer."
)
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="The signed copy.")
@options.setting("--output-dir", type=options.FOLDER, metavar="DIR", help="Folder for the copies.")
@click.option("--in-place", is_flag=True, help="Replace the sources; keeps their mode and times.")
@options.setting(
    "--sidecar",
    is_flag=True,
    help="Write the manifest store into SRC.c2pa; the source, any file, stays as it is.",
)
@click.option(
    "--remote",
    metavar="URL",
    help="Name the https address where the manifest store will be found, in the copy's XMP.",
)
@click.option("--force", is_flag=True, help="Replace outputs that exist.")
@options.trust
@options.format_option(tuple(RENDERERS))
@click.option("-q", "--quiet", is_flag=True, help="Write only what goes wrong.")
@options.jobs
@click.pass_context
def command(
    ctx: click.Context,
    /,
    src: tuple[str, ...],
    fragments: tuple[str, ...],
    manifest: Path | None,
    outside_paths: bool,
    parent: Path | None,
    title: str | None,
    spec: str,
    cert: Path | None,
    key: Path | None,
    signer: str | None,
    alg: str | None,
    tsa: tuple[str, ...],
    tsa_timeout: float,
    require_timestamp: bool,
    reserve: int,
    ocsp: bool,
    output: Path | None,
    output_dir: Path | None,
    in_place: bool,
    sidecar: bool,
    remote: str | None,
    force: bool,
    trust: tuple[Path, ...],
    tsa_trust: tuple[Path, ...],
    allowed: tuple[Path, ...],
    no_default_trust: bool,
    form: str,
    quiet: bool,
    jobs: int | None,
    disclosure: Path | None,
    ingredients: tuple[str, ...],
    from_metadata: bool,
    xmp: bool | None,
    aigc_producer: str | None,
    aigc_id: str | None,
    **fields: Any,
) -> Exit:
    """Write signed copies that declare what part AI had.

    The copy of picture.png is picture.signed.png unless told otherwise. A source that carries
    credentials keeps them as its history. Trust options say whom you trust when that history is
    checked.
    """
    if aigc_producer or aigc_id:
        fields["aigc"] = {"producer": aigc_producer or "", "content_id": aigc_id or ""}
    content, detached = _declare(ctx, manifest, fields, disclosure, outside_paths=outside_paths)
    placement = Placement(output, output_dir, in_place, force, sidecar or detached)
    found = placement.select(files.find(src, fragments))
    remote = content.get("remote") if remote is None else remote
    if remote is not None:
        if not placement.has_copy:
            raise click.UsageError(
                "a remote address is written into a copy: give -o or --output-dir"
            )
        if not remote.startswith("https://"):
            raise click.UsageError("--remote is an https address: readers follow no other")
        content["remote"] = remote
    if require_timestamp and not tsa:
        raise click.UsageError("--require-timestamp needs an authority: --tsa URL")
    run = Run(datetime.now(UTC), terminal.style(sys.stdout))
    identity = identify(ctx, cert=cert, key=key, signer=signer, alg=alg)
    trusted = anchors.load(
        trust=trust, tsa_trust=tsa_trust, allowed=allowed, default=not no_default_trust
    )
    services = {
        "authorities": tuple(ad.Authority(url=url, timeout=tsa_timeout) for url in tsa),
        "require_timestamp": require_timestamp,
        "reserve": reserve,
        "ocsp": staple(identity, trusted) if ocsp else (),
    }
    work = Signing(
        form=form,
        run=run,
        placement=placement,
        identity=identity,
        trust=trusted,
        from_metadata=from_metadata,
        content={
            **content,
            "ingredients": _components(ingredients),
            "xmp": xmp,
            "parent": parent,
            "title": title,
            "spec": spec,
            **services,
        },
    )
    written = BatchOutput(RENDERERS[form], run, OUTCOMES, form == _TEXT, quiet)
    return process(work, found, written, jobs=jobs)
