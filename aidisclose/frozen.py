"""Frozen dataclasses as `dataclasses` has them, whose classes are made in a tenth of the time.

`dataclasses` compiles up to six methods for a class, which takes half a millisecond. A cold
`verify` makes fifteen such classes: they took a tenth of its time. Here all classes share their
methods; the constructor is compiled when it has been called some times. What others ask a class
for, its fields (`dataclasses`) and its signature (`inspect`), is made when they ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
else:
    _ABSENT = object()
    #: The calls of a constructor that take as long as compiling it.
    _SOON = 24

    class field:  # noqa: N801 (its name in `dataclasses`)
        """The settings of a field besides its type."""

        __slots__ = ("compare", "default", "default_factory", "repr")

        def __init__(self, **told):
            self.default = told.pop("default", _ABSENT)
            self.default_factory = told.pop("default_factory", _ABSENT)
            self.repr = told.pop("repr", True)
            self.compare = told.pop("compare", True)
            if told:
                raise TypeError(f"unknown: {', '.join(told)}")

    class _Plan:
        """The fields of a class, those of its bases first."""

        __slots__ = (
            *("compared", "defaults", "factories", "fields", "owner", "positional", "shown"),
            *("types", "uncompiled"),
        )

        def __init__(self, cls, *, is_keyword_only):
            base = getattr(cls, "_plan", None)
            self.fields = dict(base.fields) if base else {}
            self.types = dict(base.types) if base else {}
            for name, kind in cls.__annotations__.items():
                if kind.startswith("ClassVar"):
                    continue
                told = cls.__dict__.get(name, _ABSENT)
                if isinstance(told, field):
                    delattr(cls, name)
                else:
                    told = field(default=told)
                self.fields[name] = told
                self.types[name] = kind
            each = self.fields.items()
            self.defaults = {name: one.default for name, one in each if one.default is not _ABSENT}
            self.factories = {
                name: one.default_factory
                for name, one in each
                if one.default_factory is not _ABSENT
            }
            self.shown = tuple(name for name, one in each if one.repr)
            self.compared = tuple(name for name, one in each if one.compare)
            self.positional = () if is_keyword_only else tuple(self.fields)
            self.owner = cls
            self.uncompiled = _SOON

    def _constructor(plan):
        """The constructor of a class with these fields, compiled."""
        optional = [name for name in plan.fields if name in plan.defaults | plan.factories]
        needed = [name for name in plan.fields if name not in optional]
        told = [*needed, *(f"{name}=_{name}" for name in optional)]
        head = ", ".join(["self", *told] if plan.positional else ["self", *"*"[: len(told)], *told])
        lines = [f"def __init__({head}):", " _kept = self.__dict__"]
        lines += [f" if {name} is _{name}: {name} = _make_{name}()" for name in plan.factories]
        lines += [f" _kept[{name!r}] = {name}" for name in plan.fields]
        lines += [" self.__post_init__()"]
        known = {f"_{name}": value for name, value in plan.defaults.items()}
        known |= {f"_{name}": _ABSENT for name in plan.factories}
        known |= {f"_make_{name}": make for name, make in plan.factories.items()}
        exec("\n".join(lines), known)  # noqa: S102 the names come from our own source
        return known["__init__"]

    def _init(self, /, *values, **named):
        plan = self._plan
        plan.uncompiled -= 1
        if plan.uncompiled == 0:
            plan.owner.__init__ = _constructor(plan)
        if values:
            given = dict(zip(plan.positional, values, strict=False))
            if len(values) > len(given) or not named.keys().isdisjoint(given):
                _refuse(type(self), values, named)
            named |= given
        for name, make in plan.factories.items():
            if name not in named:
                named[name] = make()
        given = plan.defaults | named
        if given.keys() != plan.fields.keys():
            _refuse(type(self), values, named)
        self.__dict__.update(given)
        self.__post_init__()

    def _refuse(cls, values, named):
        """Raise the error of a call with these arguments."""
        import inspect

        inspect.signature(cls).bind(*values, **named)
        raise AssertionError(cls)

    def _post_init(self):
        """The checks of a class, if it has any."""

    def _repr(self):
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._plan.shown)
        return f"{type(self).__qualname__}({shown})"

    def _values(self):
        return tuple([getattr(self, name) for name in self._plan.compared])

    def _eq(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _values(self) == _values(other)

    def _hash(self):
        return hash(_values(self))

    def _set(_self, name, _value):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _delete(_self, name):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    class _WhenAsked:
        """An attribute that a class gets when it is first read."""

        def __init__(self, name, make):
            self.name = name
            self.make = make

        def __get__(self, _instance, owner):
            made = self.make(owner)
            setattr(owner, self.name, made)
            return made

    def _standard(cls):
        """The signature that `dataclasses` makes of the same fields."""
        import dataclasses

        plan = cls._plan
        told = []
        for name, one in plan.fields.items():
            options = {"repr": one.repr, "compare": one.compare, "kw_only": not plan.positional}
            for option in ("default", "default_factory"):
                if getattr(one, option) is not _ABSENT:
                    options[option] = getattr(one, option)
            told.append((name, plan.types[name], dataclasses.field(**options)))
        return dataclasses.make_dataclass(cls.__name__, told, frozen=True)

    def _signature(cls):
        import inspect

        return inspect.signature(_standard(cls))

    def dataclass(*, frozen, kw_only=False, eq=True, repr=True):  # noqa: A002
        """As `dataclasses.dataclass`, for classes that are frozen."""
        if not frozen:
            raise TypeError("a class that is not frozen comes from `dataclasses`")

        def make(cls):
            cls._plan = plan = _Plan(cls, is_keyword_only=kw_only)
            cls.__init__ = _init
            cls.__match_args__ = plan.positional
            cls.__setattr__ = _set
            cls.__delattr__ = _delete
            cls.__signature__ = _WhenAsked("__signature__", _signature)
            cls.__dataclass_fields__ = _WhenAsked(
                "__dataclass_fields__", lambda owner: _standard(owner).__dataclass_fields__
            )
            if not hasattr(cls, "__post_init__"):
                cls.__post_init__ = _post_init
            if repr:
                cls.__repr__ = _repr
            if eq:
                cls.__eq__ = _eq
                cls.__hash__ = _hash
            return cls

        return make

    def replace(value, /, **changes):
        """The value with other values in some fields; of a class of `dataclasses` too."""
        if not hasattr(value, "_plan"):
            import dataclasses

            return dataclasses.replace(value, **changes)
        kept = {name: getattr(value, name) for name in value._plan.fields}
        return type(value)(**kept | changes)
