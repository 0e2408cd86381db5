"""Named tuples whose classes are cheap to make: they behave as those of `typing` do."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from typing import Generic, TypeVar

import pytest

from aidisclose.named import NamedTuple

T = TypeVar("T")


class Cheap(NamedTuple):
    """Two fields."""

    first: int
    second: tuple[int, ...] = ()

    @property
    def sum(self) -> int:
        """Of all numbers."""
        return self.first + sum(self.second)

    @classmethod
    def of(cls, *numbers: int) -> Cheap:
        return cls(numbers[0], numbers[1:])


class Usual(typing.NamedTuple):
    """Two fields."""

    first: int
    second: tuple[int, ...] = ()


def test_it_is_a_tuple_with_names() -> None:
    cheap = Cheap(1, (2,))
    assert tuple(cheap) == tuple(Usual(1, (2,)))
    assert hash(cheap) == hash(Usual(1, (2,)))
    assert repr(cheap) == "Cheap(first=1, second=(2,))"
    assert cheap._replace(first=3).sum == 5
    assert Cheap.of(1, 2, 3) == (1, (2, 3))
    first, second = cheap
    assert (first, second) == (cheap.first, cheap.second)


def test_fields_and_defaults() -> None:
    for kind in (Cheap, Usual):
        assert kind._fields == ("first", "second")
        assert kind._field_defaults == {"second": ()}
        assert kind(1).second == ()
        with pytest.raises(TypeError):
            kind()  # type: ignore[call-arg]
        with pytest.raises(AttributeError):
            kind(1).first = 2  # type: ignore[misc]


def test_what_programs_ask_of_a_class() -> None:
    assert (Cheap.__name__, Cheap.__qualname__, Cheap.__module__) == ("Cheap", "Cheap", __name__)
    assert Cheap.__doc__ == "Two fields."
    assert typing.get_type_hints(Cheap) == typing.get_type_hints(Usual)
    assert pickle.loads(pickle.dumps(Cheap(1, (2,)))) == Cheap(1, (2,))
    assert copy.copy(Cheap(1)) == Cheap(1)
    assert str(inspect.signature(Cheap)) == "(first: 'int', second: 'tuple[int, ...]' = ())"
    assert Cheap(1)._asdict() == Usual(1)._asdict() == {"first": 1, "second": ()}


class Unmade(NamedTuple):
    """No tuple is made of it before its test."""

    first: int
    last: int = 2


class Of(NamedTuple, Generic[T]):
    """With a parameter."""

    value: T


def test_the_first_tuple_of_a_class() -> None:
    """Its constructor is compiled for it."""
    with pytest.raises(TypeError, match=r"Unmade.__new__\(\) missing 1 required"):
        Unmade()  # type: ignore[call-arg]
    assert Unmade._make((1, 3)) == Unmade(1, last=3)
    with pytest.raises(TypeError, match="Expected 2 arguments, got 1"):
        Unmade._make((1,))
    with pytest.raises(ValueError, match="other"):
        Unmade(1)._replace(other=1)  # type: ignore[call-arg]
    assert Of[int](1) == Of(2)._replace(value=1)


@pytest.mark.parametrize("calls", [0, 1, 100], ids=["first", "second", "compiled"])
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        ((1, (), 3), {}),
        ((1,), {"first": 2}),
        ((1, ()), {"second": ()}),
        ((1,), {"third": 3}),
        ((), {"second": ()}),
    ],
)
def test_wrong_calls_are_refused(
    calls: int, values: tuple[object, ...], named: dict[str, object]
) -> None:
    class Fresh(NamedTuple):
        first: int
        second: tuple[int, ...] = ()

    for number in range(calls):
        assert Fresh(number) == Fresh(first=number) == (number, ())
        assert Fresh(second=(2,), first=number) == (number, (2,))
    with pytest.raises(TypeError, match=r"argument|missing"):
        Fresh(*values, **named)  # type: ignore[arg-type]
    assert Fresh(1, (2,)) == (1, (2,))
