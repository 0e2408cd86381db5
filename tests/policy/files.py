"""Files with every kind of disclosure, built by signing, and what a user says about them."""

from __future__ import annotations

import functools
import io
import json
import wave
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Self

from PIL import Image

import aidisclose as ad
from aidisclose.carriers import xmp
from aidisclose.carriers.xmp import Property
from aidisclose.containers import Edits, identify
from aidisclose.direct import audible, recording, visible
from aidisclose.io.source import BytesSource, open_source
from aidisclose.signing.credentials import CHAIN, ROOT, Credentials
from aidisclose.trust.certificate import load_pem
from aidisclose.validate.timestamp import SignatureTimestamp
from tests.manifest.reseal import patch
from tests.render import media

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TAM = f"{IPTC}trainedAlgorithmicMedia"
MIXED = f"{IPTC}compositeWithTrainedAlgorithmicMedia"
DRAWN = f"{IPTC}digitalCreation"
CAMERA = f"{IPTC}digitalCapture"
#: The law of this day counts unless a case says otherwise: all of Art. 50, SB 1000, no platforms.
TODAY = date(2026, 12, 5)
WHEN = "2026-01-02T03:04:05Z"
MODEL = {"model": "SDXL", "model_version": "1.0", "model_id": "pkg:huggingface/sdxl"}
RECORD = "org.aidisclose.disclosure"

Maker = Callable[[Credentials], bytes]


class Given(NamedTuple):
    """A file, and all that a user says about it.

    Attributes:
        make: The file.
        inputs: Premises.
        as_of: The day whose law counts.
        before: The file before the step that is judged.
        trusts: Whether the user has the root of the signer; None: no anchors at all.
        stamped: Whether the signature has a time stamp, and whether its authority is trusted.
        media_type: Another one than the file has.
        product: The signer's record on the list of conforming products, if it is there.
    """

    make: Maker
    inputs: Mapping[str, str] = {}
    as_of: date = TODAY
    before: Maker | None = None
    trusts: bool | None = True
    stamped: bool | None = None
    media_type: str | None = None
    product: Mapping[str, Any] | None = None

    def given(self, **inputs: str) -> Self:
        stated = {name.replace("_", "-"): value for name, value in inputs.items()}
        return self._replace(inputs={**self.inputs, **stated})

    def on(self, day: str) -> Self:
        return self._replace(as_of=date.fromisoformat(day))

    def after(self, other: Given) -> Self:
        return self._replace(before=other.make)

    def judge(
        self, profile: str | ad.Policy, made: Credentials, other: Credentials
    ) -> dict[str, ad.Finding]:
        """What each rule of a profile, and those of all profiles, find."""
        data = self.make(made)
        report = self.report(data, made, other)
        before = None
        if self.before:
            old = self.before(made)
            before = self.report(old, made, other)
        findings = ad.check(
            report,
            [profile],
            inputs=self.inputs,
            as_of=self.as_of,
            before=before,
        )
        return {each.rule.id: each for each in findings}

    def report(self, data: bytes, made: Credentials, other: Credentials) -> ad.Report:
        trust = ad.TrustConfig.none()
        if self.trusts is not None:
            root = (made if self.trusts else other).folder / ROOT
            trust = ad.TrustConfig.from_pem(root.read_bytes())
        if self.product is not None:
            listed = ad.ConformingProducts(products(made, **self.product))
            trust = replace(trust, products=listed)
        report = ad.verify(data, trust=trust, detect=True)
        if self.stamped is not None and report.signature:
            stamp = SignatureTimestamp(datetime(2026, 1, 2, tzinfo=UTC), "Authority", self.stamped)
            report = replace(report, signature=report.signature._replace(timestamp=stamp))
        return replace(report, media_type=self.media_type) if self.media_type else report


def products(
    made: Credentials, *, disallowed: Iterable[str] = (), status: str = "conformant", **name: str
) -> bytes:
    """A list of conforming products that has the signer of some credentials."""
    signer = load_pem((made.folder / CHAIN).read_bytes())[0]
    own = {"CN": signer.common_name, "O": signer.organization}
    record = {
        "recordId": "0197aa34-665b-7811-9bbc-317cfd988d0a",
        "status": status,
        "product": {
            "productType": "generatorProduct",
            "DN": own | name,
            "assurance": {"maxAssuranceLevel": 1},
            "disallowedSignals": {"inception": list(disallowed)},
        },
        "dates": {"lastModification": "2026-08-05"},
    }
    return json.dumps([record]).encode()


def picture(_made: Credentials) -> bytes:
    return media.picture()


def sound(_made: Credentials) -> bytes:
    return tone(bytes(800))


