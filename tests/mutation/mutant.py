"""Mutants: what is changed, what is left alone, and how a function becomes its mutant."""

from __future__ import annotations
import __future__

import builtins
import gc
import importlib
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
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
    """Finds mutants, but none of words for people, and none that no test could notice.

    Left alone are the letters of a sentence, what a formatted one says, and whether an error has
    a text; capital letters where they say nothing, in names of codecs and in hexadecimal digits;
    the type of a `cast`, which does nothing when it runs; and `strict` of `zip`, by which the
    program asserts what holds.
    """

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        return (
            _is_sentence(node)
            or m.matches(node, m.Arg(keyword=m.Name("strict")))
            or super()._skip_node_and_children(node)
        )

    def _create_mutations(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.Assign) and _is_sentence(node.value):
            return
        before = len(self.mutations)
        super()._create_mutations(node)
        if isinstance(node, cst.Call) and node.args:
            kept = [each for each in self.mutations[before:] if _matters(node, each.mutated_node)]
            self.mutations[before:] = kept


def _matters(call: cst.Call, mutated: cst.CSTNode) -> bool:
    """Whether a mutant of a call changes more than words, types and assertions."""
    assert isinstance(mutated, cst.Call)
    first, others = call.args[0], _but_strict(call)
    if len(others) < len(call.args) and _but_strict(mutated) == others:
        return False
    is_word = m.matches(call.func, m.Name("cast")) or (
        _is_error(call) and (_is_sentence(first.value) or m.matches(first, _TEXT))
    )
    return not is_word or mutated.args[:1] == call.args[:1]


def _but_strict(call: cst.Call) -> list[cst.Arg]:
    return [each for each in call.args if each.keyword is None or each.keyword.value != "strict"]


_TEXT: Final = m.Arg(m.Call(m.Name("str")))


def _is_error(call: cst.Call) -> bool:
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    if not isinstance(name, cst.Name):
        return False
    found = getattr(errors, name.value, None) or getattr(builtins, name.value, None)
    return isinstance(found, type) and issubclass(found, Exception)


class Mutant(NamedTuple):
    """A change of one function.

    Attributes:
        file: The path of the source.
        owner: The class that the function is a method of, or nothing.
        name: That of the function.
        number: Counts those of the function.
        lines: The first and the last line that it changes.
        first: The first line of the function.
        is_default: Whether it changes the default of an argument.
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
    is_default: bool
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
        _replace_inner(function.__code__, mutant.__code__)
        function.__code__ = mutant.__code__
        function.__defaults__ = mutant.__defaults__
        function.__kwdefaults__ = mutant.__kwdefaults__


def _inner(code: CodeType) -> Iterator[CodeType]:
    """The code of the functions in a function."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _inner(each)
            if each.co_name == "<lambda>" or not each.co_name.startswith("<"):
                yield each


def _replace_inner(old: CodeType, new: CodeType) -> None:
    """Make inner functions, which were made while modules were imported, those of the mutant."""
    before, after = list(_inner(old)), list(_inner(new))
    if [each.co_name for each in before] != [each.co_name for each in after]:
        return
    other = {each: mutant for each, mutant in zip(before, after, strict=True) if each != mutant}
    if not other:
        return
    gc.unfreeze()
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__ in other:
            mutant = other[each.__code__]
            if mutant.co_freevars == each.__code__.co_freevars:
                each.__code__ = mutant


def _plain(method: Any) -> Any:
    return method.__func__ if isinstance(method, staticmethod | classmethod) else method


def _says_the_same(before: cst.CSTNode, after: cst.CSTNode) -> bool:
    """Whether capital letters alone differ, in the name of a codec or in hexadecimal digits."""
    match before, after:
        case cst.SimpleString(value=old), cst.SimpleString(value=new):
            digits = old.strip("\"'")
            is_hex = len(digits) % 2 == 0 and set(digits.lower()) <= set("0123456789abcdef")
            return old.lower() == new.lower() and (is_hex or digits in ("ascii", "utf-8"))
    return False


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
        if _says_the_same(each.original_node, each.mutated_node):
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
                place.end.line < places[function.body.body[0]].start.line,
                function,
                each.original_node,
                each.mutated_node,
            )
        )
    return found
