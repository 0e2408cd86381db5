"""The JSON of a manifest definition, and the files that it refers to."""

from __future__ import annotations

import json
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Final

from aidisclose import limits
from aidisclose.containers import identify
from aidisclose.errors import AidiscloseError, SigningError
from aidisclose.io import json_text
from aidisclose.io.place import real
from aidisclose.io.source import BytesSource
from aidisclose.manifest import label
from aidisclose.manifest.draft import NewAssertion, file_assertion

DefinitionFields = dict[str, object]

#: What holds nothing but pictures.
#: A definition may be somebody else's: `"identifier": "/home/me/.ssh/id_ed25519"` as a thumbnail
#: would publish the key in the copy. So these have to be pictures, by their content.
_PICTURES: Final = ("c2pa.thumbnail.", "c2pa.icon")
_IMAGE: Final = "image/"


def unwritable(message: str) -> SigningError:
    """The error that says why a definition cannot be written."""
    return SigningError(f"manifest definition: {message}")


def load(text: bytes | str) -> DefinitionFields:
    """A JSON object.

    Raises:
        SigningError: It is not one, or holds what cannot be written as text again.
    """
    try:
        fields = json_text.decode(text, parse_constant=_refuse)
        # JSON may have it as an escape (RFC 8259 §8.2), CBOR and JUMBF cannot (RFC 8949 §3.1).
        json.dumps(fields, ensure_ascii=False).encode()  # half a surrogate pair cannot be written
    except (ValueError, RecursionError) as error:
        raise unwritable(f"not valid JSON: {error}") from None
    if not isinstance(fields, dict):
        raise unwritable("not a JSON object")
    return fields


def _refuse(constant: str) -> object:
    # Python's parser takes NaN and Infinity, which RFC 8259 §6 forbids and no other reader takes.
    raise ValueError(f"{constant} is not a value of JSON")


def present(fields: object, known: Collection[str], where: str) -> DefinitionFields:
    """An object without its nulls.

    Raises:
        SigningError: It is not one, or has an unknown key.
    """
    if not isinstance(fields, dict):
        raise unwritable(f"{where} is not an object")
    given = {key: value for key, value in fields.items() if value is not None}
    # c2pa-rs passes over keys that it does not know. A misspelled key of a declaration would then
    # be missing from a signed file, and nobody would see it.
    if unknown := next((key for key in given if key not in known), None):
        raise unwritable(f"{f'{where}: ' if where else ''}{unknown!r} is not supported")
    return given


def list_of(fields: DefinitionFields, key: str) -> list[object]:
    """The list at a key; empty if there is none.

    Raises:
        SigningError: It is something else.
    """
    value = fields.get(key, [])
    if not isinstance(value, list):
        raise unwritable(f"{key!r} is not a list")
    return value


def _check_picture(content: bytes, media_type: str, where: str) -> None:
    """Refuse what is only called a picture: it would be published unseen."""
    try:
        container = identify(BytesSource(content))
        found = next(each for each in container.media_types if each.startswith(_IMAGE))
    except (AidiscloseError, StopIteration):
        raise unwritable(f"{where}: the file is not a picture in a known format") from None
    if media_type.replace("image/jpg", "image/jpeg") not in container.media_types:
        raise unwritable(f"{where}: the format is {found}, not {media_type}")


class Resources:
    """The files that a definition refers to, and the assertions that they become.

    A definition may be a stranger's: what it names is read, and published with the asset.

    Attributes:
        folder: The folder that their paths are relative to.
        within: The folder in which they have to be, also where links lead; None lets them be
            anywhere.
        assertions: Those that they became so far.
    """

    def __init__(self, folder: Path, within: Path | None) -> None:
        self.folder = folder
        self.within = within
        self.assertions: list[NewAssertion] = []

    def path(self, named: object, where: str) -> Path:
        """The path of a file.

        Raises:
            SigningError: No file is named at `where` in the definition, or one that is not in its
                folder.
        """
        # A NUL would raise ValueError in the system call, which is not an error of ours.
        if not (isinstance(named, str) and named and "\0" not in named):
            raise unwritable(f"{where} names no file")
        path = self.folder / named
        # `resolve` follows links: `thumb.png` in the folder may lead to any file of the user's.
        if self.within is not None and not real(path).is_relative_to(real(self.within)):
            message = f"{where}: {named!r} is outside the folder of the definition"
            raise unwritable(f"{message}: move it there, or give --outside-paths")
        return path

    def read(self, named: object, where: str) -> bytes:
        """The content of a file.

        Raises:
            SigningError: No file is named at `where` in the definition, or it is too large.
            OSError: It cannot be read.
        """
        path = self.path(named, where)
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe, to which nobody may ever write
            raise unwritable(f"{path} is not a regular file")
        # Before it is read: a file may be of any size.
        if path.stat().st_size > limits.USER_FILE:
            raise unwritable(f"{path} is larger than {limits.USER_FILE} bytes")
        return path.read_bytes()

    def embed(self, value: object, name: str, where: str) -> DefinitionFields:
        """The reference to an assertion that holds a file."""
        media_type = value.get("format") if isinstance(value, dict) else None
        if not (isinstance(value, dict) and isinstance(media_type, str) and "/" in media_type):
            raise unwritable(f"{where} needs 'format' and 'identifier'")
        number = sum(label.split(item.label).base == name for item in self.assertions)
        content = self.read(value.get("identifier"), where)
        if name.startswith(_PICTURES) or media_type.startswith(_IMAGE):
            _check_picture(content, media_type, where)
        written = file_assertion(label.number(name, number), content, media_type=media_type)
        self.assertions.append(written)
        return written.reference.encode()

    def with_icon(self, value: DefinitionFields, where: str) -> DefinitionFields:
        """A copy of a generator, agent or template with its icon embedded as an assertion."""
        if value.get("icon") is None:
            return value
        return {**value, "icon": self.embed(value["icon"], "c2pa.icon", f"{where}.icon")}

    def beside(self, named: str) -> Resources:
        """Files relative to another one."""
        other = Resources((self.folder / named).parent, self.within)
        other.assertions = self.assertions
        return other
