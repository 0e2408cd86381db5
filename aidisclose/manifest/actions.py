"""Actions assertions, version 1 and 2, in the terms of version 2 (C2PA 2.5 §16.4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aidisclose.errors import Malformed
from aidisclose.manifest.store import Assertion
from aidisclose.manifest.uri import HashedURI
from aidisclose.named import NamedTuple

NAME: Final = "c2pa.actions"
CREATED: Final = "c2pa.created"
OPENED: Final = "c2pa.opened"
#: Actions that change nothing that is seen or heard, which the rubric "signals" of the conformance
#: programme calls non-editorial.
NOT_EDITORIAL: Final = frozenset(
    {
        "c2pa.converted",
        "c2pa.edited.metadata",
        "c2pa.enhanced",
        "c2pa.published",
        "c2pa.redacted",
        "c2pa.repackaged",
        "c2pa.resized.proportional",
        "c2pa.transcoded",
        "c2pa.watermarked",
        "c2pa.watermarked.bound",
        "c2pa.watermarked.unbound",
    }
)
#: Those that say nothing about how content came to be: on all others, and on none of these, the
#: programme wants a source type. What is placed has one itself.
WITHOUT_SOURCE_TYPE: Final = NOT_EDITORIAL | {"c2pa.placed"}

_NOTHING: Final[dict[object, object]] = {}
#: What a template can say of an action (C2PA 2.5 §16.4.1, action-common-map-v2).
_COMMON: Final = ("description", "digitalSourceType", "softwareAgent", "softwareAgentIndex")


class SoftwareAgent(NamedTuple):
    """The program that performed an action; untrusted text."""

    name: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else self.name


class Action(NamedTuple):
    """One thing that was done; all text in it is untrusted.

    Attributes:
        name: `c2pa.created` and so on, or of a namespace of somebody's own.
        fields: All of it, as decoded.
        parameters: Empty if there are none.
        source_type: URI of the digital source type.
        agent: The software that did it.
        when: RFC 3339 text, not checked.
        ingredients: References to the ingredients that it acted on.
    """

    name: str
    fields: dict[object, object]
    parameters: dict[object, object]
    source_type: str | None
    agent: SoftwareAgent | None
    when: str | None
    ingredients: tuple[HashedURI, ...]


class Actions(NamedTuple):
    """An actions assertion.

    Attributes:
        assertion: The assertion box in which it stands.
        version: Of the assertion's schema, 1 or 2.
        actions: At least one.
        all_included: Whether all actions that were performed are listed; None if it is not said.
    """

    assertion: Assertion
    version: int
    actions: tuple[Action, ...]
    all_included: bool | None


def decode(assertion: Assertion) -> Actions:
    """The actions in an assertion.

    Raises:
        Malformed: There are no actions, one is not a map with a name, or a field that is used
            has the wrong type.
    """
    return assertion.decoded(_decode)


def _decode(assertion: Assertion) -> Actions:
    fields = assertion.fields
    items = fields.get("actions")
    if not (isinstance(items, list) and items):
        raise Malformed("an actions assertion without actions")
    if assertion.parts.version >= 2:
        items = list(_completed(items, fields.get("templates")))
    agents = fields.get("softwareAgents")
    all_included = fields.get("allActionsIncluded")
    return Actions(
        assertion=assertion,
        version=assertion.parts.version,
        actions=tuple(_action(item, agents) for item in items),
        all_included=all_included if isinstance(all_included, bool) else None,
    )


def _completed(items: list[object], templates: object) -> Iterator[object]:
    """Actions with what templates say of them (C2PA 2.5 §16.4.1).

    A template counts for actions of its name, or for all; what the action itself says replaces it.
    """
    by_name = _templates(templates)
    for item in items:
        name = item.get("action") if isinstance(item, dict) else None
        if isinstance(item, dict) and isinstance(name, str):
            own: dict[object, object] = item
            common: dict[object, object] = {**by_name.get("*", _NOTHING)}
            yield common | by_name.get(name, _NOTHING) | own
        else:
            yield item  # refused by `_action`


def _templates(value: object) -> dict[str, dict[object, object]]:
    """The templates by the name of the action; of several, the later one counts."""
    found: dict[str, dict[object, object]] = {}
    for template in value if isinstance(value, list) else []:
        name = template.get("action") if isinstance(template, dict) else None
        if isinstance(template, dict) and isinstance(name, str):
            common: dict[object, object] = {
                key: template[key] for key in _COMMON if key in template
            }
            found[name] = {**found.get(name, {}), **common}
    return found


def _action(item: object, agents: object) -> Action:
    name = item.get("action") if isinstance(item, dict) else None
    if not (isinstance(item, dict) and isinstance(name, str) and name):
        raise Malformed("an action without a name")
    parameters = item.get("parameters", {})
    if not isinstance(parameters, dict):
        raise Malformed(f"the parameters of {name} are not a map")
    return Action(
        name=name,
        fields=item,
        parameters=parameters,
        source_type=_text(item.get("digitalSourceType")),
        agent=_agent(item, agents),
        when=_text(item.get("when")),
        ingredients=_ingredients(name, parameters),
    )


def related_source_types(action: Action) -> Iterator[str]:
    """Source types of related actions, which say only what differs from their primary one."""
    listed = action.fields.get("related")
    for item in listed if isinstance(listed, list) else []:
        value = _text(item.get("digitalSourceType")) if isinstance(item, dict) else None
        if value is not None:
            yield value


def _agent(item: dict[object, object], agents: object) -> SoftwareAgent | None:
    agent = item.get("softwareAgent")
    index = item.get("softwareAgentIndex")
    if agent is None and isinstance(agents, list) and type(index) is int:
        agent = agents[index] if 0 <= index < len(agents) else None
    if isinstance(agent, dict) and isinstance(agent.get("name"), str):
        return SoftwareAgent(name=str(agent["name"]), version=_text(agent.get("version")))
    return SoftwareAgent(name=agent) if isinstance(agent, str) else None


def _ingredients(name: str, parameters: dict[object, object]) -> tuple[HashedURI, ...]:
    many = parameters.get("ingredients")
    one = parameters.get("ingredient")
    items = many if many is not None else [one] if one is not None else []
    if not isinstance(items, list):
        raise Malformed(f"the ingredients of {name} are not a list")
    return tuple(HashedURI.decode(item) for item in items)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
