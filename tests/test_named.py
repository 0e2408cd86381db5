"""Named tuples whose classes are cheap to make: they behave as those of `typing` do."""

from __future__ import annotations

import pickle
import typing

import pytest

from aidisclose.named import NamedTuple


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
