"""Frozen dataclasses whose classes are cheap to make: they behave as those of `dataclasses` do."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import Any, ClassVar

import pytest

from aidisclose import frozen


@frozen.dataclass(frozen=True)
class Cheap:
    """Fields of all kinds."""

    LIMIT: ClassVar[int] = 9

    first: int
    second: tuple[int, ...] = ()
    hidden: str = frozen.field(default="", repr=False)
    noted: dict[str, int] = frozen.field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if self.first > self.LIMIT:
            raise ValueError("too large")


@dataclasses.dataclass(frozen=True)
class Usual:
    """Fields of all kinds."""

    LIMIT: ClassVar[int] = 9

    first: int
    second: tuple[int, ...] = ()
    hidden: str = dataclasses.field(default="", repr=False)
    noted: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if self.first > self.LIMIT:
            raise ValueError("too large")


@frozen.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Bare:
    """Without comparison."""

    first: int


@frozen.dataclass(frozen=True, kw_only=True)
class Derived(Bare):
    """With a field of its own, and compared again."""

    last: str = "x"


@frozen.dataclass(frozen=True, kw_only=True)
class Empty:
    """Without fields."""


KINDS: tuple[Any, ...] = (Cheap, Usual)
#: Arguments, and whether they are permitted.
CALLS: tuple[tuple[tuple[object, ...], dict[str, object], bool], ...] = (
    ((1,), {}, True),
    ((1, (2,), "h", {"n": 1}), {}, True),
    ((), {"first": 1, "hidden": "h"}, True),
    ((1,), {"second": (2,)}, True),
    ((), {}, False),
    ((1,), {"first": 2}, False),
    ((1, (2,), "h", {}, 5), {}, False),
    ((1,), {"LIMIT": 3}, False),
    ((1,), {"unknown": 3}, False),
)


@pytest.mark.parametrize(("values", "named", "is_permitted"), CALLS)
def test_calls(values: tuple[object, ...], named: dict[str, object], is_permitted: bool) -> None:
    for kind in KINDS:
        # The constructor is compiled meanwhile.
        for _ in range(30):
            if is_permitted:
                assert repr(kind(*values, **named)).startswith(f"{kind.__name__}(first=1, second=")
            else:
                with pytest.raises(TypeError):
                    kind(*values, **named)


def test_values() -> None:
    for kind in KINDS:
        one = kind(1, hidden="h")
        assert repr(one) == f"{kind.__name__}(first=1, second=(), noted={{}})"
        assert one == kind(1, hidden="h", noted={"n": 1})
        assert hash(one) == hash(kind(1, hidden="h", noted={"n": 1}))
        assert one != kind(1)
        assert one != 1
        assert one.noted is not kind(1).noted
        assert kind.__match_args__ == ("first", "second", "hidden", "noted")
        with pytest.raises(ValueError, match="too large"):
            kind(10)
    cheap, usual = (kind(1) for kind in KINDS)
    assert cheap != usual


def test_values_do_not_change() -> None:
    for kind in KINDS:
        with pytest.raises(dataclasses.FrozenInstanceError, match="first"):
            kind(1).first = 2
        with pytest.raises(dataclasses.FrozenInstanceError, match="first"):
            del kind(1).first


def test_other_values() -> None:
    one = Cheap(1, (2,))
    for replace in (frozen.replace, dataclasses.replace):
        assert replace(one, first=3) == Cheap(3, (2,))
        with pytest.raises(TypeError):
            replace(one, unknown=3)
        with pytest.raises(ValueError, match="too large"):
            replace(one, first=10)
    assert frozen.replace(Usual(1), first=2) == Usual(2)
    assert copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one


def test_what_programs_ask_of_a_class() -> None:
    for kind in KINDS:
        names = ["first", "second", "hidden", "noted"]
        assert [each.name for each in dataclasses.fields(kind)] == names
        assert dataclasses.asdict(kind(1)) == dict(zip(names, (1, (), "", {}), strict=True))
    assert dataclasses.is_dataclass(Cheap)
    assert inspect.signature(Cheap) == inspect.signature(Usual)
    assert [each.repr for each in dataclasses.fields(Cheap)] == [True, True, False, True]
    assert [each.compare for each in dataclasses.fields(Cheap)] == [True, True, True, False]


def test_a_compiled_constructor_checks_and_fills_in_as_before() -> None:
    for number in range(-40, 10):
        one = Derived(first=number)
        assert (one.first, one.last) == (number, "x")
        assert Cheap(number).noted is not Cheap(number).noted
        assert Empty() == Empty()
    with pytest.raises(ValueError, match="too large"):
        Cheap(10)
    with pytest.raises(TypeError):
        Derived(1)  # type: ignore[call-arg]


def test_options() -> None:
    one = Bare(first=1)
    assert one != Bare(first=1)
    assert repr(one).startswith("<")
    with pytest.raises(TypeError, match="positional argument"):
        Bare(1)  # type: ignore[call-arg]
    assert Derived(first=1) == Derived(first=1, last="x")
    assert repr(Derived(first=1)) == "Derived(first=1, last='x')"
    assert Bare(first=1) != Derived(first=1)
    assert str(inspect.signature(Derived)) == "(*, first: 'int', last: 'str' = 'x') -> None"
    assert Empty() == Empty()


def test_a_class_that_is_not_frozen_is_refused() -> None:
    with pytest.raises(TypeError, match="not frozen"):
        frozen.dataclass(frozen=False)
