"""Mutants: what is changed, what is left alone, and how a function becomes its mutant."""

from __future__ import annotations
import __future__

import importlib
import inspect
import re
from collections import Counter
from pathlib import Path
from types import FunctionType
from typing import Any, Final, NamedTuple

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from aidisclose import errors

MODULES: Final = ("bindings/*", "codec/*", "manifest/lineage", "trust/*", "validate/*")
"""Those that decide verdicts."""

_SENTENCE: Final = re.compile(r"[a-z,:…]['’)`]? |^[a-z]+ $| [a-z(`]")
"""What a text for people has in it, and a word of a format has not."""


def sources() -> list[str]:
    """The paths of the modules that are changed."""
    return sorted(str(path) for each in MODULES for path in Path().glob(f"aidisclose/{each}.py"))


def _is_sentence(node: cst.CSTNode) -> bool:
    """Whether an expression is a text for people."""
    match node:
        case cst.SimpleString(value=value):
            return not value.lower().startswith(("b", "r")) and bool(_SENTENCE.search(value[1:-1]))
        case cst.FormattedString(parts=parts):
            texts = (part.value for part in parts if isinstance(part, cst.FormattedStringText))
            return any(map(_SENTENCE.search, texts))
        case cst.ConcatenatedString(left=left, right=right) | cst.IfExp(body=left, orelse=right):
            return _is_sentence(left) or _is_sentence(right)
    return False


class _Visitor(MutationVisitor):
    """Finds mutants, but none of words for people and of types.

    Left alone are the letters of a sentence, and what a formatted one says; that an error has a
    text at all (nobody can tell `raise Malformed(None)` from a sentence that nobody looks at); the
    type of a `cast`, which does nothing when it runs.
    """

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        return _is_sentence(node) or super()._skip_node_and_children(node)

    def _create_mutations(self, node: cst.CSTNode) -> None:
        before = len(self.mutations)
        super()._create_mutations(node)
        if isinstance(node, cst.Call) and node.args:
            kept = [each for each in self.mutations[before:] if self._says(node, each.mutated_node)]
            self.mutations[before:] = kept

    def _says(self, call: cst.Call, mutated: cst.CSTNode) -> bool:
        """Whether a mutant of a call changes more than its first argument, for people or types."""
        if not (_is_sentence(call.args[0].value) and self._is_error(call)) and not m.matches(
            call.func, m.Name("cast")
        ):
            return True
        return isinstance(mutated, cst.Call) and mutated.args[:1] == call.args[:1]

    @staticmethod
    def _is_error(call: cst.Call) -> bool:
        name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
        return isinstance(name, cst.Name) and isinstance(getattr(errors, name.value, None), type)


class Mutant(NamedTuple):
    """A change of one function.

    Attributes:
        file: The path of the source.
        owner: The class that the function is a method of, or nothing.
        name: That of the function.
        number: Counts those of the function.
        lines: The first and the last line that it changes.
        first: The first line of the function.
        function: The syntax of the function.
        before: What it changes in that.
        after: What is there afterwards.
    """

    file: str
    owner: str
    name: str
    number: int
    lines: tuple[int, int]
    first: int
    function: cst.FunctionDef
    before: cst.CSTNode
    after: cst.CSTNode

    @property
    def module(self) -> str:
        """The name of the module."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def key(self) -> str:
        """A name, which lasts as long as the function stays as it is."""
        owner = f"{self.owner}." if self.owner else ""
        return f"{self.module}.{owner}{self.name}#{self.number}"

    @property
    def change(self) -> str:
        """The lines before and after."""
        text, new = self.source(self.function).split("\n"), self.source().split("\n")
        while text and new and text[0] == new[0]:
            del text[0], new[0]
        while text and new and text[-1] == new[-1]:
            del text[-1], new[-1]
        return "\n".join(
            [f"- {line.strip()}" for line in text] + [f"+ {line.strip()}" for line in new]
        )

    def source(self, function: cst.CSTNode | None = None) -> str:
        """The source of the function, or of its mutant without one, in its class."""
        if function is None:
            function = self.function.deep_replace(self.before, self.after)
        assert isinstance(function, cst.FunctionDef)
        body: cst.FunctionDef | cst.ClassDef = function.with_changes(leading_lines=[])
        if self.owner:
            body = cst.ClassDef(cst.Name(self.owner), cst.IndentedBlock([body]))
        return cst.Module([body]).code

    def plant(self) -> None:
        """Make the function of this process the mutant, wherever it is referred to."""
        module = importlib.import_module(self.module)
        namespace: dict[str, Any] = dict(vars(module))
        flags = __future__.annotations.compiler_flag
        exec(compile(self.source(), self.file, "exec", flags, dont_inherit=True), namespace)
        if not self.owner:
            new, old = namespace[self.name], vars(module)[self.name]
        else:
            owner = vars(module)[self.owner]
            new, old = vars(namespace[self.owner])[self.name], vars(owner)[self.name]
        function, mutant = inspect.unwrap(_plain(old)), _plain(new)
        assert isinstance(function, FunctionType)
        if mutant.__code__.co_freevars != function.__code__.co_freevars:
            setattr(owner, self.name, new)  # `super` is gone: it cannot be the same function
            return
        function.__code__ = mutant.__code__
        function.__defaults__ = mutant.__defaults__
        function.__kwdefaults__ = mutant.__kwdefaults__


def _plain(method: Any) -> Any:
    return method.__func__ if isinstance(method, staticmethod | classmethod) else method


def mutants(file: str) -> list[Mutant]:
    """Every mutant of a source, in order."""
    wrapper = MetadataWrapper(cst.parse_module(Path(file).read_text()))
    visitor = _Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    places = wrapper.resolve(PositionProvider)
    owners = {
        method: each.name.value
        for each in wrapper.module.body
        if isinstance(each, cst.ClassDef)
        for method in each.body.body
    }
    counts: Counter[cst.FunctionDef] = Counter()
    found = []
    for each in visitor.mutations:
        function = each.contained_by_top_level_function
        if not isinstance(function, cst.FunctionDef):
            continue
        counts[function] += 1
        place = places[each.original_node]
        found.append(
            Mutant(
                file,
                owners.get(function, ""),
                function.name.value,
                counts[function],
                (place.start.line, place.end.line),
                places[function].start.line,
                function,
                each.original_node,
                each.mutated_node,
            )
        )
    return found
