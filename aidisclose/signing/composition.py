"""A new manifest store without the hash of the asset's content and the signature."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from aidisclose.errors import SigningError
from aidisclose.manifest import actions, label, store, uri
from aidisclose.manifest.actions import OPENED
from aidisclose.manifest.draft import Draft, NewAssertion, cbor_assertion
from aidisclose.manifest.ingredient import PARENT_OF
from aidisclose.manifest.spec import Spec
from aidisclose.manifest.uri import HashedURI
from aidisclose.named import NamedTuple
from aidisclose.signing.history import History, merge
from aidisclose.signing.manifest_content import ManifestContent
from aidisclose.signing.redaction import redact
from aidisclose.trust.config import TrustConfig
from aidisclose.validate.validator import validate
from aidisclose.version import VERSION

_ACTIONS: Final = "c2pa.actions.v2"
_INGREDIENT: Final = "c2pa.ingredient.v3"


class Reserved(NamedTuple):
    """The space that is left for the hash of the content and the signature.

    Attributes:
        binding: Label of the hard binding.
        binding_size: Bytes of its content.
        signature_size: Bytes of the COSE signature.
    """

    binding: str
    binding_size: int
    signature_size: int


def draft(
    content: ManifestContent,
    histories: Sequence[History],
    room: Reserved,
    *,
    title: str | None,
    media_type: str,
    spec: Spec,
    is_resaved: bool,
) -> Draft:
    """A store at its final size.

    Arguments:
        content: The content of the manifest about the asset.
        histories: Of all ingredients, the parent first.
        room: The room that is left free.
        title: Name of the asset.
        media_type: Its type.
        spec: Version of the specification.
        is_resaved: Whether the parent, if there is one, is the asset itself.

    Raises:
        SigningError: The histories cannot be carried on, or a redaction is not permitted.
    """
    # `c2pa.opened` has to name a parentOf (C2PA 2.2 §15.10.3.2.2): a source without credentials
    # becomes an ingredient of which only title and format are known.
    if content.opens and not (histories and histories[0].relationship == PARENT_OF):
        histories = (History(), *histories)
    histories = redact(histories, content.redactions)
    parent: HashedURI | None = None
    named: dict[str, HashedURI] = {}
    assertions: list[NewAssertion] = []
    for number, history in enumerate(histories):
        if history.relationship == PARENT_OF:
            # What the ingredient's own manifest says of itself comes first: the file may have been
            # renamed since.
            about = {"dc:title": title or "", "dc:format": media_type, **history.about}
            history = replace(history, about=about)
        # Numbered before the actions are written, which refer to ingredients by label and hash.
        written = cbor_assertion(label.number(_INGREDIENT, number), history.write())
        named[history.identifier] = written.reference
        assertions.append(written)
        if history.relationship == PARENT_OF:
            parent = written.reference
    actions = content.write_actions(parent, named)
    if actions["actions"]:
        # To what is opened and saved again, nothing else was done (C2PA 2.4, allActionsIncluded).
        is_all = is_resaved and _only_opens(actions["actions"])
        assertions.append(cbor_assertion(_ACTIONS, {"allActionsIncluded": is_all, **actions}))
    claim: dict[str, object] = {
        # Of this rendition: a copy of the source's own identifier would name two different files.
        "instanceID": f"xmp:iid:{uuid.uuid4()}",
        "claim_generator_info": (content.generator or {"name": "aidisclose", "version": VERSION})
        # Here since 2.4. In 2.3 it was a field of the claim, and c2pa-rs refuses claims with a
        # field that it does not know (`claim.malformed`).
        | {"specVersion": f"{spec}.0"},
    }
    if title:
        claim["dc:title"] = title
    if content.redactions:
        claim["redacted_assertions"] = list(content.redactions)
    return Draft(
        label=label.new_manifest_label(content.vendor),
        claim=claim,
        assertions=(*assertions, *content.assertions),
        previous=merge(histories),
        binding=room.binding,
        binding_size=room.binding_size,
        signature_size=room.signature_size,
    )


def _only_opens(listed: object) -> bool:
    return isinstance(listed, list) and [item["action"] for item in listed] == [OPENED]


def check_definition(drafted: Draft, trust: TrustConfig, now: datetime) -> tuple[str, ...]:
    """Check that a manifest drafted from a definition would validate; returns warnings about it.

    Its hard binding, its signature and assertions about others are not there yet. What it redacts
    must not make its ingredients invalid: those of old versions cannot be redacted (C2PA 2.2
    §6.8).

    Raises:
        SigningError: Validators would not accept it.
    """
    parsed = store.parse(drafted.placeholder())
    late = (drafted.binding, *(each.label for each in drafted.late))
    # Validated like any manifest, so that what users write into definitions is judged by the same
    # rules as what they will be judged by.
    missing = {
        parsed.active.url(uri.SIGNATURE),
        *(parsed.active.url(uri.ASSERTIONS, name) for name in late),
    }
    found = validate(parsed, asset=None, trust=trust, at=now, online=False)
    failures = [status for status in found.active.failure if status.url not in missing]
    if "redacted_assertions" in drafted.claim:
        failures += [status for delta in found.deltas for status in delta.results.failure]
    for status in failures:
        raise SigningError(f"manifest definition: {status.explanation} ({status.code})")
    if any(map(_is_unspecified, parsed.active.assertions.values())):
        # C2PA 2.2 §18.14.2 wants one; c2pa-rs refuses the manifest without it.
        return ("c2pa.created has no digitalSourceType, which other validators refuse: add it",)
    return ()


def _is_unspecified(assertion: store.Assertion) -> bool:
    """Whether it says that the asset was created, and not how."""
    if assertion.parts.name != actions.NAME:
        return False
    listed = actions.decode(assertion).actions
    return any(each.name == actions.CREATED and not each.source_type for each in listed)
