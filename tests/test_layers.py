"""The layers of the design: a module imports only from rows above its own, or its own package.

Within a package no module leads back to itself, whether imports stand at the top or in functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "aidisclose"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: From top to bottom. Packages of one row do not know each other.
ROWS = (
    ("errors", "frozen", "limits", "message", "named", "sha2", "version"),
    ("arguments", "storage"),  # below the sources and outputs that it is one kind of
    ("io", "codec"),
    ("containers", "carriers", "trust", "durable"),
    ("manifest",),
    ("bindings", "identity"),
    ("direct",),
    ("validate",),
    ("signing", "policy", "repository"),
    # `cluster` runs any work, and knows none of ours; the API speaks for a repository, and renders
    # nothing.
    ("__init__", "render", "cluster", "resolution"),
    ("service",),
    ("cli",),
    ("__main__",),
)
ROW = {unit: number for number, row in enumerate(ROWS) for unit in row}

#: Every module that knows one media format.
FORMATS = tuple(
    f"aidisclose.containers.{path.stem}"
    for path in sorted((PACKAGE / "containers").iterdir())
    if path.stem not in ("__init__", "__pycache__", "container", "sidecar")
)

#: What a row above offers, but a package is not to know.
FORBIDDEN = {
    "manifest": ("aidisclose.containers", "aidisclose.trust"),
    "bindings": FORMATS,
    "validate": ("click", "rich"),
    "render": ("click",),
    "service": ("click", "rich"),
    "cli": ("aidisclose.codec", "struct", "cbor2", *FORMATS),
}

#: Modules by their full name.
FILES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in MODULES
}

#: A report offers itself as JSON and as a table of a notebook, and these have it as their argument:
#: its type leads back, no import that runs does.
TYPES = {
    f"aidisclose.validate.{name}"
    for name in ("transcript", "notebook", "provenance", "reason", "report")
}

#: `--help` must not wait for these.
SLOW = ("rich", "PIL", "cryptography")


def unit_of(path: Path) -> str:
    """The package or module directly below `aidisclose` that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Full names of everything that these statements import themselves."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_start(tree: ast.AST) -> Iterator[ast.AST]:
    """The statements that importing a module runs: functions and type checking left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from at_start(node)


def run(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements but those for type checking: those of functions run when they are called."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from run(node)


def circles(files: Mapping[str, str], *, types: bool = False) -> set[str]:
    """The modules from which imports lead back to themselves.

    Arguments:
        files: The source of each module by its full name.
        types: Whether imports for type checking count.
    """
    ways: dict[str, set[str]] = {}
    for module, source in files.items():
        tree = ast.parse(source)
        names = set(imports(ast.walk(tree) if types else run(tree)))
        # `from package import name` runs the package, unless the name is a module of it.
        ways[module] = {
            name if name in files else name.rpartition(".")[0] for name in names
        } & files.keys()
    reached = {module: set(to) for module, to in ways.items()}
    for middle in files:
        for found in reached.values():
            if middle in found:
                found |= reached[middle]
    return {module for module, found in reached.items() if module in found}


def below(name: str, prefix: str) -> bool:
    """Whether `name` is `prefix` or something in it."""
    return name == prefix or name.startswith(f"{prefix}.")


def offences(source: str, unit: str) -> list[str]:
    """Imports that the layers do not permit in a module of `unit`."""
    tree = ast.parse(source)
    found = []
    for name in imports(ast.walk(tree)):
        if any(below(name, prefix) for prefix in FORBIDDEN.get(unit, ())):
            found.append(name)
        if below(name, "aidisclose"):
            part = [*name.split("."), "__init__"][1]
            target = part if part in ROW else "__init__"
            if target != unit and ROW[target] >= ROW[unit]:
                found.append(name)
    if unit == "cli":
        started = imports(at_start(tree))
        found += [name for name in started if any(below(name, slow) for slow in SLOW)]
    return found


def ids(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_module_imports_only_from_above(path: Path) -> None:
    assert unit_of(path) in ROW, "a new package needs a row"
    assert offences(path.read_text(), unit_of(path)) == []


def test_no_imports_in_a_circle() -> None:
    assert circles({name: path.read_text() for name, path in FILES.items()}) == set()


def test_no_types_in_a_circle() -> None:
    found = circles({name: path.read_text() for name, path in FILES.items()}, types=True)
    assert found == TYPES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("import aidisclose.other", "import aidisclose.one"),
        ("from aidisclose import other", "def late():\n    from aidisclose.one import name"),
        ("from aidisclose.other import name", "class Late:\n    from aidisclose import third"),
        ("def a():\n    import aidisclose.other", "def b():\n    import aidisclose.third"),
    ],
)
def test_circle_is_noticed(one: str, other: str) -> None:
    third = "if True:\n    from aidisclose.one import name"
    files = {"aidisclose.one": one, "aidisclose.other": other, "aidisclose.third": third}
    assert {"aidisclose.one", "aidisclose.other"} <= circles(files)


def test_a_type_in_a_circle_is_told_apart() -> None:
    back = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from aidisclose.one import Name"
    )
    files = {"aidisclose.one": "import aidisclose.other", "aidisclose.other": back}
    assert circles(files) == set()
    assert circles(files, types=True) == set(files)


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_private_names_are_used(path: Path) -> None:
    """What a module defines for itself alone, it uses: a linter sees that of imports only."""
    tree = ast.parse(path.read_text())
    defined = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            defined.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        defined |= {each.id for each in targets if isinstance(each, ast.Name)}
    names = [each for each in ast.walk(tree) if isinstance(each, ast.Name)]
    used = {each.id for each in names if isinstance(each.ctx, ast.Load)}
    private = {name for name in defined if name.startswith("_") and not name.startswith("__")}
    # An annotation may be text, as that of a variable.
    texts = {each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)}
    assert private - used - texts == set()


def test_every_folder_is_a_package() -> None:
    """Without `__init__.py` a folder is missing from the wheel."""
    folders = {path.parent for path in MODULES}
    assert [str(each) for each in folders if not (each / "__init__.py").exists()] == []


@pytest.mark.parametrize(
    ("unit", "source"),
    [
        ("io", "import aidisclose.codec"),
        ("containers", "from aidisclose.trust import anchors"),
        ("carriers", "from aidisclose import containers"),
        ("trust", "def later():\n    from aidisclose.carriers.xmp import read"),
        ("manifest", "from aidisclose import trust"),
        ("manifest", "from aidisclose.containers.container import Layout"),
        ("bindings", "from aidisclose.containers import gif"),
        ("validate", "from aidisclose.signing.signer import Signer"),
        ("validate", "import rich.console"),
        ("signing", "from aidisclose.policy import rules"),
        ("policy", "import aidisclose.signing.signer"),
        ("policy", "import aidisclose"),
        ("render", "from aidisclose import Report"),
        ("render", "import click"),
        ("errors", "from aidisclose import limits"),
        ("cli", "import struct"),
        ("cli", "from aidisclose.codec import cbor"),
        ("cli", "from aidisclose.containers.gif import scan"),
        ("cli", "import rich.table"),
        ("cli", "try:\n    from PIL import Image\nexcept ImportError:\n    pass"),
        ("cli", "class Lazy:\n    import cryptography.x509"),
    ],
)
def test_offence_is_noticed(unit: str, source: str) -> None:
    assert offences(source, unit) != []


@pytest.mark.parametrize(
    ("unit", "source"),
    [
        ("containers", "from aidisclose.containers import jpeg"),
        ("containers", "from aidisclose import limits\nfrom aidisclose.io.source import Source"),
        ("bindings", "from aidisclose.manifest import Claim"),
        ("bindings", "from aidisclose.containers import Layout"),
        ("bindings", "from aidisclose.containers.container import Layout"),
        ("signing", "from aidisclose.validate import validate"),
        ("__init__", "from aidisclose.signing import sign"),
        ("cli", "import aidisclose as ad\nfrom aidisclose.render import text"),
        ("cli", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import rich"),
        ("cli", "def run():\n    import rich.console"),
        ("cli", "class Lazy:\n    def run(self):\n        import rich.console"),
    ],
)
def test_what_is_permitted_is_no_offence(unit: str, source: str) -> None:
    assert offences(source, unit) == []
