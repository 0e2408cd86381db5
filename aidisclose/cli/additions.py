"""Options of `sign --update`, and of how a new manifest is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

import aidisclose as ad
from aidisclose import limits
from aidisclose.cli import files, options
from aidisclose.signing.definition import Definition
from aidisclose.signing.update import REASONS

#: The option that says that there is an update; its parameter is read before the others are.
FLAG: Final = "is_update"
#: Options that only an update has.
_OWN: Final = {
    "metadata": "--metadata",
    "redact": "--redact",
    "redact_reason": "--redact-reason",
    "published": "--published",
    "time_stamp": "--time-stamp",
    "certificate_status": "--certificate-status",
}


class Additions:
    """The additions that the options of an update name.

    Arguments:
        metadata: Files with JSON-LD.
        redact: Labels or URIs of assertions.
        redact_reason: The reason why they are redacted.
        published: Whether to record that the asset is published.
        time_stamp: Whether to time-stamp earlier signatures.
        certificate_status: Whether to add OCSP responses about earlier signers.
    """

    def __init__(
        self,
        *,
        metadata: tuple[Path, ...],
        redact: tuple[str, ...],
        redact_reason: str,
        published: bool,
        time_stamp: bool,
        certificate_status: bool,
    ) -> None:
        self._metadata = metadata
        self._redact = redact
        self._reason = redact_reason
        self._published = published
        self._time_stamp = time_stamp
        self._certificate_status = certificate_status

    @property
    def asks(self) -> bool:
        """Whether somebody is asked over the network."""
        return self._time_stamp or self._certificate_status

    def update(self, definition: Definition | None, *, names_actors: bool) -> ad.Update:
        """The update.

        Arguments:
            definition: A manifest definition with further assertions.
            names_actors: Whether actors are named.

        Raises:
            UsageError: It adds nothing, or a value is invalid.
            ClickException: A file with metadata cannot be read.
        """
        texts = [
            files.read_small(path).decode("utf-8", "replace").removeprefix("\ufeff")
            for path in self._metadata
        ]
        return ad.Update(
            metadata=tuple(texts),
            redactions=self._redact,
            reason=self._reason,
            publishes=self._published,
            stamps=self._time_stamp,
            certificate_status=self._certificate_status,
            definition=definition,
            names_actors=names_actors,
        )


def _add(*, is_update: bool, **values: object) -> Additions | None:
    context = click.get_current_context()
    if not is_update:
        for name, option in _OWN.items():
            if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"{option} is for updates: give --update too")
        return None
    options.need("--redact", "--redact-reason")
    if context.params.get("time_stamp") and not context.params.get("tsa"):
        raise click.UsageError("--time-stamp needs an authority: --tsa URL")
    return Additions(**values)  # type: ignore[arg-type] # click made them by their options


#: The additions of an update: `Additions`, None without `--update`.
added: Final = options.group(
    "additions",
    _add,
    click.option(
        "--update",
        FLAG,
        is_flag=True,
        help="Add to the credentials of SRC in an update manifest; the content stays as it is.",
    ),
    click.option(
        "--metadata",
        type=options.FILE,
        multiple=True,
        metavar="FILE",
        help="Update: add this JSON-LD as cawg.metadata. Everybody can read it.",
    ),
    click.option(
        "--redact",
        multiple=True,
        metavar="LABEL|URI",
        help="Update: remove this assertion from an earlier manifest.",
    ),
    click.option(
        "--redact-reason",
        default=REASONS[0],
        show_default=True,
        metavar="NAME",
        help="Update: reason of --redact.",
    ),
    click.option("--published", is_flag=True, help="Update: record that SRC is published."),
    click.option(
        "--time-stamp",
        is_flag=True,
        help="Update: add time stamps of --tsa to earlier signatures that have none.",
    ),
    click.option(
        "--certificate-status",
        is_flag=True,
        help="Update: ask whether earlier signers are revoked, and embed the answers.",
    ),
)


def _store(*, compress: bool, update_room: int) -> tuple[bool, int]:
    return compress, update_room


#: How the manifest is stored: whether compressed, and how many bytes are left free behind it.
stored: Final = options.group(
    "storing",
    _store,
    options.setting(
        "--compress",
        is_flag=True,
        help="Write a compressed manifest: of an update, or of ISO media (MP4, HEIF, AVIF).",
    ),
    options.setting(
        "--update-room",
        type=click.IntRange(0, limits.UPDATE_ROOM),
        default=0,
        show_default=True,
        metavar="BYTES",
        help="Bytes left free for later updates where the size of the manifest store is signed: "
        "WAV, WebP, AVI, FLAC, MP3, PDF, ZIP, and JPEG with several images (MPF).",
    ),
)
