"""`aidisclose sign`: signed copies that declare what part AI had."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

import aidisclose as ad
from aidisclose import containers, limits
from aidisclose.cli import files, messages, options, password, placement, terminal
from aidisclose.cli.actor import ActorMaterial, ActorOptions, acting
from aidisclose.cli.additions import Additions, added, stored
from aidisclose.cli.batch import BatchOutput, process
from aidisclose.cli.declaration import declared
from aidisclose.cli.exits import Exit
from aidisclose.cli.files import File
from aidisclose.cli.key import (
    CredentialOptions,
    KeyMaterial,
    credentials,
    open_signer,
    staple,
    tell_of_test_credentials,
    warn_of_missing_issuer,
)
from aidisclose.cli.placement import Placement
from aidisclose.cli.rehearsal import rehearse
from aidisclose.cli.scale import Scale, scaled
from aidisclose.cli.selection import Selection
from aidisclose.cli.work import Work
from aidisclose.durable import iscc
from aidisclose.durable.fingerprint import fingerprint as fingerprint_of
from aidisclose.errors import Unembeddable, UnsupportedFormat, suggestion
from aidisclose.frozen import dataclass, replace
from aidisclose.io.digest import Progress
from aidisclose.manifest.ingredient import COMPONENT_OF, RELATIONSHIPS
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.manifest.spec import Spec
from aidisclose.render import formats
from aidisclose.render.renderer import Renderer
from aidisclose.render.signed import OUTCOMES, REHEARSED, Signed
from aidisclose.signing import origin
from aidisclose.signing.definition import Definition
from aidisclose.signing.flow import sign_to
from aidisclose.signing.manifest_content import Component, components
from aidisclose.signing.request import SignRequest, Timestamping
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.verify import read_store_of

#: Options that an update manifest has no place for (C2PA 2.2 §11.2.3).
_NOT_OF_UPDATES: Final = ("--parent", "--ingredient", "--remote", "--update-room", "--wrap")
#: What is refused while the output is written, not while the source is read.
_WRITING: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EEXIST})


@dataclass(frozen=True, kw_only=True)
class Signing(Work[Signed]):
    """The signing of each file.

    Attributes:
        request: The declaration about each file, and the form of its manifest.
        placement: The places of the signed copies.
        remote: The address at which the manifest store will be found.
        identity: The signer's key and its certificates.
        actor: The actor that the manifest names besides the signer.
        trust: The authorities and signers that the user trusts.
        from_metadata: Whether files say themselves which model made them.
        is_repeated: Whether a file may be begun again, so that outputs are looked at beforehand.
        fingerprint: Whether the manifest names the fingerprint of the content.
        is_rehearsed: Whether nothing is written, and no key used.
        is_alone: Whether there is no other file.
    """

    request: SignRequest
    placement: Placement
    remote: str | None
    identity: KeyMaterial
    trust: TrustConfig
    from_metadata: bool
    actor: ActorMaterial | None = None
    is_repeated: bool = False
    fingerprint: bool = False
    is_rehearsed: bool = False
    is_alone: bool = False

    def do(self, file: File, progress: Progress) -> Signed:
        """See `Work.do`."""
        if reason := self._left_alone(file):
            progress(file.size)
            return Signed(file.path, skipped=reason)
        try:
            return self._sign(file, self.placement, progress)
        except Unembeddable as error:
            if self.placement.sidecar or self.remote is not None:
                raise
            # Its name is that of a format with a place for a store. One beside it would hide the
            # mistake.
            if error.kind and file.path.lower().endswith(containers.endings()):
                message = f"the content is {error.kind}, not what the name says"
                raise UnsupportedFormat(f"{message}; --sidecar signs the file as it is") from None
            signed = self._sign(file, self.placement.beside(), progress)
            return signed._replace(note=error.reason)

    def _sign(self, file: File, placement: Placement, progress: Progress) -> Signed:
        target, store = placement.of(file), placement.store_of(file)
        destination = placement.destination(file, remote=self.remote)
        if self.is_rehearsed:
            perform = rehearse
        else:
            perform = sign_to
            if placement.folder is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
        asset = perform(
            replace(destination, overwrite=True) if self.is_repeated else destination,
            file.path,
            request=self._request(file),
            signer=open_signer(self.identity),
            actors=[self.actor.open()] if self.actor else (),
            trust=self.trust,
            progress=progress,
        )
        if isinstance(self.request.statement, Definition) and not self.is_rehearsed:
            told = _shortcomings(target if placement.has_copy else Path(file.path), self.trust)
            asset = replace(asset, warnings=(*asset.warnings, *told))
        beside = str(store) if store else None
        return Signed(file.path, str(target), asset, sidecar=beside, is_dry=self.is_rehearsed)

    def _left_alone(self, file: File) -> str:
        """The reason why a file is not signed although it could be; empty if it is."""
        placement = self.placement
        # The copy of an earlier run is signed, although its source is not.
        if placement.skips_existing or (placement.skips_signed and placement.is_usual):
            # A file without a place for a store has it beside it, whatever was asked for.
            places = (placement, placement.beside())
            targets = (path for each in places for path in (each.of(file), each.store_of(file)))
            if taken := next((path for path in targets if path and _is_taken(path)), None):
                return f"{taken} exists already"
        if self.placement.skips_signed and read_store_of(file.path) is not None:
            return "it has a manifest store already"
        return ""

    def admit(self, file: File) -> File:
        """See `Work.admit`: another attempt on a cluster finds what the first one has written."""
        if not self.is_repeated or self.placement.force or self.placement.in_place:
            return file
        if self.placement.skips_existing:
            return file  # said on the worker
        targets = [self.placement.of(file), self.placement.store_of(file)]
        taken = next((path for path in targets if path and _is_taken(path)), None)
        if taken is None:
            return file
        return file._replace(error=f"{taken} exists already; --force replaces it")

    def _request(self, file: File) -> SignRequest:
        """The request for this file."""
        request, statement = self.request, self.request.statement
        if self.fingerprint:
            binding = SoftBinding(iscc.ALG, fingerprint_of(file.path))
            request = replace(request, soft_bindings=(binding,))
        if not self.from_metadata or not isinstance(statement, ad.Disclosure):
            return request
        return replace(request, statement=origin.complete(statement, file.path))

    def failed(self, file: File, reason: str) -> Signed:
        """See `Work.failed`."""
        return Signed(file.path, error=reason)

    def code(self, result: Signed) -> Exit:  # noqa: ARG002 - what is made is good
        """See `Work.code`."""
        return Exit.OK

    @property
    def renderer(self) -> Renderer[Signed]:
        """See `Work.renderer`."""
        return formats.renderer("sign", self.form, self.run)

    def complaints(self, result: Signed) -> Iterator[str]:
        """The warnings of signing."""
        for each in result.asset.warnings if result.asset else ():
            yield messages.line(result.output, f"warning: {each}")

    def hints(self, result: Signed) -> Iterator[str]:
        """The way to sign only what is new in a folder."""
        if not self.is_alone and result.error and result.error.endswith(messages.EXISTS):
            yield "--skip-existing leaves files alone whose output exists"

    def blame(self, error: BaseException, file: File) -> str:
        """The file that could not be read, or the output that could not be written."""
        target = self.placement.of(file)
        name = messages.subject(error)
        if name and Path(name) != target.absolute():
            return name
        is_written = isinstance(error, OSError) and (error.filename or error.errno in _WRITING)
        return str(target) if is_written else file.path


def _shortcomings(path: Path, trust: TrustConfig) -> Iterator[str]:
    """The rules of the conformance programme that the definition of a manifest breaks, a line each.

    Whoever wrote it decides what it says, and has to know what others will find.
    """
    # In a storage: to read the copy again could cost as much as it did to write it.
    if "://" in os.fspath(path):
        return
    report = ad.verify(path, trust=trust)
    if report.state is ad.State.NONE:  # the store is to be published elsewhere
        return
    for finding in ad.check(report, ["c2pa-conformance"]):
        if finding.is_broken and finding.rule.id.startswith(("C2PA-", "LINT-")):
            yield f"c2pa-conformance, {finding.rule.id}: {finding.reason}"


def _is_taken(path: Path) -> bool:
    """Whether an output exists, on this machine or in a storage."""
    if "://" not in os.fspath(path):
        return os.path.lexists(path)
    from aidisclose.storage.upload import Upload

    try:
        Upload.check(os.fspath(path), overwrite=False)
    except FileExistsError:
        return True
    return False


def _components(named: tuple[str, ...]) -> tuple[Component, ...]:
    """The files of `--ingredient`."""
    split = [item.rpartition(",") for item in named]
    for item, (path, _, relationship) in zip(named, split, strict=True):
        is_meant = relationship not in RELATIONSHIPS and not Path(item).exists()
        if path and is_meant and Path(path).exists():
            known = ", ".join(RELATIONSHIPS)
            answer = suggestion(relationship, RELATIONSHIPS)
            raise click.UsageError(
                f"--ingredient {item}: unknown relationship {relationship!r} (choose from {known})"
                f"{answer}"
            )
    # A file name may have commas: only what follows the last one, and is a relationship, is one.
    pairs = [
        (Path(path), relationship) if relationship in RELATIONSHIPS else (Path(item), COMPONENT_OF)
        for item, (path, _, relationship) in zip(named, split, strict=True)
    ]
    return components(pairs)


def _stamp(
    *, tsa: tuple[str, ...], tsa_timeout: float, require_timestamp: bool, reserve: int
) -> Timestamping:
    if require_timestamp and not tsa:
        raise click.UsageError("--require-timestamp needs an authority: --tsa URL")
    options.need("--tsa", "--tsa-timeout", "--reserve")
    return Timestamping(
        authorities=tuple(ad.Authority(url=url, timeout=tsa_timeout) for url in tsa),
        is_required=require_timestamp,
        reserve=reserve,
    )


#: How signatures are time-stamped, as a `Timestamping`.
_stamping: Final = options.group(
    "stamping",
    _stamp,
    options.setting(
        "--tsa",
        multiple=True,
        metavar="URL",
        help="Time stamp authority; several are tried in this order.",
    ),
    options.setting(
        "--tsa-timeout",
        type=options.FloatRange(0, 600, min_open=True),
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="Longest time to wait for each time stamp authority.",
    ),
    options.setting(
        "--require-timestamp", is_flag=True, help="Fail if no authority gives a time stamp."
    ),
    options.setting(
        "--reserve",
        type=click.IntRange(1_000, limits.TIMESTAMP_SIZE),
        default=limits.TIMESTAMP_ROOM,
        show_default=True,
        metavar="BYTES",
        help="Bytes reserved for the time stamp, if its authority needs more.",
    ),
)


@click.command(cls=options.Command)
@options.sources(required=False)
@options.files_from
@options.excluded
@options.fragments
@declared
@added
@options.setting("--from-metadata", is_flag=True, help="Take the model from what the file says.")
@options.setting(
    "--fingerprint",
    is_flag=True,
    help="Record a fingerprint of the content, by which `recover` finds the manifest again.",
)
@options.setting(
    "--thumbnail",
    is_flag=True,
    help="Put a small copy of the picture into the manifest, which viewers of credentials show.",
)
@options.setting(
    "--watermark",
    metavar="ALG",
    help="Embed this watermark in pictures before they are signed, and declare it "
    "(`aidisclose watermark list`).",
)
@options.setting(
    "--xmp/--no-xmp",
    default=None,
    help="Write the declaration as XMP too.  [default: where the format can hold it]",
)
@options.setting(
    "--wrap",
    is_flag=True,
    help="Put a bare JPEG XL codestream into a container, which has a place for credentials.",
)
@click.option("--parent", type=options.FILE, metavar="FILE", help="File that SRC was made from.")
@click.option(
    "--ingredient",
    "ingredients",
    multiple=True,
    metavar="FILE[,RELATIONSHIP]",
    help="File that SRC was also made from: a componentOf, or an inputTo the model.",
)
@options.setting(
    "--require-valid-source",
    is_flag=True,
    help="Fail if SRC or an ingredient carries invalid credentials.  [default: a warning]",
)
@click.option("--title", metavar="TEXT", help="Title of the asset.  [default: its file name]")
@options.setting(
    "--spec",
    type=options.Choice([each.value for each in Spec]),
    default=Spec.V2_4.value,
    show_default=True,
    help="Version of the C2PA specification.",
)
@credentials(
    cert="Certificate of the signer, and those that it chains to.",
    key=f"Private key of the signer (password: {password.VARIABLE}).",
    signer="Address of the private key, instead of --key: file:, fd:, env:, exec:, pkcs11:, "
    "https:, awskms:, gcpkms: or azurekms: (docs/certificates.md).",
    alg="Signature algorithm, if the key leaves a choice.",
)
@acting
@_stamping
@stored
@options.setting(
    "--ocsp", is_flag=True, help="Ask whether certificates are revoked, and embed the answers."
)
@placement.placed
@click.option(
    "--remote",
    metavar="URL",
    help="Name this https address of the manifest store in the copy's XMP.",
)
@options.trust
@options.format_option("sign")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Do everything but write: no output, no key used, no authority asked.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only show problems.")
@options.jobs
@scaled
def command(
    src: tuple[str, ...],
    files_from: str | None,
    selection: Selection,
    fragments: tuple[str, ...],
    statement: ad.Disclosure | Definition | None,
    additions: Additions | None,
    from_metadata: bool,
    fingerprint: bool,
    thumbnail: bool,
    watermark: str | None,
    xmp: bool | None,
    wrap: bool,
    parent: Path | None,
    ingredients: tuple[str, ...],
    require_valid_source: bool,
    title: str | None,
    spec: str,
    credentials: CredentialOptions,
    actor: ActorOptions,
    stamping: Timestamping,
    storing: tuple[bool, int],
    ocsp: bool,
    placement: Placement,
    remote: str | None,
    trust: TrustConfig,
    form: str,
    dry_run: bool,
    quiet: bool,
    jobs: int | None,
    scale: Scale,
) -> Exit:
    """Write signed copies that declare how AI was used.

    The copy of picture.png is picture.signed.png unless told otherwise. A source that carries
    credentials keeps them as its history. Trust options say whom you trust when that history is
    checked. With --update, credentials are added to, and the content stays as it is.
    """
    if additions is not None:
        chosen: ad.Disclosure | Definition | ad.Update = additions.update(
            statement if isinstance(statement, Definition) else None,
            names_actors=actor.is_given,
        )
        if from_metadata or fingerprint or watermark:
            raise click.UsageError(
                "--update binds nothing: leave out --from-metadata, --fingerprint, --watermark"
            )
        if thumbnail:
            raise click.UsageError("--update has no thumbnail: leave out --thumbnail")
        unfit = (*_NOT_OF_UPDATES, *(("--xmp",) if xmp else ()))
        options.refuse_beside("--update", *unfit, reason="leaves the content as it is")
    elif statement is None:
        raise click.UsageError("say what part AI had: --ai generated, composite, edited or none")
    else:
        chosen = statement
    if isinstance(chosen, Definition):
        defined = chosen.read()
        # What is said on the command line is about this run, a definition about many.
        remote = defined.remote if remote is None else remote
        placement = placement._replace(sidecar=placement.sidecar or not defined.embeds)
    sources = files.named(src, files_from)
    found = placement.select(files.find(sources, fragments, selection=selection, with_data=True))
    if isinstance(chosen, Definition) and xmp:
        options.refuse_beside("--manifest", "--xmp", reason="leaves XMP as it is")
    in_copy = ("--remote", "--aigc-producer", "--aigc-propagator", *(("--xmp",) if xmp else ()))
    if not placement.has_copy and (written := options.given(*in_copy)):
        message = f"{written[0]} is written into a copy, and --sidecar alone makes none"
        raise click.UsageError(f"{message}: give -o or --output-dir")
    if remote is not None and not placement.has_copy:  # that of a definition
        raise click.UsageError("a remote address is written into a copy: give -o or --output-dir")
    request = SignRequest(
        statement=chosen,
        parent=parent,
        ingredients=_components(ingredients),
        title=title,
        spec=Spec(spec),
        xmp=xmp,
        stamping=stamping,
        watermark=watermark,
        thumbnail=thumbnail,
        compresses=storing[0],
        wraps=wrap,
        update_room=0 if additions else storing[1],
        requires_valid_source=require_valid_source,
    )
    if dry_run and (scale.cluster or scale.results):
        raise click.UsageError("--dry-run writes nothing: leave out --cluster and --results")
    if dry_run and additions is not None and additions.asks:
        raise click.UsageError(
            "--dry-run asks nobody: leave out --time-stamp and --certificate-status"
        )
    for file in found[:1]:  # they differ by their names only
        placement.destination(file, remote=remote).check(request)
    # A private key does not travel: workers open it where they are.
    identity = credentials.elsewhere() if scale.cluster else credentials.identify(is_told=False)
    named = actor.identify(is_elsewhere=scale.cluster is not None)
    warn_of_missing_issuer(identity, trust)
    if ocsp and not dry_run:
        request = replace(request, staples=staple(identity, trust))
        named = named and named._replace(staples=staple(named.key, trust))
    work = Signing(
        form=scale.form(form),
        run=terminal.run(datetime.now(UTC)),
        request=request,
        placement=placement,
        remote=remote,
        identity=identity,
        trust=trust,
        from_metadata=from_metadata,
        is_repeated=scale.cluster is not None,
        fingerprint=fingerprint,
        actor=named,
        is_rehearsed=dry_run,
        is_alone=len(found) == 1,
    )
    output = BatchOutput(REHEARSED if dry_run else OUTCOMES, quiet, scale=scale)
    code = process(work, found, output, jobs=jobs)
    if credentials.are_own and code is Exit.OK and not (quiet or dry_run):
        tell_of_test_credentials()
    return code
