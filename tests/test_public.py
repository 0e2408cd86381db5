"""The public interface: every type that a public signature reaches has a public name."""

from __future__ import annotations

import ast
import inspect
import json
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from PIL import Image

import aidisclose as ad
from tests.render import media, schema

NAMES = [name for name in ad.__all__ if name != "__version__"]

#: What signing and validation alone call, although it stands in values that users make.
INTERNAL = {
    (ad.Destination, "open"),
    (ad.Definition, "read"),
    (ad.RevocationLookup, "check"),
}


def _types(hint: object) -> Iterator[object]:
    """The classes that a type hint names."""
    arguments = typing.get_args(hint)
    if isinstance(hint, type) and not arguments:
        yield hint
    for each in (*arguments, typing.get_origin(hint)):
        if each is not None:
            yield from _types(each)


def _hints(subject: object) -> Iterator[object]:
    """The type hints of a function, or of what is public in a class."""
    yield from typing.get_type_hints(subject, _names(subject)).values()
    for name, member in inspect.getmembers(subject) if inspect.isclass(subject) else ():
        function = getattr(member, "fget", None) or getattr(member, "func", member)
        is_public = not name.startswith("_") and (subject, name) not in INTERNAL
        if is_public and (inspect.isfunction(function) or inspect.ismethod(function)):
            yield from typing.get_type_hints(function, _names(function)).values()


def _names(subject: object) -> dict[str, object]:
    """The names that annotations may use, those for type checkers included."""
    module = inspect.getmodule(subject)
    # Of other libraries, and of no use to a running program.
    others = {"PublicKey": PublicKeyTypes, "Image": Image}
    public = {name: getattr(ad, name) for name in NAMES}
    return {**public, **others, **(vars(module) if module else {})}


@pytest.mark.parametrize("name", NAMES)
def test_a_signature_reaches_public_types_only(name: str) -> None:
    public = {id(getattr(ad, each)) for each in NAMES}
    if typing.get_origin(getattr(ad, name)) is typing.Literal:
        return
    reached = {found for hint in _hints(getattr(ad, name)) for found in _types(hint)}
    ours = [each for each in reached if getattr(each, "__module__", "").startswith("aidisclose")]
    assert [each for each in ours if id(each) not in public] == []


def _types_of(path: Path) -> Iterator[str]:
    """The names of the public classes and type aliases of a module."""
    for node in ast.parse(path.read_text("utf-8")).body:
        names = [node.name] if isinstance(node, ast.ClassDef) else []
        if isinstance(node, ast.Assign):
            names = [each.id for each in node.targets if isinstance(each, ast.Name)]
        # Constants are in capitals, type aliases as classes are.
        yield from (each for each in names if re.match("[A-Z]+[a-z]", each))


def test_names_are_told_apart() -> None:
    """No two public types of the package have one name, wherever they are."""
    root = Path(ad.__file__).parent
    found: dict[str, list[str]] = {}
    for path in sorted(root.rglob("*.py")):
        for name in _types_of(path):
            found.setdefault(name, []).append(str(path.relative_to(root)))
    assert len(found) > 400
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


#: Names of modules of several packages, and what each is in all of them. Those of `cli` are called
#: as what they have commands and options for, those of `render` as what they show.
SHARED = {
    "actions": "actions of a manifest",
    "actor": "an actor whom identity assertions name",
    "address": "an address: of an object, of a repository",
    "claim": "the claim of a manifest",
    "descriptor": "a file descriptor",
    "externals": "content of other files that a format shows",
    "fragments": "fragments of a film",
    "identity": "identity assertions",
    "openapi": "an OpenAPI document",
    "receipt": "a signed receipt: of a check, of a repository",
    "repository": "a repository of manifests",
    "revocation": "revocation of a certificate",
    "server": "a server",
    "signature": "a signature",
    "source": "a file to read from",
    "strays": "places in a file that lead into the store",
    "timestamp": "a time stamp",
}


def test_modules_are_told_apart() -> None:
    """No name of a module stands for two things, nor for one of them and a package."""
    root = Path(ad.__file__).parent
    found: dict[str, set[Path]] = {}
    for path in root.rglob("*.py"):
        module = path.parent if path.stem == "__init__" else path.with_suffix("")
        where = module.relative_to(root)
        if where.parts and where.parts[0] not in ("cli", "render"):
            found.setdefault(module.name, set()).add(where)
    assert {name for name, places in found.items() if len(places) > 1} == set(SHARED)


def test_a_report_is_data(tmp_path: Path) -> None:
    """`Report.as_dict` is one result of the document that `verify --format json` writes."""
    path = tmp_path / "picture.png"
    path.write_bytes(media.picture())
    found = ad.verify(path, trust=ad.TrustConfig.none()).as_dict()
    wanted = schema.load("report.schema.json")["$defs"]["result"]["required"]
    assert set(wanted) - set(found) == {*("file", "error", "recovered", "requirements", "holds")}
    assert json.loads(json.dumps(found)) == found
