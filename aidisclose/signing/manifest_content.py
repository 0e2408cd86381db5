"""The content of a manifest besides its hard binding: from a disclosure or a definition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Final

from aidisclose.errors import UsageError
from aidisclose.frozen import dataclass, field, replace
from aidisclose.manifest import ingredient, softbinding
from aidisclose.manifest.disclosure import Disclosure
from aidisclose.manifest.draft import NewAssertion, cbor_assertion
from aidisclose.manifest.softbinding import SoftBinding
from aidisclose.manifest.spec import Spec
from aidisclose.manifest.uri import HashedURI
from aidisclose.named import NamedTuple
from aidisclose.signing import metadata

#: How `components` calls them.
_INPUT: Final = f"{ingredient.INPUT_TO}:"
_PLACED: Final = f"{ingredient.COMPONENT_OF}:"


class Component(NamedTuple):
    """An ingredient of an asset.

    Attributes:
        path: Its file; None if there is only what `fields` say.
        relationship: `parentOf`, `componentOf` or `inputTo`.
        identifier: The id by which actions refer to it.
        fields: Of its ingredient assertion, such as `dc:title`.
        is_store: Whether the file is not itself, but its manifest store.
    """

    path: Path | None = None
    relationship: str = ingredient.COMPONENT_OF
    identifier: str = ""
    fields: tuple[tuple[str, object], ...] = ()
    is_store: bool = False

    @property
    def about(self) -> dict[str, object]:
        """The fields of its ingredient assertion, among them a title if there is one."""
        named = self.path is not None and not self.is_store
        return ({"dc:title": ingredient.title_of(self.path)} if self.path and named else {}) | dict(
            self.fields
        )


def components(named: Iterable[tuple[Path, str]]) -> tuple[Component, ...]:
    """Files by their relationship, with identifiers that a disclosure understands.

    Raises:
        UsageError: A relationship is unknown.
    """
    found: list[Component] = []
    for number, (path, relationship) in enumerate(named):
        if relationship not in ingredient.RELATIONSHIPS:
            known = ", ".join(ingredient.RELATIONSHIPS)
            raise UsageError(f"unknown relationship {relationship!r} (choose from {known})")
        found.append(Component(path, relationship, f"{relationship}:{number}"))
    return tuple(found)


#: The content of the actions assertion, given the reference to the parent, if there is one, and
#: the references to all ingredients by their identifier.
WriteActions = Callable[[HashedURI | None, Mapping[str, HashedURI]], dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class ManifestContent:
    """The content of a manifest that does not depend on the asset's bytes.

    Attributes:
        opens: Whether the source is opened as the parent even if it carries no credentials.
        write_actions: Writes the actions assertion.
        assertions: All other assertions.
        components: The parts that the asset was made from.
        title: Name of the asset; None takes the file's.
        generator: Fields of `claim_generator_info` instead of ours.
        vendor: The maker of the manifest, as a part of its label.
        action_names: Of the actions that are defined; a disclosure's are not listed.
        redactions: Absolute URIs of assertions of ingredients of which nothing is to be left.
        remote: The address at which the manifest store will be found.
        embeds: Whether the store goes into the file.
        warnings: Notes on what readers may find hard to reconcile, a line each.
    """

    opens: bool
    write_actions: WriteActions
    assertions: tuple[NewAssertion, ...] = ()
    components: tuple[Component, ...] = ()
    title: str | None = None
    generator: dict[str, object] = field(default_factory=dict)
    vendor: str = ""
    action_names: tuple[str, ...] = ()
    redactions: tuple[str, ...] = ()
    remote: str | None = None
    embeds: bool = True
    warnings: tuple[str, ...] = ()

    def with_soft_bindings(self, bindings: Iterable[SoftBinding]) -> ManifestContent:
        """The content with an assertion more for each of these."""
        names = {item.label for item in self.assertions}
        numbered = (f"{softbinding.LABEL}__{number}" for number in count(1))
        free = (name for name in chain((softbinding.LABEL,), numbered) if name not in names)
        made = tuple(cbor_assertion(next(free), item.write()) for item in bindings)
        return replace(self, assertions=(*self.assertions, *made)) if made else self


def from_disclosure(
    disclosure: Disclosure, *, when: str, spec: Spec, carriers: Iterable[str] = ()
) -> ManifestContent:
    """The content that declares exactly this.

    Arguments:
        disclosure: The declaration about AI.
        when: RFC 3339 date and time.
        spec: Version of the specification.
        carriers: Other carriers that say it too, such as `xmp`.

    Raises:
        UsageError: This version of the specification cannot say it.
    """
    disclosure.check_spec(spec)
    # Of a watermark without a soft binding, nothing in the file shows that it is there.
    is_marked = disclosure.watermark is not None and disclosure.watermark.is_bound
    indirect = ["c2pa", *carriers, *(["watermark"] if is_marked else [])]
    inputs = metadata.inputs(disclosure)

    def write_actions(
        parent: HashedURI | None, others: Mapping[str, HashedURI]
    ) -> dict[str, object]:
        names = {item.name for item in inputs}
        given = [uri for name, uri in others.items() if name in names or name.startswith(_INPUT)]
        placed = [uri for name, uri in others.items() if name.startswith(_PLACED)]
        return disclosure.write_actions(
            parent=parent, when=when, inputs=given, placed=placed, spec=spec
        )

    data = (assertion for item in inputs for assertion in item.assertions)
    own = metadata.assertions(disclosure, spec=spec, indirect=indirect)
    return ManifestContent(
        opens=disclosure.opens,
        write_actions=write_actions,
        assertions=(*data, *own),
        components=tuple(
            Component(None, ingredient.INPUT_TO, item.name, tuple(item.fields.items()))
            for item in inputs
        ),
        warnings=(*disclosure.warnings, *disclosure.unsaid(spec)),
    )