def tone(samples: bytes) -> bytes:
    """A WAV file of 16 bits at 8 kHz."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(samples)
    return out.getvalue()


def _sign(source: bytes, made: Credentials, **content: Any) -> bytes:
    out = io.BytesIO()
    ad.sign(source, out, signer=made.signer(), **content)
    return out.getvalue()


def signed(source: Maker = picture, **fields: Any) -> Given:
    """Signed with a disclosure: generated by a model unless told otherwise."""
    spec = fields.pop("spec", "2.4")
    disclosure = ad.Disclosure.from_fields({"ai": "generated", **MODEL, **fields})
    return Given(
        functools.cache(lambda made: _sign(source(made), made, disclosure=disclosure, spec=spec))
    )


def defined(
    *actions: Mapping[str, object],
    assertions: Mapping[str, object] | None = None,
    source: Maker = picture,
    **fields: object,
) -> Given:
    """Signed with a manifest definition, which may say what a disclosure refuses to."""
    content = {"actions": list(actions), "allActionsIncluded": True, **fields}
    listed: list[dict[str, object]] = [{"label": "c2pa.actions.v2", "data": content}]
    for label, data in (assertions or {}).items():
        listed.append({"label": label, "data": data, "created": label.startswith("c2pa.")})
    manifest = {"assertions": listed}
    return Given(lambda made: _sign(source(made), made, manifest=json.loads(json.dumps(manifest))))


def did(name: str, source_type: str | None = None, **fields: object) -> dict[str, object]:
    """An action."""
    said = {} if source_type is None else {"digitalSourceType": source_type}
    return (
        {"action": f"c2pa.{name}" if "." not in name or name in _DOTTED else name} | said | fields
    )


_DOTTED = ("watermarked.bound", "watermarked.unbound")


def patched(given: Given, old: bytes, new: bytes) -> Given:
    """The same with some bytes of the manifest replaced by as many others, and signed again."""

    def make(made: Credentials) -> bytes:
        return patch(given.make(made), old, new, made.signer().sign)

    return given._replace(make=make)


def with_packet(packet: bytes, source: Maker = picture) -> Maker:
    """A file with this XMP packet."""

    def make(made: Credentials) -> bytes:
        data = source(made)
        with open_source(data) as opened:
            container = identify(opened)
            splice = container.rewrite(opened, container.scan(opened), Edits(xmp=packet))
            return bytes(splice.read_at(0, splice.size))

    return make


def with_xmp(values: Mapping[Property, str], source: Maker = picture) -> Maker:
    """A file with these properties in XMP."""
    return with_packet(xmp.create(values), source)


def unsigned(values: Mapping[Property, str]) -> Given:
    """A file that says something in XMP alone."""
    return Given(with_xmp(values))


def with_text(keyword: str, value: str, source: Maker = picture) -> Maker:
    """A PNG with a text chunk."""

    def make(made: Credentials) -> bytes:
        data = source(made)
        body = b"tEXt" + keyword.encode() + b"\0" + value.encode()
        chunk = (len(body) - 4).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)
        return data[:33] + chunk + data[33:]

    return make


def label(**fields: object) -> str:
    """A label of GB 45438, right unless told otherwise."""
    return json.dumps(
        {
            "Label": "1",
            "ContentProducer": "Example",
            "ProduceID": "42",
            "ReservedCode1": "",
            "ContentPropagator": "",
            "PropagateID": "",
            "ReservedCode2": "",
            **fields,
        }
    )


def labelled(text: str = "", **fields: object) -> Given:
    """A file with a label where the guides want it."""
    return Given(with_xmp({xmp.AIGC: text or label(**fields)}))


def drawn(_made: Credentials) -> bytes:
    """A picture with a label on it that people see, and the record of that in XMP."""
    plain = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(plain, "PNG")
    source = BytesSource(plain.getvalue())
    return visible.label(source, "AI GENERATED", lang="en", size=0.06)


def spoken(_made: Credentials) -> bytes:
    """Sound with a notice before it, and the record of that in XMP."""
    notice = tone(bytes(range(1, 201)) * 40)
    text = "Made with AI"
    return audible.prefix(BytesSource(tone(bytes(800))), BytesSource(notice), text=text, lang="en")


def of_drawn(source: Maker = drawn, **changed: object) -> Given:
    """Signed with a record of the label or notice that says something else than the truth."""

    def make(made: Credentials) -> bytes:
        data = source(made)
        with open_source(data) as opened:
            layout = identify(opened).scan(opened)
            assert layout.xmp is not None
            [direct] = recording.read(opened.read_at(layout.xmp.start, layout.xmp.length))
        told = replace(direct, **changed)  # type: ignore[arg-type]
        disclosure = ad.Disclosure.from_fields({"ai": "generated", **MODEL})
        disclosure = replace(disclosure, direct=(told,))
        return _sign(data, made, disclosure=disclosure)

    return Given(functools.cache(make))


NOTHING = Given(picture)
GENERATED = signed()
ALTERED = patched(GENERATED, b"IEND", b"IENX")._replace(
    make=lambda made: media.flip(GENERATED.make(made))
)
CREATED = did("created", TAM, when=WHEN, softwareAgent={"name": "SDXL", "version": "1"})
