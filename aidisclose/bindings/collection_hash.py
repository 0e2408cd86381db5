"""`c2pa.hash.collection.data`: hashes of several files (C2PA 2.5 §14.12.5, §16.3.4, §A.6.2).

They lie in an archive, or in the folder of a manifest store that is in a file of its own. Of an
archive, everything must be listed, and its directory is hashed too. Of a folder, the manifest is
about what it lists and nothing else.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from aidisclose import limits, sha2
from aidisclose.bindings.binding import (
    Asset,
    Binding,
    BindingResult,
    BindingTerms,
    Fields,
    algorithm,
    encode_to_size,
    maps,
)
from aidisclose.codec import cbor
from aidisclose.containers import Block, Layout
from aidisclose.errors import Malformed, UnsupportedFormat
from aidisclose.io.digest import DigestPlan, complement, digest, digests
from aidisclose.io.source import Range, open_source

#: The reference adds the folder of the store when it has listed all entries already. There is
#: nothing in it but its name, and the directory says where that stands.
_FOLDER: Final = "META-INF/"
_FOLDER_SIZE: Final = 30 + len(_FOLDER)
#: A header of the directory (APPNOTE 4.3.12): its signature, its size, and where it says how long
#: name, extra field and comment are. The version needed to extract, at offset 6, is written anew.
_HEADER_MARK: Final = b"PK\1\2"
_HEADER_SIZE: Final = 46
_LENGTHS: Final = 28

NAME: Final = "c2pa.hash.collection.data"
_DIRECTORY: Final = "zip_central_directory_hash"
_NOT_FOUND: Final = "incorrectFileCount"
_STEPS: Final = frozenset({".", ".."})


def is_of_folder(fields: Fields) -> bool:
    """Whether a collection is not an archive, but files in the folder of its manifest store."""
    return _DIRECTORY not in fields


def _check(asset: Asset, fields: Fields, alg: str | None) -> BindingResult:
    if asset.folder is None and not asset.container.is_archive:
        reason = "a collection hash on a file that is not an archive"
        return BindingResult(f"{reason}: name the manifest store beside the files", code=_NOT_FOUND)
    alg = algorithm(fields, alg)
    listed = _decode(fields.get("uris"))
    for uri in listed:
        # As it stands, which generators mean that do not escape names, and decoded (§14.12.5.1).
        if not (_is_below(uri) and _is_below(unquote(uri))):
            return BindingResult(f"{uri[:80]!r} is not the name of a file here", code="invalidURI")
    if asset.folder is not None:
        return _check_folder(asset, asset.folder, listed, alg)
    directory = fields.get(_DIRECTORY)
    if not isinstance(directory, bytes):
        raise Malformed("no hash of the directory of the archive")
    return _check_archive(asset, listed, directory, alg)


def _decode(uris: object) -> dict[str, bytes]:
    """The hashes by their URIs; the reference has a map by names where the text has a list.

    Raises:
        Malformed: It is neither, or names a file twice.
    """
    if isinstance(uris, dict):
        uris = [
            {**item, "uri": quote(name)} if isinstance(item, dict) and isinstance(name, str) else 0
            for name, item in uris.items()
        ]
    listed: dict[str, bytes] = {}
    for item in maps(uris, "uris", most=limits.BLOCKS):
        uri, value = item.get("uri"), item.get("hash")
        if not (isinstance(uri, str) and isinstance(value, bytes)):
            raise Malformed("an entry of a collection without uri and hash")
        if uri in listed:
            raise Malformed(f"{uri[:80]!r} is listed twice")
        listed[uri] = value
    return listed


def _is_below(uri: str) -> bool:
    """Whether a relative reference, or a path, leads nowhere but down, step by step."""
    # Windows takes a backslash for a slash: `..\x` would lead out of the folder there.
    steps = uri.replace("\\", "/").removesuffix("/").split("/")
    return all(steps) and _STEPS.isdisjoint(steps) and "\0" not in uri


# --- Archives -----------------------------------------------------------------------------------


def _check_archive(
    asset: Asset, listed: Mapping[str, bytes], directory: bytes, alg: str
) -> BindingResult:
    layout = asset.layout
    try:
        entries = _entries(asset)
    except UnsupportedFormat as error:
        return BindingResult(str(error), is_unproven=True)
    values: dict[str, bytes] = {}
    for uri, value in listed.items():
        name = _name(unquote(uri))
        if name not in entries:
            return BindingResult(f"{uri[:80]!r} is not in the archive", code=_NOT_FOUND)
        if name in values:
            raise Malformed(f"{name[:80]!r} is listed twice")
        values[name] = value
    plans = [DigestPlan(alg, (Range(*entries[name][1:]),)) for name in values]
    found = digests(asset.source, plans, progress=asset.progress)
    for (name, value), actual in zip(values.items(), found, strict=True):
        if value != actual:
            return BindingResult(f"{name[:80]!r} in the archive is not the one that was signed")
    # C2PA 2.2 has the checksum of the store hashed as well.
    whole = DigestPlan(alg, (Range(*layout.blocks[-1][1:]),))
    directories = (digest(asset.source, plan) for plan in (_directory(layout, alg), whole))
    is_signed = directory in directories
    for name in entries.keys() - values.keys():
        if (entries[name].name, entries[name].length) != (_FOLDER, _FOLDER_SIZE):
            # If the directory is the signed one, it is the signer who left out the entry.
            reason = f"{name[:80]!r} in the archive is not among what was signed"
            return BindingResult(reason, is_unproven=is_signed)
    if not is_signed:
        return BindingResult("the directory of the archive is not the one that was signed")
    return BindingResult()


def _name(uri: str) -> str:
    return uri.removesuffix("/")


def _entries(asset: Asset) -> dict[str, Block]:
    """The entries of an archive by their names, folders without the slash.

    Raises:
        UnsupportedFormat: They cannot be told apart, or bytes belong to none of them, so that not
            all that is in the archive could be protected.
    """
    layout = asset.layout
    entries: dict[str, Block] = {}
    stores = {store.frame.start for store in layout.stores}
    position = 0
    for block in layout.blocks:
        gap = Range(position, block.start - position)
        if gap.length and not _is_old_directory(asset, gap):
            reason = f"{gap.length} bytes of the archive belong to none of its entries"
            raise UnsupportedFormat(f"{reason} (at offset {position})")
        position = block.end
        # The store cannot be in its own list, and the directory has a hash of its own (§14.12.5.2).
        if block is layout.blocks[-1] or block.start in stores:
            continue
        name = _name(block.name)
        if name in entries:
            raise UnsupportedFormat(f"two entries of the archive are called {name[:80]!r}")
        entries[name] = block
    return entries


def _is_old_directory(asset: Asset, gap: Range) -> bool:
    """Whether bytes between entries are the directory as it was before the store was added.

    The reference leaves it where it was, and writes all of it again at the end. Nothing hashes what
    is left behind, so it has to be a copy of what is hashed: otherwise anybody could put a file of
    another kind there, for programs that search for its beginning.
    """
    directory = asset.layout.blocks[-1]
    if gap.length > directory.length:
        return False
    old, new = (asset.source.read_at(start, gap.length) for start in (gap.start, directory.start))
    position = 0
    while position < gap.length:
        if new[position : position + 4] != _HEADER_MARK or position + _HEADER_SIZE > gap.length:
            return False
        lengths = struct.unpack_from("<3H", new, position + _LENGTHS)
        end = position + _HEADER_SIZE + sum(lengths)
        for part in (slice(position, position + 6), slice(position + 8, end)):
            if old[part] != new[part]:
                return False
        position = end
    return position == gap.length


def _directory(layout: Layout, alg: str) -> DigestPlan:
    """The directory to the end of the file, without the checksum of the store in it."""
    checksums = [store.checksum for store in layout.stores if store.checksum]
    _, start, _ = layout.blocks[-1]
    return DigestPlan(alg, complement(layout.size, [Range(0, start), *checksums]))


# --- Folders ------------------------------------------------------------------------------------


def _check_folder(
    asset: Asset, folder: Path, listed: Mapping[str, bytes], alg: str
) -> BindingResult:
    root = os.path.realpath(folder)
    found: dict[Path, tuple[str, bytes]] = {}
    for uri, value in listed.items():
        path = _find(folder, unquote(uri))
        if path is None:
            return BindingResult(f"{uri[:80]!r} is not there", code=_NOT_FOUND)
        if not path.is_relative_to(root):
            return BindingResult(f"{uri[:80]!r} is a link to somewhere else", code="invalidURI")
        # Compared as files: one of many spellings would be hashed as many times.
        if path in found:
            raise Malformed(f"{uri[:80]!r} is listed twice")
        found[path] = uri, value
    digests_of: dict[tuple[int, int], bytes] = {}  # of hard links, one
    for path, (uri, value) in found.items():
        if (other := _find(folder, uri)) and other not in found:
            # A generator that does not escape names means this one. Nobody has signed it then,
            # and whoever opens it sees what somebody put there.
            reason = f"{uri[:80]!r} may mean this file or {unquote(uri)[:80]!r}"
            return BindingResult(f"{reason}, and both are there", code=_NOT_FOUND)
        # A folder of thousands of links to one large file would be hashed for days.
        status = path.stat()
        key = status.st_dev, status.st_ino
        if key not in digests_of:
            with open_source(path) as source:
                plan = DigestPlan(alg, (Range(0, source.size),))
                digests_of[key] = digest(source, plan, progress=asset.progress)
        if digests_of[key] != value:
            return BindingResult(f"{uri[:80]!r} is not the one that was signed")
    return BindingResult()


def members(folder: Path, fields: Fields) -> Iterator[Path]:
    """The files of a folder that a collection lists, as far as they are there.

    Raises:
        Malformed: There is no such list.
        PermissionError: Whether one is there cannot be seen.
    """
    root = os.path.realpath(folder)
    for uri in _decode(fields.get("uris")):
        path = _find(folder, unquote(uri))
        if path is not None and path.is_relative_to(root):
            yield path


def _find(folder: Path, name: str) -> Path | None:
    """The file of this name, links resolved; None if there is none.

    Raises:
        PermissionError: Whether there is one cannot be seen.
    """
    try:
        path = Path(os.path.realpath(folder / name, strict=True))
    except PermissionError:
        raise  # "not there" would be a verdict on the collection
    except OSError:  # nothing has this name, or nothing can have it
        return None
    return path if path.is_file() else None


# --- Writing ------------------------------------------------------------------------------------


def _size(asset: Asset, terms: BindingTerms) -> int:
    if not asset.container.is_archive:
        raise UnsupportedFormat(f"{asset.container.name} files are not archives of other files")
    blank = sha2.blank(terms.alg)
    names = _names(asset)
    return len(cbor.encode(_fields(names, terms, [blank] * (len(names) + 1))))


def _names(asset: Asset) -> list[str]:
    names = [block.name for block in _entries(asset).values()]
    if not names:
        raise UnsupportedFormat("there is nothing in the archive")
    if bad := next((name for name in names if not _is_below(name)), None):
        raise UnsupportedFormat(f"an entry of the archive is called {bad[:80]!r}")
    return names


def _plans(asset: Asset, terms: BindingTerms) -> Iterator[DigestPlan]:
    for block in _entries(asset).values():
        yield DigestPlan(terms.alg, (Range(block.start, block.length),))
    yield _directory(asset.layout, terms.alg)


def _encode(asset: Asset, terms: BindingTerms, values: Sequence[bytes], size: int) -> bytes:
    return encode_to_size(_fields(_names(asset), terms, values), size)


def _fields(names: Iterable[str], terms: BindingTerms, values: Sequence[bytes]) -> Fields:
    *hashes, directory = values
    uris = [{"uri": quote(name), "hash": value} for name, value in zip(names, hashes, strict=True)]
    return {"uris": uris, "alg": terms.alg, _DIRECTORY: directory}


BINDING: Final = Binding(
    code="assertion.collectionHash", check=_check, size=_size, plans=_plans, encode=_encode
)
