"""Named tuples as `typing` has them, whose classes are made in a tenth of the time.

`typing.NamedTuple` compiles every annotation of a class, to see whether it is a type: mypy has seen
that. `collections.namedtuple` compiles a constructor and wraps five methods: here all classes share
the methods, and the constructor is compiled when it has been called some times. A cold `verify`
makes a hundred such classes, and a few tuples of each of sixty: all of it took an eighth of its
time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    try:
        from _collections import _tuplegetter as _field
    except ImportError:  # `collections` provides for interpreters without it as well

        def _field(index, doc):
            return property(lambda values: tuple.__getitem__(values, index), doc=doc)

    #: The calls of a constructor that take as long as compiling it.
    _SOON = 24

    def _constructor(cls):
        """That of a class, as `namedtuple` compiles it: no other is as fast."""
        listed = "".join(f"{name}, " for name in cls._fields)
        made = eval(  # noqa: S307 the names come from our own source
            f"lambda _cls, {listed}: _tuple_new(_cls, ({listed}))",
            {"__builtins__": {}, "_tuple_new": tuple.__new__},
        )
        made.__name__ = "__new__"
        made.__qualname__ = f"{cls.__qualname__}.__new__"
        made.__annotations__ = cls.__annotations__
        made.__defaults__ = tuple(cls._field_defaults.values())
        return made

    class _Signature:
        """That of the constructor, which a class may not have yet."""

        def __get__(self, _instance, owner):
            import inspect

            made = inspect.signature(_constructor(owner))
            return made.replace(parameters=list(made.parameters.values())[1:])

    class _Methods(tuple):
        """Those of `namedtuple`."""

        __slots__ = ()
        __signature__ = _Signature()

        def __new__(cls, /, *values, **named):
            owner = next(each for each in cls.__mro__ if "_fields" in each.__dict__)
            fields = owner._fields
            given = dict(zip(fields, values, strict=False))
            is_wrong = len(given) < len(values) or not named.keys().isdisjoint(given)
            given = owner._field_defaults | given | named
            owner._uncompiled -= 1
            # The error of a wrong call comes from the constructor.
            if is_wrong or given.keys() != set(fields) or owner._uncompiled <= 0:
                owner.__new__ = staticmethod(_constructor(owner))
                return cls(*values, **named)
            return tuple.__new__(cls, [given[name] for name in fields])

        @classmethod
        def _make(cls, values):
            made = tuple.__new__(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
            return made

        def _replace(self, /, **changes):
            made = self._make(map(changes.pop, self._fields, self))
            if changes:
                raise ValueError(f"Got unexpected field names: {list(changes)!r}")
            return made

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        __replace__ = _replace

        def __repr__(self):
            shown = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({shown})"

        def __getnewargs__(self):
            return tuple(self)

    class _Made(type):
        """Makes the classes that derive from `NamedTuple`."""

        def __new__(cls, name, bases, namespace):
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            fields = tuple(namespace["__annotations__"])
            told = {field: namespace.pop(field) for field in fields if field in namespace}
            getters = {field: _field(index, None) for index, field in enumerate(fields)}
            own = {"__slots__": (), "__match_args__": fields, "_fields": fields}
            counted = {"_field_defaults": told, "_uncompiled": _SOON}
            return type(name, (_Methods, *bases[1:]), namespace | getters | own | counted)

    class NamedTuple(metaclass=_Made):
        """As `typing.NamedTuple`."""
