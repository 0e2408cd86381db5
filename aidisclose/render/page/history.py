"""Level 3: the history of a file as a tree, each step with its picture and what was done in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from aidisclose import limits
from aidisclose.manifest import uri
from aidisclose.manifest.actions import Action
from aidisclose.manifest.lineage import Believed, BelievedIngredient
from aidisclose.message import within_quotes
from aidisclose.render.language import Language, mark
from aidisclose.render.page.document import count, escape, figure, items, quote
from aidisclose.render.page.pictures import THUMBNAIL, Picture, Pictures
from aidisclose.render.page.summary import DISTRUST, meaning_of, say_signer
from aidisclose.render.words import name_of
from aidisclose.validate.codes import StatusKind, kind_of
from aidisclose.validate.report import Report
from aidisclose.validate.state import Trust

#: Steps that are shown, how deep they lie, and actions of one; a hostile file has more.
_STEPS: Final = 60
_DEPTH: Final = 12
_ACTIONS: Final = 30

#: Of the list of the specification (C2PA 2.5 §16.4.1).
ACTIONS: Final = {
    "c2pa.addedText": mark("text added"),
    "c2pa.adjustedColor": mark("colours adjusted"),
    "c2pa.changedSpeed": mark("speed changed"),
    "c2pa.color_adjustments": mark("colours adjusted"),
    "c2pa.converted": mark("converted to another format"),
    "c2pa.created": mark("created"),
    "c2pa.cropped": mark("cropped"),
    "c2pa.deleted": mark("something was deleted"),
    "c2pa.drawing": mark("drawn on"),
    "c2pa.dubbed": mark("dubbed"),
    "c2pa.edited": mark("edited"),
    "c2pa.edited.metadata": mark("metadata edited"),
    "c2pa.enhanced": mark("enhanced"),
    "c2pa.filtered": mark("filter applied"),
    "c2pa.opened": mark("opened"),
    "c2pa.orientation": mark("rotated"),
    "c2pa.placed": mark("something was placed in it"),
    "c2pa.published": mark("published"),
    "c2pa.redacted": mark("statements removed"),
    "c2pa.removed": mark("something was removed"),
    "c2pa.repackaged": mark("repackaged"),
    "c2pa.resized": mark("resized"),
    "c2pa.resized.proportional": mark("resized"),
    "c2pa.transcoded": mark("re-encoded"),
    "c2pa.translated": mark("translated"),
    "c2pa.trimmed": mark("trimmed"),
    "c2pa.unknown": mark("changed in a way that is not known"),
    "c2pa.watermarked": mark("watermarked"),
    "c2pa.watermarked.bound": mark("watermarked"),
    "c2pa.watermarked.unbound": mark("watermarked"),
}
_RELATIONS: Final = {
    "parentOf": mark("Made from: {title}"),
    "componentOf": mark("Part of it: {title}"),
    "inputTo": mark("Used as input: {title}"),
}


def steps(report: Report, believed: Believed, language: Language, shown: Pictures) -> str:
    """The history that unbroken hashes from the signature prove, the newest step first.

    Arguments:
        report: On the file.
        believed: Its active manifest.
        language: Of the page.
        shown: Pictures that were made for it.
    """
    title = quote(believed.claim.title) if believed.claim.title else language.say("This file")
    tree = _Tree(report, language, shown)
    return f'<ul class="history">\n{tree.step(title, believed, None, 0)}</ul>\n'


class _Tree:
    """Writes as many steps and bytes as a page has; each manifest and picture is shown once."""

    def __init__(self, report: Report, language: Language, shown: Pictures) -> None:
        self._report = report
        self._language = language
        self._pictures = dict(shown.thumbnails)
        self._steps = _STEPS
        self._bytes = limits.PAGE_PART
        self._described: set[str] = set()

    def step(self, title: str, manifest: Believed | None, own: Picture | None, depth: int) -> str:
        say = self._language.say
        self._steps -= 1
        picture = own or (self._claimed(manifest) if manifest else None)
        parts = [f"<p>{escape(title)}</p>\n"]
        if picture is not None:
            parts.append(figure(picture, say("Thumbnail of this step")))
        if manifest is not None and manifest.label in self._described:
            parts.append(f"<p>{escape(say('Its own history is shown above.'))}</p>\n")
        elif manifest is not None:
            self._described.add(manifest.label)
            lines = self._done(manifest) if depth == 0 else self._said(manifest)
            parts.append(items(self._within(lines)))
            parts.append(self._below(manifest, depth + 1))
        return f"<li>{''.join(parts)}</li>\n"

    def _below(self, manifest: Believed, depth: int) -> str:
        found: list[str] = []
        ingredients = manifest.ingredients
        for number, item in enumerate(ingredients):
            if self._steps <= 0 or self._bytes <= 0 or depth > _DEPTH:
                more = self._language.say(
                    "and {count} more", count=count(len(ingredients) - number)
                )
                found.append(f"<li>{escape(more)}</li>\n")
                break
            title = self._title(item)
            found.append(self.step(title, item.manifest, self._thumbnail(manifest, item), depth))
        return f'<ul class="history">\n{"".join(found)}</ul>\n' if found else ""

    def _title(self, item: BelievedIngredient) -> str:
        say, value = self._language.say, item.value
        title = quote(value.title) if value.title else say("a file that is not named here")
        text = say(_RELATIONS.get(value.relationship, _RELATIONS["inputTo"]), title=title)
        if item.manifest is None and value.manifest is None:
            return say("{step} (without Content Credentials)", step=text)
        if any(map(_is_failure, value.recorded)):
            return say(
                "{step} (its Content Credentials were not valid when it was added)", step=text
            )
        return text

    def _within(self, lines: Iterable[str]) -> Iterator[str]:
        """As many lines as there is room for."""
        for line in lines:
            self._bytes -= len(escape(line))
            if self._bytes <= 0:
                yield "…"
                return
            yield line

    def _said(self, manifest: Believed) -> Iterator[str]:
        """As `_done`, and who says so: another signer than that of the file, trusted or not."""
        found = self._report.validation
        signature = found.signatures.get(manifest.label) if found else None
        if found is not None and signature is not None and signature.signer is not None:
            say, name = self._language.say, quote(name_of(signature.signer))
            standing = self._report.trust
            if standing is not Trust.NOT_CHECKED:
                is_trusted = found.manifests[manifest.label].is_signer_trusted
                standing = Trust.TRUSTED if is_trusted else Trust.UNTRUSTED
            who = say_signer(standing.value, name, self._language)
            if signature.is_test:
                who = say("“{name}” (credentials for testing)", name=within_quotes(name))
            yield f"{say('Signed by')}: {who}"
        yield from self._done(manifest)

    def _done(self, manifest: Believed) -> Iterator[str]:
        say = self._language.say
        if program := manifest.claim.generator:
            yield say("App or device used: {program}", program=quote(program))
        listed = (action for each in manifest.action_lists for action in each.actions)
        for action in islice(listed, _ACTIONS):
            yield self._action(action)
        left = sum(len(each.actions) for each in manifest.action_lists) - _ACTIONS
        if left > 0:
            yield say("and {count} more", count=count(left))

    def _action(self, action: Action) -> str:
        say = self._language.say
        name = say(ACTIONS[action.name]) if action.name in ACTIONS else quote(action.name)
        parts = [name]
        if action.source_type:
            parts.append(meaning_of(action.source_type, self._language))
        if action.agent:
            parts.append(quote(str(action.agent)))
        if action.when:
            parts.append(quote(action.when))
        return " · ".join(parts)

    def _claimed(self, manifest: Believed) -> Picture | None:
        """The picture of the asset when it was signed."""
        urls = (
            item.url
            for item in manifest.assertions
            if item.label.startswith(THUMBNAIL) and "ingredient" not in item.label
        )
        return next((self._pictures.pop(url) for url in urls if url in self._pictures), None)

    def _thumbnail(self, manifest: Believed, item: BelievedIngredient) -> Picture | None:
        """The picture that an ingredient refers to, which stands in the manifest that names it."""
        reference = item.value.fields.get("thumbnail")
        url = reference.get("url") if isinstance(reference, dict) else None
        place = uri.parse(url) if isinstance(url, str) else None
        if place is None or place.manifest not in (None, manifest.label):
            return None
        return self._pictures.pop(uri.absolute(manifest.label, *place.path), None)


def _is_failure(recorded: tuple[str, str]) -> bool:
    """Whether a status says more than that somebody did not know the signer."""
    code, _ = recorded
    return code != DISTRUST and kind_of(code) is StatusKind.FAILURE
