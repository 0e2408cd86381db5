"""A manifest store as a tree, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum, auto
from itertools import islice
from typing import TYPE_CHECKING, Final

from aidisclose.errors import Malformed, Unreadable
from aidisclose.manifest import actions, ingredient, lineage
from aidisclose.manifest.actions import Action
from aidisclose.manifest.claim import Claim
from aidisclose.manifest.declared import Declared
from aidisclose.manifest.ingredient import Ingredient
from aidisclose.manifest.store import Assertion, Manifest, ManifestKind, Store
from aidisclose.message import within_quotes
from aidisclose.named import NamedTuple
from aidisclose.render import words
from aidisclose.render.properties import properties
from aidisclose.render.renderer import Result, Run
from aidisclose.render.safe import clean, clean_part
from aidisclose.render.style import COLOURS, Style
from aidisclose.validate.report import Report
from aidisclose.validate.signature import Signature
from aidisclose.validate.state import State
from aidisclose.validate.status import Results, Status
from aidisclose.validate.transcript import moment
from aidisclose.validate.validator import Validation

if TYPE_CHECKING:
    from aidisclose.validate.identity import Identity

#: Entries of one list that are shown; a hostile manifest may have a hundred thousand.
_SHOWN: Final = 50
#: Ingredients of ingredients that are shown; deeper ones do not fit on a screen.
DEPTH: Final = 20
#: How labels of metadata assertions end (C2PA 2.5 §16.7).
_METADATA: Final = ".metadata"


class Part(Enum):
    """The role of a line where a tree is folded."""

    DETAIL = auto()
    MANIFEST = auto()
    SIGNER = auto()
    FAILURES = auto()


class Line(NamedTuple):
    """A line of the tree and what hangs below it.

    Attributes:
        text: The line.
        children: The lines below it.
        part: Its role where the tree is folded.
    """

    text: str
    children: tuple[Line, ...] = ()
    part: Part = Part.DETAIL


def render(result: Result, run: Run) -> str:
    """Everything about one file that was read: the answers, the store, what is missing."""
    report = result.report
    if report is None:
        return ""
    shown = [f"{run.style.paint(clean(result.file, None), 'bold')}  {report.media_type}"]
    shown += _answers(report, run.style)
    if roots := lines(report, run.style):
        for node in roots:
            shown += ["", *draw(fold(node, run.depth))]
    elif report.failures:
        shown += ["", *(f"  {_status(item, run.style)}" for item in report.failures)]
    missing = [f"  {name:<13}  {words.missing(name)}" for name in report.missing]
    if missing or report.state is not State.NONE:
        shown += ["", run.style.paint("missing", "bold"), *(missing or ["  nothing"])]
    shown += ["", run.style.paint("what this does not mean", "bold")]
    shown += [f"  {line}" for line in words.LIMITS]
    return "".join(f"{line}\n" for line in shown)


def lines(report: Report, style: Style) -> tuple[Line, ...]:
    """The manifests of a report that has any, as trees."""
    if report.store is None or report.validation is None:
        return ()
    return tuple(_Tree(report.store, report.validation, style).roots())


def _answers(report: Report, style: Style) -> Iterator[str]:
    state = style.paint(words.state(report), COLOURS[report.state.value], "bold")
    yield f"  state       {state}"
    yield f"  integrity   {words.integrity(report)}"
    if report.state is not State.NONE:
        yield f"  trust       {words.signer(report)}"
    yield from (f"              warning: {line}" for line in words.overclaims(report))
    yield from (f"  identity    {line}" for line in words.identities(report, names_options=True))
    yield f"  disclosure  {words.disclosure(report.disclosure)}"
    yield from (f"              {line}" for line in _model(report.disclosure))
    yield from (f"              {line}" for line in words.marks(report))
    yield from (f"              {line}" for line in words.contradictions(report.disclosure))
    yield from (f"              {line}" for line in words.unread(report.disclosure))
    if history := words.history(report):
        yield f"  history     {history}"
    if permissions := words.training(report.disclosure):
        yield f"  permits     {permissions}"
    yield from (f"  record      {line}" for line in words.record(report))


def _model(declared: Declared) -> Iterator[str]:
    model = declared.model
    if model.identifier:
        yield f"model {clean(model.identifier)}"
    if model.type:
        yield f"type {clean(model.type)}"
    if model.oversight:
        yield f"human oversight: {clean(model.oversight)}"


def fold(node: Line, depth: int | None) -> Line:
    """The tree in which manifests below a generation are folded: signer and failures stay.

    Arguments:
        node: The tree.
        depth: Generations below the first manifest that are unfolded; None unfolds all.
    """
    if depth is None:
        return node
    if node.part is Part.MANIFEST:
        if depth < 0:
            return _folded(node)
        depth -= 1
    return node._replace(children=tuple(fold(each, depth) for each in node.children))


def _folded(node: Line) -> Line:
    kept = [each for each in node.children if each.part is Part.FAILURES]
    kept = [each._replace(children=()) for each in node.children if each.part is Part.SIGNER] + kept
    further = sum(_manifests(each) for each in node.children)
    below = f", and {words.number(further, 'manifest')} below it" if further else ""
    more = Line(f"folded{below}; --depth shows more")
    return node._replace(children=(*kept, more))


def _manifests(node: Line) -> int:
    own = 1 if node.part is Part.MANIFEST else 0
    return own + sum(map(_manifests, node.children))


def draw(node: Line) -> Iterator[str]:
    """The lines of a tree."""
    yield node.text
    yield from _draw(node.children, "")


def _draw(nodes: tuple[Line, ...], indent: str) -> Iterator[str]:
    for number, node in enumerate(nodes, 1):
        last = number == len(nodes)
        yield f"{indent}{'└─ ' if last else '├─ '}{node.text}"
        yield from _draw(node.children, indent + ("   " if last else "│  "))


def _status(status: Status, style: Style) -> str:
    text = clean(status.code)
    if status.explanation:
        text += f": {clean(status.explanation)}"
    return style.paint(text, "red")


def _capped(nodes: Iterable[Line], count: int) -> tuple[Line, ...]:
    shown = tuple(node for node, _ in zip(nodes, range(_SHOWN), strict=False))
    return (*shown, Line(f"and {count - _SHOWN:,} more")) if count > _SHOWN else shown


class _Tree:
    """One walk through a store; every manifest is shown once."""

    def __init__(self, store: Store, validation: Validation, style: Style) -> None:
        self._store = store
        self._validation = validation
        self._style = style
        self._deltas = {delta.url: delta.results for delta in validation.deltas}
        steps = list(validation.believed.walk()) if validation.believed else []
        self._proven = {step.manifest.label for step in steps} | {
            item.url for step in steps for item in step.manifest.assertions
        }
        # Two ways can lead to one manifest, so that n generations may have 2ⁿ ways.
        self._seen: set[str] = set()

    def roots(self) -> Iterator[Line]:
        """The active manifest with all that it was made from, and then what nothing refers to."""
        yield self._manifest(self._store.active, depth=0)
        left = [label for label in self._store.manifests if label not in self._seen]
        if left:
            nodes = (Line(clean(label)) for label in left)
            title = f"not reached from there: {words.number(len(left), 'manifest')}"
            yield Line(title, _capped(nodes, len(left)))

    def _manifest(self, manifest: Manifest, *, depth: int) -> Line:
        self._seen.add(manifest.label)
        kind = "update manifest" if manifest.kind is ManifestKind.UPDATE else "manifest"
        if manifest is self._store.active:
            kind = f"active {kind}"
        if manifest.is_compressed:
            kind += ", compressed"
        if manifest.label not in self._proven:
            kind += ", not verified"
        title = f"{self._style.paint(clean(manifest.label), 'bold')} ({kind})"
        sections = (
            self._claim(manifest),
            self._signature(manifest),
            self._section(manifest, "actions", self._actions),
            self._section(manifest, "assertions", self._assertions),
            self._identities(manifest),
            self._section(manifest, "ingredients", lambda each: self._ingredients(each, depth)),
            self._statuses(self._validation.manifests.get(manifest.label)),
        )
        return Line(title, tuple(node for nodes in sections for node in nodes), Part.MANIFEST)

    def _claim(self, manifest: Manifest) -> Iterator[Line]:
        try:
            claim = manifest.claim
        except Unreadable as error:
            yield self._problem("claim", error)
            return
        yield Line(f"title: {clean(claim.title)}" if claim.title else "without a title")
        yield Line(f"made with: {clean(claim.generator) or 'unknown'} (claim v{claim.version})")

    def _signature(self, manifest: Manifest) -> Iterator[Line]:
        signature = self._validation.signatures.get(manifest.label)
        if signature is None or signature.signer is None:
            yield Line("signature: none that can be read")
            return
        signer = signature.signer
        details = (
            Line(f"issued by: {clean(signer.issuer_name)}"),
            Line(f"valid: {signer.not_before:%Y-%m-%d} to {signer.not_after:%Y-%m-%d}"),
            Line(f"algorithm: {signature.algorithm or 'unknown'}"),
            Line(f"anchor: {words.anchor(signature) if signature.voucher else 'none'}"),
            Line(_timestamp(signature)),
        )
        yield Line(f"signature: {words.name_of(signer)}", details, Part.SIGNER)

    def _section(
        self, manifest: Manifest, name: str, make: Callable[[Manifest], tuple[Line, ...]]
    ) -> Iterator[Line]:
        try:
            nodes = make(manifest)
        except Unreadable as error:
            yield self._problem(name, error)
            return
        if nodes:
            yield Line(name, nodes)

    def _actions(self, manifest: Manifest) -> tuple[Line, ...]:
        found: list[Line] = []
        for assertion in manifest.named(actions.NAME):
            try:
                decoded = actions.decode(assertion)
            except Malformed as error:
                found.append(self._problem(clean(assertion.label), error))
                continue
            found += _capped(
                (Line(_action(item) + self._doubt(assertion)) for item in decoded.actions),
                len(decoded.actions),
            )
            if decoded.all_included is not True:
                found.append(Line("others may have been performed"))
        return tuple(found)

    def _assertions(self, manifest: Manifest) -> tuple[Line, ...]:
        listed = manifest.assertions.values()
        created = _created(manifest)
        return _capped(
            (
                Line(_assertion(item, created) + self._doubt(item), _properties(item))
                for item in listed
            ),
            len(listed),
        )

    def _identities(self, manifest: Manifest) -> Iterator[Line]:
        found = self._validation.identities.get(manifest.label, ())
        if found:
            doubt = "" if manifest.label in self._proven else " (not verified)"
            nodes = (Line(words.identity(each) + doubt, _named(each)) for each in found)
            yield Line("identities", _capped(nodes, len(found)))

    def _doubt(self, assertion: Assertion) -> str:
        """The mark behind something that no unbroken hash leads to."""
        return "" if assertion.url in self._proven else " (not verified)"

    def _ingredients(self, manifest: Manifest, depth: int) -> tuple[Line, ...]:
        listed = manifest.named(ingredient.NAME)
        return _capped((self._ingredient(item, depth) for item in listed), len(listed))

    def _ingredient(self, assertion: Assertion, depth: int) -> Line:
        try:
            found = ingredient.decode(assertion)
        except Malformed as error:
            return self._problem(clean(assertion.label), error)
        title = f'{found.relationship}: "{within_quotes(clean(found.title or ""))}"'
        if found.media_type:
            title += f" ({clean(found.media_type)})"
        title += self._doubt(assertion)
        target = lineage.target(self._store, found)
        children = [*self._reference(found, target)]
        if target is None:
            children.append(Line("without credentials of its own, or they are not here"))
        elif target.label in self._seen:
            children.append(Line(f"{clean(target.label)} (shown above)"))
        elif depth >= DEPTH:
            children.append(Line(f"{clean(target.label)} (nested too deeply to be shown)"))
            # Reached, although not shown: it is none of those that nothing refers to.
            self._seen.add(target.label)
        else:
            children.append(self._manifest(target, depth=depth + 1))
        return Line(title, tuple(children))

    def _reference(self, found: Ingredient, target: Manifest | None) -> Iterator[Line]:
        """The defect of the reference itself, not of the manifest it points at."""
        delta = self._deltas.get(found.assertion.url, Results())
        own = self._validation.manifests.get(target.label, Results()) if target else Results()
        for status in delta.failure:
            if status not in own.failure:
                yield Line(_status(status, self._style))

    def _statuses(self, results: Results | None) -> Iterator[Line]:
        if results is None:
            yield Line("not validated")
            return
        if results.failure:
            nodes = (Line(_status(item, self._style)) for item in results.failure)
            yield Line("failures", _capped(nodes, len(results.failure)), Part.FAILURES)
        if results.informational:
            listed = tuple(Line(_plain(item)) for item in results.informational)
            yield Line("notes", _capped(listed, len(listed)))
        good = dict.fromkeys(item.code for item in results.success)
        listed = tuple(Line(_meant(code)) for code in good)
        yield Line("passed", _capped(listed, len(listed))) if good else Line("passed: nothing")

    def _problem(self, what: str, error: Exception) -> Line:
        return Line(self._style.paint(f"{what}: {clean(str(error))}", "red"))


def _meant(code: str) -> str:
    """The meaning of a check that passed; the code alone if it is somebody's own."""
    from aidisclose.render.language import ENGLISH
    from aidisclose.render.page import meanings

    meaning = meanings.of(code, "success", ENGLISH)
    return f"{clean(code)}: {meaning[:1].lower()}{meaning[1:]}" if meaning else clean(code)


