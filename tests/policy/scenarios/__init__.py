"""Files and premises, and what every rule of every profile is to find in each.

The tables beside this module have a line for each scenario and a column for each rule. They are
read like the law: who changes a letter has to say by which paragraph. `python -m
tests.policy.scenarios` writes them anew, for a review of what changed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

import aidisclose as ad
from aidisclose.carriers import xmp
from aidisclose.containers import Edits, identify, read_store
from aidisclose.io.source import BytesSource
from aidisclose.policy.profiles import PROFILES
from aidisclose.signing.credentials import ROOT, Credentials
from aidisclose.trust.anchors import TEST_CREDENTIALS
from tests.issuing import Issued
from tests.policy.files import (
    ALTERED,
    CAMERA,
    CREATED,
    DRAWN,
    GENERATED,
    MIXED,
    NOTHING,
    TAM,
    WHEN,
    Given,
    defined,
    did,
    drawn,
    label,
    labelled,
    of_drawn,
    signed,
    sound,
    spoken,
    unsigned,
    with_text,
    with_xmp,
)

FOLDER = Path(__file__).parent
#: Outcome → its letter.
LETTERS = {"pass": "P", "warn": "W", "fail": "F", "undetermined": "u", "not-applicable": "-"}
DAY = "2027-02-01"

DIRECT = {"type": "label", "text": "AI GENERATED", "lang": "en"}
HEARD = {"type": "audible", "text": "Made with AI", "lang": "en", "start": 0, "end": 2}
LATE = HEARD | {"start": 5, "end": 6}
CHINESE = DIRECT | {"text": "AI生成", "lang": "zh"}
PHOTO = defined(did("created", CAMERA, when=WHEN, softwareAgent={"name": "X100", "version": "2"}))
PHOTO = PHOTO._replace(make=functools.cache(PHOTO.make))  # it is the one that is edited below
DRAWING = defined(did("created", DRAWN, when=WHEN))
EDITED = signed(PHOTO.make, ai="edited")
DRAWN_ON = signed(drawn)
PLATFORM = {"ContentPropagator": "TheNet", "PropagateID": "9"}


def _transplanted(made: Credentials) -> bytes:
    """Another picture with the credentials of one that AI made."""
    source = BytesSource(GENERATED.make(made))
    store = read_store(source, identify(source).scan(source).stores[0])
    other = BytesSource(with_text("Comment", "another picture")(made))
    container = identify(other)
    splice = container.rewrite(other, container.scan(other), Edits(store=store))
    return bytes(splice.read_at(0, splice.size))


#: What is in the file.
FILES: Mapping[str, Given] = {
    "nothing": NOTHING,
    "photo signed by a camera": PHOTO,
    "photo, XMP alone": unsigned({xmp.SOURCE_TYPE: CAMERA}),
    "drawing signed": DRAWING,
    "generated, signed": GENERATED,
    "generated, composite": signed(ai="composite"),
    "photo edited with AI": EDITED,
    "drawn, then changed with AI": defined(
        did("created", DRAWN, when=WHEN),
        did("edited", MIXED, when=WHEN, softwareAgent={"name": "SDXL", "version": "1"}),
    ),
    "generated, name blank": defined(
        did("created", TAM, when=WHEN, softwareAgent={"name": " ", "version": "\u200b"})
    ),
    "generated, then cropped": defined(did("cropped", when=WHEN), source=GENERATED.make),
    "advertisement": signed(purpose="ads"),
    "news of a false act": signed(
        techniques=["fake-persona", "misattributed-act"],
        consent={"status": "obtained"},
        material="yes",
        purpose="news",
    ),
    "generated, XMP alone": unsigned({xmp.SOURCE_TYPE: TAM}),
    "generated, C2PA 2.2": signed(spec="2.2"),
    "generated, no model": defined(CREATED),
    "generated, no time": defined(did("created", TAM)),
    "generated, time stamp": GENERATED._replace(stamped=True),
    "generated, unknown stamp": GENERATED._replace(stamped=False),
    "generated, watermark": signed(watermark={"alg": "com.adobe.trustmark.P", "value": "42"}),
    "generated, fingerprint": defined(
        CREATED, assertions={"c2pa.soft-binding": {"alg": "io.iscc.v0", "blocks": []}}
    ),
    "generated, signer unknown": GENERATED._replace(trusts=False),
    "generated, no anchors": GENERATED._replace(trusts=None),
    "generated, test root": GENERATED,  # see `report`
    "generated, label": signed(direct=[DIRECT]),
    "generated, label mute": signed(direct=[{"type": "label"}]),
    "generated, label drawn": signed(drawn),
    "generated, label not drawn": of_drawn(region=(0.0, 0.0, 0.5, 0.1)),
    "generated, label other": of_drawn(sha256="0" * 64),
    "generated, label too high": of_drawn(size=0.2),
    "generated, label of others": of_drawn(text="Photo by John"),
    "generated, label denies AI": of_drawn(text="Made without AI"),
    "generated, private": signed(prompt="a cat", prompt_writer="Ada"),
    "generated, mail address": defined(
        CREATED, assertions={"org.example.note": {"from": "ada@example.com"}}
    ),
    "speech": signed(sound),
    "speech, notice": signed(sound, direct=[HEARD]),
    "speech, notice late": signed(sound, direct=[LATE]),
    "speech, notice spoken": signed(spoken),
    "speech, notice other": of_drawn(spoken, sha256="0" * 64),
    "speech, nothing": Given(sound),
    "tampered": ALTERED,
    "transplanted": Given(_transplanted),
    "camera in XMP, AI signed": defined(CREATED, source=with_xmp({xmp.SOURCE_TYPE: CAMERA})),
    "label of China": labelled(),
    "label of China, signed": defined(
        CREATED, source=with_xmp({xmp.AIGC: label(), xmp.SOURCE_TYPE: TAM})
    ),
    "label of China, seen": signed(with_xmp({xmp.AIGC: label()}), direct=[CHINESE]),
    "label of China, drawn": of_drawn(text="AI生成"),
    "label of China, small": of_drawn(text="AI生成", size=0.04),
    "label of China, suspected": labelled(Label="3"),
    "label of China, misplaced": Given(with_text("AIGC", label())),
    "label of China, code": labelled(ContentProducer=f"0011{'9' * 18}10001"),
    "label of China, code of a platform": labelled(ContentProducer=f"0011{'9' * 18}20001"),
    "label of China, number": labelled(Label=1),
    "label of China, twice": labelled(label().replace("{", '{"Label": "3", ', 1)),
    "label of China, two": Given(with_text("AIGC", label(), with_xmp({xmp.AIGC: label()}))),
    "label of China, platform": labelled(**PLATFORM),
    "label of China, denied": defined(did("created", DRAWN), source=with_xmp({xmp.AIGC: label()})),
    "step that keeps": EDITED.after(PHOTO),
    "step after nothing": GENERATED.after(NOTHING),
    "step that strips": NOTHING.after(GENERATED),
    "step that breaks": ALTERED.after(GENERATED),
    "step that keeps a label seen": DRAWN_ON.after(DRAWN_ON),
    "step that crops a label": defined(did("cropped", when=WHEN), source=DRAWN_ON.make).after(
        DRAWN_ON
    ),
    "step that drops the label": NOTHING.after(labelled()),
    "page of text": NOTHING._replace(media_type="text/html"),
}
_FAKE = {"deepfake": "yes", "realistic": "yes", "depicts-person": "yes"}
#: What the user states.
STATED: Mapping[str, Mapping[str, str]] = {
    "": {},
    "ai": {"ai": "yes"},
    "no ai": {"ai": "no", "deepfake": "no", "realistic": "no"},
    "deep fake": {"ai": "yes", **_FAKE},
    "told": {"ai": "yes", **_FAKE, "label-seen": "yes"},
    "not told": {"ai": "yes", **_FAKE, "label-seen": "no"},
    "artistic": {"ai": "yes", **_FAKE, "artistic": "yes"},
    "assistive": {"ai": "yes", "assistive": "yes", "deepfake": "no", "realistic": "no"},
    "minor": {"ai": "yes", "minor": "yes", "deepfake": "no", "realistic": "no"},
    "harmless": {"ai": "yes", "material": "no", "depicts-person": "no", "realistic": "no"},
    "platform": {"role": "distributor"},
    "signatory": {"ai": "yes", "signatory": "yes", "placed-on-market": "2026-09-01"},
    "ad": {"ai": "yes", "advertisement": "yes", "synthetic-performer": "yes"},
    "news": {"ai": "yes", "public-interest": "yes"},
    "edited news": {"ai": "yes", "public-interest": "yes", "editorial": "yes"},
}
#: For files whose law is another one on other days.
DAYS = ("2026-08-15", "2026-11-23", "2027-01-01", "2028-01-01")
DATED = ("nothing", "generated, signed", "photo signed by a camera", "step that strips")
#: Premises that say something about all files, and about some only.
_COMMON = ("", "ai", "no ai", "deep fake")
_SOME = {
    "generated, signed": tuple(STATED),
    "nothing": tuple(STATED),
    "generated, XMP alone": ("signatory", "assistive", "platform", "minor"),
    "photo edited with AI": ("assistive", "minor", "harmless"),
    "photo, XMP alone": ("minor",),
    "news of a false act": ("artistic", "harmless", "ad"),
    "advertisement": ("ad",),
    "generated, then cropped": ("minor", "assistive"),
    "generated, label": ("artistic", "ad", "told", "not told"),
    "generated, label drawn": ("artistic", "ad", "told", "not told"),
    "generated, label not drawn": ("artistic", "told"),
    "generated, label other": ("artistic", "told"),
    "speech, notice other": ("told",),
    "speech, notice": ("told",),
    "speech, notice late": ("told",),
    "label of China, small": ("told",),
    "label of China, platform": ("platform",),
    "label of China": ("platform",),
    "page of text": ("news", "edited news"),
    "step that strips": ("platform", "signatory"),
    "step that crops a label": ("told", "not told"),
    "speech": ("ad", "artistic", "told"),
    "tampered": ("signatory", "platform"),
}

Scenario = tuple[str, Given]


def scenarios() -> Iterator[Scenario]:
    """Every scenario with its name."""
    for name, given in FILES.items():
        for stated in dict.fromkeys((*_COMMON, *_SOME.get(name, ()))):
            full = f"{name}; {stated}" if stated else name
            yield full, given._replace(inputs=STATED[stated]).on(DAY)
    for name in DATED:
        for day in DAYS:
            yield f"{name}; {day}", FILES[name].given(ai="yes").on(day)


def findings(name: str, given: Given, made: Credentials, other: Credentials) -> dict[str, str]:
    """Rule → the letter of what it finds."""
    file = name.partition("; ")[0]
    report = _report(file, made, other)
    before = given.before
    old = _verify(before(made), given, made, other) if before else None
    found = ad.check(report, [*PROFILES], inputs=given.inputs, as_of=given.as_of, before=old)
    return {each.rule.id: LETTERS[each.outcome.value] for each in found}


@functools.cache
def _report(file: str, made: Credentials, other: Credentials) -> ad.Report:
    given = FILES[file]
    data = given.make(made)
    if file == "generated, test root":
        root = (made.folder / ROOT).read_bytes()
        return ad.verify(data, trust=ad.TrustConfig.from_pem(root, source=TEST_CREDENTIALS))
    return _verify(data, given, made, other)


def _verify(data: bytes, given: Given, made: Credentials, other: Credentials) -> ad.Report:
    return given.report(data, made, other)


def table(profile: str, rows: Mapping[str, Mapping[str, str]]) -> str:
    """The table of one profile."""
    ids = [rule.id for rule in PROFILES[profile].rules]
    width = max(map(len, rows))
    numbers = [each.rpartition("-")[2] for each in ids]
    cell = max(map(len, numbers))
    prefixes = ", ".join(dict.fromkeys(each.rpartition("-")[0] for each in ids))
    key = ", ".join(f"{letter} {outcome}" for outcome, letter in LETTERS.items())
    head = f"# {profile}: rules {prefixes}; {key}"
    lines = [head, f"{'':<{width}}  {' '.join(f'{each:>{cell}}' for each in numbers)}"]
    for name, found in rows.items():
        cells = " ".join(f"{found[each]:>{cell}}" for each in ids)
        lines.append(f"{name:<{width}}  {cells}")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def rows(issued: Issued) -> dict[str, dict[str, str]]:
    """What is found in every scenario."""
    made, other = issued("es256"), issued("ed25519")
    return {name: findings(name, given, made, other) for name, given in scenarios()}
