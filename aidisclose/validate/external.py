"""Assertions about data outside of the store; nothing is fetched (C2PA 2.5 §14.10.4.2.1 to 3)."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from aidisclose.errors import Malformed
from aidisclose.manifest import actions, ingredient, label
from aidisclose.manifest.store import Assertion, ManifestKind
from aidisclose.validate.scope import Scope
from aidisclose.validate.status import Status, Statuses

CLOUD_DATA: Final = "c2pa.cloud-data"
EXTERNAL_REFERENCE: Final = "c2pa.external-reference"
LINKED_RESOURCES: Final = "c2pa.linked-resource-integrity"

#: All hard bindings and multi-asset hashes, also those to come: what binds the content must be
#: here.
_HASH: Final = "c2pa.hash."
#: What must stand in the manifest itself.
_EMBEDDED_ONLY: Final = (actions.NAME, ingredient.NAME, CLOUD_DATA)


def check_cloud_data(scope: Scope, assertion: Assertion) -> Statuses:
    """An assertion whose content is stored elsewhere."""
    url = assertion.url
    malformed = "assertion.cloud-data.malformed"
    try:
        fields = assertion.fields
    except Malformed as error:
        yield Status(malformed, url, error.reason)
        return
    named, size, location = fields.get("label"), fields.get("size"), fields.get("location")
    if not isinstance(named, str) or type(size) is not int or not isinstance(location, dict):
        yield Status(malformed, url, "cloud data without label, size or location")
        return
    # `size-type` of the CDDL begins at 1.
    if size < 1 or not isinstance(location.get("url"), str):
        yield Status(malformed, url, "cloud data of no size or without a URL")
    name = label.split(named).name
    if name.startswith(_HASH):
        yield Status("assertion.cloud-data.hardBinding", url, f"{named} must not be elsewhere")
    elif name == actions.NAME and scope.manifest.kind is ManifestKind.UPDATE:
        yield Status("assertion.cloud-data.actions", url, f"{named} in an update manifest")
    elif name in _EMBEDDED_ONLY:
        yield Status(malformed, url, f"{named} must not be elsewhere")


def check_external_reference(_scope: Scope, assertion: Assertion) -> Statuses:
    """A reference to something elsewhere."""
    url = assertion.url
    malformed = "assertion.external-reference.malformed"
    try:
        fields = assertion.fields
    except Malformed as error:
        yield Status(malformed, url, error.reason)
        return
    location, named = fields.get("location"), fields.get("label")
    if not isinstance(location, dict) or not isinstance(location.get("url"), str):
        yield Status(malformed, url, "an external reference without a location")
        return
    # Without either it is a reference that binds nothing, which §14.10.4.2.2 permits.
    if ("alg" in location) != ("hash" in location):
        yield Status(malformed, url, "only one of hash and its algorithm is there")
    if named is None:
        return
    name = label.split(named).name if isinstance(named, str) else ""
    if not name or name.startswith(_HASH) or name in (*_EMBEDDED_ONLY, EXTERNAL_REFERENCE):
        yield Status(malformed, url, f"{named} must not be elsewhere")


def check_linked_resources(scope: Scope, assertion: Assertion) -> Statuses:
    """Hashes of files that belong to the asset; they are not looked at."""
    url = assertion.url
    malformed = "assertion.linkedResourceIntegrity.malformed"
    if assertion.label not in scope.created:
        message = "the signer does not vouch for the linked resources"
        yield Status("assertion.linkedResourceIntegrity.notCreated", url, message)
    try:
        resources = assertion.fields.get("resources")
    except Malformed as error:
        yield Status(malformed, url, error.reason)
        return
    fields = resources if isinstance(resources, dict) else {}
    external, relative = fields.get("externalResources"), fields.get("relativeResources")
    if not external and not (relative and isinstance(fields.get("alg"), str)):
        yield Status(malformed, url, "no list of resources, or no hash algorithm for it")
        return
    if relative and scope.alg(fields.get("alg")) is None:
        yield Status("algorithm.unsupported", url, f"hash algorithm {fields.get('alg')!r}")
    yield from _check_entries(url, external, ("url", "alg", "hash"))
    yield from _check_entries(url, relative, ("uri", "hash"))


def _check_entries(url: str, entries: object, names: tuple[str, ...]) -> Statuses:
    for entry in entries if isinstance(entries, list) else [entries] if entries else []:
        fields = entry if isinstance(entry, dict) else {}
        address = fields.get(names[0])
        if not isinstance(address, str) or not fields.keys() >= set(names):
            message = f"a linked resource without {', '.join(names)}"
            yield Status("assertion.linkedResourceIntegrity.malformed", url, message)
        # After decoding, or `%2e%2e` would pass. A segment `.` leads nowhere else, and is
        # permitted.
        elif names[0] == "uri" and ".." in unquote(address).split("/"):
            code = "assertion.linkedResourceIntegrity.invalidURI"
            yield Status(code, url, "a path leads out of its folder", address)
        else:
            code = "assertion.linkedResourceIntegrity.skipped"
            yield Status(code, url, "linked resources are not looked at", address)