def _plain(status: Status) -> str:
    return clean(f"{status.code}: {status.explanation}" if status.explanation else status.code)


def _timestamp(signature: Signature) -> str:
    stamp = signature.timestamp
    if stamp is None:
        return "time stamp: none"
    trusted = "" if stamp.is_trusted else ", not trusted"
    return f"time stamp: {moment(stamp.time)} by {clean(stamp.authority)}{trusted}"


def _action(action: Action) -> str:
    parts = [clean_part(action.name)]
    if action.source_type is not None:
        parts.append(words.source_type_of(action.source_type))
    if action.agent:
        parts.append(f"with {clean_part(str(action.agent))}")
    if action.when:
        parts.append(clean_part(action.when))
    return " · ".join(parts)


def _properties(assertion: Assertion) -> tuple[Line, ...]:
    """The statements of a metadata assertion; nothing for others."""
    if not assertion.parts.name.endswith(_METADATA):
        return ()
    try:
        listed = tuple(map(Line, islice(properties(assertion.data), _SHOWN + 1)))
    except Unreadable:
        return ()
    return listed[:_SHOWN] + ((Line("and more"),) if len(listed) > _SHOWN else ())


def _named(found: Identity) -> tuple[Line, ...]:
    """The facts that are known about an actor, and the assertions that it vouches for."""
    listed = []
    # Anybody can write a credential in which anybody has verified something.
    what = "verified" if found.standing == "trusted" else "said to be verified"
    for each in found.identities:
        parts = (each.kind.removeprefix("cawg."), each.name, each.uri, each.provider, each.method)
        text = " · ".join(clean_part(part) for part in (*parts, each.verified_at) if part)
        listed.append(Line(f"{what}: {text}"))
    names = (clean(url.rpartition("/")[2]) for url in found.references[:_SHOWN])
    references = Line(f"vouches for: {', '.join(names)}") if found.references else None
    shown = _capped(listed, len(listed))
    return (*shown, *filter(None, [references]))


def _created(manifest: Manifest) -> frozenset[str]:
    """Labels of the assertions that the signer itself makes."""
    try:
        claim: Claim = manifest.claim
    except Unreadable:
        return frozenset()
    return frozenset(item.url.rpartition("/")[2] for item in claim.created)


def _assertion(assertion: Assertion, created: frozenset[str]) -> str:
    size = len(assertion.box.payload)
    gathered = "" if assertion.label in created else ", gathered, not attributed to the signer"
    return f"{clean(assertion.label)} ({size:,} bytes{gathered})"
