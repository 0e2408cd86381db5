"""The content of an update manifest, which leaves the asset as it is (C2PA 2.5 §11.2.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from aidisclose.errors import SigningError, Unreadable, UsageError
from aidisclose.frozen import dataclass
from aidisclose.io import json_text
from aidisclose.manifest import uri
from aidisclose.manifest.actions import OPENED
from aidisclose.manifest.draft import NewAssertion, cbor_assertion, json_assertion
from aidisclose.manifest.store import Store
from aidisclose.manifest.uri import HashedURI
from aidisclose.signing.manifest_content import ManifestContent

if TYPE_CHECKING:
    from aidisclose.signing.definition import Definition

#: Why something may be redacted (C2PA 2.5 §16.4.1); other reasons have a name of their own space.
REASONS: Final = (
    "c2pa.PII.present",
    "c2pa.invalid.data",
    "c2pa.trade-secret.present",
    "c2pa.government.confidential",
)
#: The only actions that an update manifest may name.
ACTIONS: Final = frozenset({OPENED, "c2pa.edited.metadata", "c2pa.published", "c2pa.redacted"})

_NAMESPACED: Final = re.compile(r"([\w-]+\.)+[\w-]+", re.ASCII)
_METADATA: Final = "cawg.metadata"
_NOT_HERE: Final = ("c2pa.hash.", "c2pa.thumbnail.")


@dataclass(frozen=True, kw_only=True)
class Update:
    """An addition to the credentials of an asset that does not touch its content.

    Attributes:
        metadata: JSON-LD objects as text; each becomes a `cawg.metadata` assertion.
        redactions: Assertions of which nothing is to be left: absolute JUMBF URIs, or labels that
            one manifest of the asset alone has.
        reason: The reason to redact them: one of `REASONS`, or a name like `com.example.reason`.
        publishes: Whether to record that the asset is published.
        stamps: Whether to add a time stamp for every signature of the asset that has none.
        certificate_status: Whether to add what the responders of the signers say about their
            certificates.
        definition: A manifest definition with further assertions and actions.
        names_actors: Whether actors are named, who are given where the update is signed.

    Raises:
        UsageError: Nothing is added, or a value is invalid.
    """

    metadata: tuple[str, ...] = ()
    redactions: tuple[str, ...] = ()
    reason: str = REASONS[0]
    publishes: bool = False
    stamps: bool = False
    certificate_status: bool = False
    definition: Definition | None = None
    names_actors: bool = False

    def __post_init__(self) -> None:
        adds = (
            *(self.metadata, self.redactions, self.publishes, self.stamps),
            *(self.certificate_status, self.definition is not None, self.names_actors),
        )
        if not any(adds):
            raise UsageError("an update adds something: metadata, a redaction, a time stamp …")
        if not _NAMESPACED.fullmatch(self.reason):
            known = ", ".join(REASONS)
            raise UsageError(f"invalid reason {self.reason!r}: {known}, or com.example.reason")
        for text in self.metadata:
            _metadata(text)


def compose(
    update: Update,
    store: Store,
    *,
    time_stamps: Mapping[str, bytes],
    responses: Iterable[bytes],
) -> ManifestContent:
    """The content of the update manifest.

    Arguments:
        update: The addition to the credentials.
        store: The store that the asset carries.
        time_stamps: TimeStampTokens by the label of the manifest that they are about.
        responses: OCSP responses.

    Raises:
        SigningError: The definition holds what an update manifest must not hold, or nothing is
            found where something is to be redacted.
        OSError: A file that the definition names cannot be read.
    """
    defined = update.definition.read() if update.definition else None
    if defined is not None:
        refuse_content(defined)
    redactions = tuple(_locate(name, store) for name in update.redactions)
    added = [_metadata(text, index) for index, text in enumerate(update.metadata)]
    if time_stamps:
        added.append(cbor_assertion("c2pa.time-stamp", dict(time_stamps)))
    if listed := list(responses):
        added.append(cbor_assertion("c2pa.certificate-status", {"ocspVals": listed}))
    own = tuple(_actions(update, redactions))

    def write_actions(
        parent: HashedURI | None, named: Mapping[str, HashedURI]
    ) -> dict[str, object]:
        opened = {"action": OPENED, "parameters": {"ingredients": _references(parent)}}
        base = defined.write_actions(parent, named) if defined else {"actions": [opened]}
        listed = base["actions"]
        return {
            # Nothing else was done: an update leaves the content as it is.
            "allActionsIncluded": True,
            **base,
            "actions": [*(listed if isinstance(listed, list) else ()), *own],
        }

    before = defined.assertions if defined else ()
    _refuse_twice([*before, *added])
    return ManifestContent(
        opens=True,
        write_actions=write_actions,
        assertions=(*before, *added),
        title=defined.title if defined else None,
        generator=defined.generator if defined else {},
        vendor=defined.vendor if defined else "",
        redactions=tuple(dict.fromkeys((*(defined.redactions if defined else ()), *redactions))),
    )


def only_redacts(content: ManifestContent) -> bool:
    """Whether a definition redacts and changes nothing else, so that it belongs in an update.

    C2PA 2.2 §6.8. Assertions may stand in the place of redacted ones.
    """
    if not content.redactions or content.components or content.remote:
        return False
    try:
        refuse_content(content)
    except SigningError:
        return False
    return True


def refuse_content(content: ManifestContent) -> None:
    """Check that an update manifest may hold all of it.

    Raises:
        SigningError: It must not.
    """
    if content.components:
        raise SigningError("an update manifest has one ingredient, the asset itself")
    if content.remote is not None or not content.embeds:
        raise SigningError("an update leaves the file as it is: leave out 'remote_url', 'no_embed'")
    for item in content.assertions:
        if item.label.startswith(_NOT_HERE):
            raise SigningError(f"an update manifest cannot hold {item.label}")
    for name in content.action_names:
        if name not in ACTIONS:
            raise SigningError(f"an update manifest cannot hold the action {name}")


def _references(parent: HashedURI | None) -> list[object]:
    return [parent.encode()] if parent else []


def _actions(update: Update, redactions: Iterable[str]) -> Iterator[dict[str, object]]:
    if update.metadata:
        yield {"action": "c2pa.edited.metadata"}
    for url in redactions:
        parameters = {"redacted": url}
        yield {"action": "c2pa.redacted", "reason": update.reason, "parameters": parameters}
    if update.publishes:
        yield {"action": "c2pa.published"}


def _metadata(text: str, index: int = 0) -> NewAssertion:
    """A metadata assertion (C2PA 2.5 §16.6.8.2).

    Raises:
        UsageError: It is not a JSON-LD object with a context.
    """
    try:
        found = json_text.decode(text)
        encoded = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the metadata is not valid JSON: {error}") from None
    if not isinstance(found, dict) or "@context" not in found or len(found) < 2:
        raise UsageError("the metadata is not a JSON-LD object with '@context' and a property")
    label = f"{_METADATA}__{index}" if index else _METADATA
    return json_assertion(label, encoded, created=False)


def _refuse_twice(assertions: Iterable[NewAssertion]) -> None:
    seen: set[str] = set()
    for item in assertions:
        if item.label in seen:
            raise SigningError(f"the definition and the options both bring {item.label}")
        seen.add(item.label)


def _locate(name: str, store: Store) -> str:
    """The absolute URI of an assertion that is named by its URI or its label.

    Raises:
        SigningError: None has this label, or several manifests have one.
    """
    if uri.parse(name) is not None:
        return name
    found: list[str] = []
    for manifest in store.manifests.values():
        try:
            if name in manifest.assertions:
                found.append(manifest.url(uri.ASSERTIONS, name))
        except Unreadable:
            continue  # validating the asset says it
    if not found:
        raise SigningError(f"redactions: no manifest has an assertion {name!r}")
    if len(found) > 1:
        raise SigningError(f"redactions: several manifests have {name!r}: name one of {found}")
    return found[0]
