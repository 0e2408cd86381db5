"""Named tuples as `typing` has them, whose classes are made in a fifth of the time.

`typing.NamedTuple` compiles every annotation of a class, to see whether it is a type. mypy has seen
that. A cold `verify` makes more than a hundred such classes, an eighth of its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from collections import namedtuple

    #: What `namedtuple` has made already, or what is not an attribute.
    _MADE = frozenset({"__annotations__", "__module__", "__qualname__", "__slots__"})

    class _Made(type):
        """Makes the classes that derive from `NamedTuple`."""

        def __new__(cls, name, bases, namespace):
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            annotations = namespace["__annotations__"]
            defaults = [namespace[field] for field in annotations if field in namespace]
            made = namedtuple(name, annotations, defaults=defaults, module=namespace["__module__"])
            made.__annotations__ = annotations
            made.__qualname__ = namespace["__qualname__"]
            for key in namespace.keys() - annotations.keys() - _MADE:
                setattr(made, key, namespace[key])
            return made

    class NamedTuple(metaclass=_Made):
        """As `typing.NamedTuple`."""
