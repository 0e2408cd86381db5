"""The metadata of a disclosure: assertions of a manifest, an XMP packet, a comment.

Both say the same, so that no carrier contradicts another.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from aidisclose.carriers import comment, xmp
from aidisclose.carriers.aigc import Label
from aidisclose.carriers.xmp import Property
from aidisclose.errors import SigningError
from aidisclose.manifest import softbinding, source_type, training
from aidisclose.manifest.disclosure import (
    MODEL_TYPE,
    WITH_AI_DISCLOSURE,
    Disclosure,
)
from aidisclose.manifest.draft import NewAssertion, cbor_assertion, file_assertion, json_assertion
from aidisclose.manifest.ingredient import INPUT_TO
from aidisclose.manifest.label import AI_DISCLOSURE, DISCLOSURE
from aidisclose.manifest.source_type import Share
from aidisclose.manifest.spec import Spec

_METADATA: Final = "c2pa.metadata"
_CAWG_METADATA: Final = "cawg.metadata"
_EMBEDDED: Final = "c2pa.embedded-data"

#: Of two source types for one file, the one that says most about AI stays.
#: A file that was made by AI does not become less so by being edited: the honest answer about it is
#: the strongest one that anybody gave.
_RANK: Final = {Share.NONE: 0, Share.UNKNOWN: 1, Share.PART: 2, Share.ALL: 3}


def assertions(
    disclosure: Disclosure, *, spec: Spec, indirect: Iterable[str]
) -> Iterator[NewAssertion]:
    """All assertions but actions, ingredients and what signing adds.

    What the signer vouches for is created; what says more than the specification has a place for,
    and personal data, is gathered.

    Arguments:
        disclosure: The declaration about AI.
        spec: Version of the specification.
        indirect: The machine-readable methods by which the file discloses the use of AI.
    """
    if disclosure.watermark and disclosure.watermark.is_bound:
        yield cbor_assertion(softbinding.LABEL, disclosure.watermark.binding().write())
    if _says_source_type(disclosure):
        # In the manifest as well as in XMP: what is written in the file may be stripped, and the
        # store kept elsewhere.
        yield _metadata(_METADATA, {xmp.SOURCE_TYPE: disclosure.term.uri}, created=True)
    model = disclosure.write_model()
    if model and spec.has(WITH_AI_DISCLOSURE):
        yield cbor_assertion(AI_DISCLOSURE, model)
    if private := _private(disclosure):
        yield _metadata(_CAWG_METADATA, private, created=False)
    if disclosure.training:
        content = training.write(disclosure.training, disclosure.training_constraint)
        # Gathered, as it speaks for rights that the signer of a generator does not have.
        yield cbor_assertion(training.LABEL, content, created=False)
    if own := disclosure.write_record(indirect):
        yield cbor_assertion(DISCLOSURE, own, created=False)


def _says_source_type(disclosure: Disclosure) -> bool:
    """Whether the source type is one of the whole asset, not only of what was changed."""
    return disclosure.ai != "none" or not disclosure.opens


def _metadata(label: str, values: Mapping[Property, str], *, created: bool) -> NewAssertion:
    """Properties as JSON-LD."""
    context = {item.prefix: item.namespace for item in values}
    fields = {"@context": context} | {str(item): value for item, value in values.items()}
    # Written as UTF-8: escapes would make a Chinese prompt three times as long.
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return json_assertion(label, text.encode("utf-8", "replace"), created=created)


def _private(disclosure: Disclosure) -> dict[Property, str]:
    """The fields that `c2pa.metadata` may not hold; empty unless they were asked for."""
    if not (
        disclosure.prompt
        or disclosure.provider
        or disclosure.training
        or (disclosure.seed and not disclosure.inputs)
    ):
        return {}
    values = properties(disclosure)
    return {item: value for item, value in values.items() if item is not xmp.SOURCE_TYPE}


def properties(disclosure: Disclosure) -> dict[Property, str]:
    """The XMP properties of a disclosure: IPTC 2025.1, PLUS and the label of GB 45438-2025."""
    values: dict[Property, str | None] = {}
    if _says_source_type(disclosure):
        values[xmp.SOURCE_TYPE] = disclosure.term.uri
    values[xmp.SYSTEM] = disclosure.model
    values[xmp.SYSTEM_VERSION] = disclosure.model_version
    if not disclosure.inputs:
        values[xmp.PROMPT] = _prompt(disclosure)
        values[xmp.PROMPT_WRITER] = disclosure.prompt_writer
    values[xmp.CREDIT] = disclosure.provider
    values[xmp.DATA_MINING] = training.plus(disclosure.training) if disclosure.training else None
    return {item: value for item, value in values.items() if value}


def _prompt(disclosure: Disclosure) -> str | None:
    """The prompt with the seed, for which the standard has no property of its own."""
    if disclosure.seed is None:
        return disclosure.prompt
    return "; ".join(filter(None, (disclosure.prompt, f"seed: {disclosure.seed}")))


def packet(
    disclosure: Disclosure, old: bytes | None, *, iptc: bool = True, label: Label | None = None
) -> bytes | None:
    """The XMP packet that a file gets; None if there is nothing to say.

    An existing packet is kept but for what is declared anew. A source type that says more about AI
    than the new one stays, and so does somebody's credit.

    Arguments:
        disclosure: The declaration about AI.
        old: The file's packet.
        iptc: Whether to write more than the label of GB 45438-2025.
        label: That label, if it belongs in XMP.

    Raises:
        SigningError: The old packet says that AI made the file, and `disclosure` that none did.
        Malformed: The old packet cannot be read.
        LimitExceeded: It is too large.
    """
    values = properties(disclosure) if iptc else {}
    if label:
        values[xmp.AIGC] = label.encode()
    if not values:
        return None
    if old is None:
        return xmp.create(values)
    existing = xmp.parse(old)
    found = existing.values
    said = max(found.get(xmp.SOURCE_TYPE, ()), key=_rank, default="")
    if xmp.SOURCE_TYPE in values and _is_outranked(disclosure, said, "XMP"):
        del values[xmp.SOURCE_TYPE]
    # The credit line is a photographer's or an agency's; the provider of a model is not to take its
    # place.
    if found.get(xmp.CREDIT):
        values.pop(xmp.CREDIT, None)
    # A version belongs to its system: that of another one must not stay behind.
    new: dict[Property, str | None] = dict(values)
    if xmp.SYSTEM in values:
        new.setdefault(xmp.SYSTEM_VERSION, None)
    return existing.merge(new)


#: What part AI had, in the words of a comment.
_WORDS: Final = {
    "generated": "generated by AI",
    "composite": "made in part by AI",
    "edited": "edited with AI",
    "none": "made without generative AI",
}


def remark(disclosure: Disclosure, old: Iterable[str]) -> str | None:
    """The comment in a sound file; None if there is nothing to say.

    Arguments:
        disclosure: The declaration about AI.
        old: The source types that comments of the file name. One that says more about AI stays.

    Raises:
        SigningError: A comment says that AI made the file, and `disclosure` that none did.
    """
    said = max(old, key=_rank, default="")
    if not _says_source_type(disclosure) or _is_outranked(disclosure, said, "comment"):
        return None
    model = " ".join(filter(None, (disclosure.model, disclosure.model_version)))
    return comment.write(_WORDS[disclosure.ai], model, disclosure.term.uri)


def _is_outranked(disclosure: Disclosure, said: str, where: str) -> bool:
    """Whether a file already says more about AI than is declared."""
    if _rank(said) <= _rank(disclosure.term.uri):
        return False
    if disclosure.ai == "none" and _rank(said) >= _RANK[Share.PART]:
        raise SigningError(
            f"ai is none, but the file's {where} says {said}; if that is wrong, correct it first"
        )
    return True


def _rank(text: str) -> int:
    found = source_type.find(text)
    return _RANK[found.share] if found else 0


class ModelInput:
    """An ingredient that a model was given: what it says, and the data it refers to."""

    __slots__ = ("assertions", "fields", "name")

    def __init__(
        self, name: str, fields: dict[str, object], assertions: tuple[NewAssertion, ...] = ()
    ) -> None:
        self.name = name
        self.fields: dict[str, object] = {"relationship": INPUT_TO, "dc:title": name} | fields
        self.assertions = assertions


def inputs(disclosure: Disclosure) -> tuple[ModelInput, ...]:
    """Prompt, seed, model and data set as ingredients (C2PA 2.2, AI/ML guidance)."""
    if not disclosure.inputs:
        return ()
    found: list[ModelInput] = []
    for name, text in (("prompt", disclosure.prompt), ("seed", disclosure.seed)):
        if text is None:
            continue
        # C2PA 2.2 §6.4: of several assertions with one label, the second ends in `__1`.
        label = _EMBEDDED if not found else f"{_EMBEDDED}__{len(found)}"
        data = file_assertion(label, text.encode("utf-8", "replace"), media_type="text/plain")
        fields: dict[str, object] = {
            "dc:format": "text/plain",
            "data": data.reference.encode(),
            "dataTypes": [{"type": f"c2pa.types.generator.{name}"}],
        }
        found.append(ModelInput(name, fields, (data,)))
    if disclosure.model:
        kinds = ["c2pa.types.generator", disclosure.model_type or MODEL_TYPE]
        about = disclosure.model_card_url or disclosure.model_id
        fields = {"dataTypes": [{"type": kind} for kind in kinds]}
        fields |= {
            "description": " ".join(filter(None, (disclosure.model, disclosure.model_version)))
        }
        fields |= {"informationalURI": about} if about else {}
        found.append(ModelInput("model", fields))
    if disclosure.training_data_url:
        fields = {
            "dataTypes": [{"type": "c2pa.types.dataset"}],
            "informationalURI": disclosure.training_data_url,
        }
        found.append(ModelInput("training data", fields))
    return tuple(found)
