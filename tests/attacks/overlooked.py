"""Statements about AI that stand where nobody looks.

No key is forged: the signer says one thing where it is read, and another elsewhere. "Made without
generative AI" may be said only where nothing that is there says otherwise.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Final

import cbor2

from aidisclose.codec import jumbf
from tests.attacks import files
from tests.attacks.believed import TERMS, created, model
from tests.attacks.parties import sealed
from tests.containers import (
    samples,
    samples_bmff,
    samples_id3,
    samples_images,
    samples_ogg,
    samples_pdf,
    samples_riff,
)
from tests.manifest import build
from tests.manifest.build import Fields, Recipe

_CAPTURED: Final = created("digitalCapture")
_AI: Final = TERMS + "trainedAlgorithmicMedia"
_PROPERTY: Final = "Iptc4xmpExt:DigitalSourceType"
_CONTEXT: Final = {"@context": {"Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"}}
_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\0"
#: GB 45438-2025 annex E.
_LABEL: Final = b'{"Label":"1","ContentProducer":"x","ProduceID":"1"}'
_LONG_HEAD: Final = b"http://ns.adobe.com/xmp/extension/\0"


def packet(term: str = "trainedAlgorithmicMedia", more: str = "") -> bytes:
    """An XMP packet that names a source type."""
    return (
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-"
        "syntax-ns#'><rdf:Description rdf:about='' xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02"
        f"-29/' xmlns:n='http://ns.adobe.com/xmp/note/' i:DigitalSourceType='{TERMS}{term}'{more}/>"
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def silent() -> bytes:
    """A packet that says nothing about AI."""
    return packet().replace(f"i:DigitalSourceType='{_AI}'".encode(), b"")


def files_that_say_ai() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of files that say "capture" where everybody looks, and AI elsewhere."""
    yield from _assertions()
    yield from _tagged()
    yield from _embedded()
    yield from _beside()
    yield from _redacted()
    yield from _packets()
    for name, recipe in _generators().items():
        yield name, files.signed(recipe)
    for name, chunks in _texts().items():
        yield name, _png(*chunks)
    for name, kind, data in _programs():
        of = files.media(kind)._replace(data=data)
        yield name, files.signed(files.active(assertions=(_CAPTURED,)), of=of)


def _programs() -> Iterator[tuple[str, str, bytes]]:
    """Generators where formats name the program that made a file, and settings of generators."""

    def jpeg(*segments: bytes) -> bytes:
        data = samples.jpeg()
        return data[:2] + b"".join(segments) + data[2:]

    def exif(*fields: samples_images.Field) -> bytes:
        return b"Exif\0\0" + samples_images.tiff("<", *fields)

    midjourney = b"Midjourney 6\0"
    for tag in (0x000B, 0x010F, 0x0110, 0xA43A, 0xA43B, 0xA43C):
        yield f"the tag {tag:#x} of Exif", "JPEG", jpeg(_app1(exif((tag, 2, midjourney))))
    job = (0x010E, 2, b"a cat Job ID: 1\0")
    yield "a description of Exif", "JPEG", jpeg(_app1(exif(job)))
    # Another one, "made by a test", stands behind it.
    yield "one of two programs of Exif", "JPEG", jpeg(_app1(exif((0x131, 2, midjourney))))
    pages = samples_images.Tiff()
    pages.page(0)
    pages.page(1, (0x010F, 2, midjourney))
    yield "the program of the second page", "TIFF", bytes(pages.data)
    for order in "<>":
        big = samples_images.tiff(order, (0x010F, 2, midjourney), big=True)
        yield f"the program of a BigTIFF, {order}", "TIFF", big
    held = exif((0x0110, 2, midjourney))
    for kind in (b"exif", b"APP1"):
        text = b"\0\n%b\n%8d\n%b\n" % (kind, len(held), held.hex().encode())
        chunk = samples.png_chunk(b"tEXt", b"Raw profile type " + kind + text)
        yield f"a raw profile {kind.decode()}", "PNG", _after_head(chunk)
    for number, value in {65: b"Midjourney", 110: b"Made with Google AI"}.items():
        field = b"\x1c\2" + bytes((number,)) + len(value).to_bytes(2) + value
        field += bytes(len(field) % 2)
        found = b"8BIM\4\4\0\0" + len(field).to_bytes(4) + field
        segment = samples.jpeg_segment(0xED, b"Photoshop 3.0\0" + found)
        yield f"the data set {number} of IPTC", "JPEG", jpeg(segment)
    for name in ("photoshop:Credit='Made with Google AI'", "x:Producer='Midjourney'"):
        declared = f"{name} xmlns:photoshop='p' xmlns:x='x' xmlns:n="
        said = silent().replace(b"xmlns:n=", declared.encode())
        segments = _app1(_HEAD + silent()), _app1(_HEAD + said)
        yield f"a second packet with {name}", "JPEG", jpeg(*segments)
    for name in ("tiff:Software", "x:ImageEditingSoftware"):
        declared = f"{name}='Midjourney' xmlns:tiff='t' xmlns:x='x' xmlns:n="
        said = silent().replace(b"xmlns:n=", declared.encode())
        yield f"XMP with {name}", "JPEG", jpeg(_app1(_HEAD + said))
    for name in ("AISystemVersionUsed", "AIPromptWriterName"):
        said = silent().replace(b"xmlns:n=", f"i:{name}='x' xmlns:n=".encode())
        yield f"XMP with {name}", "JPEG", jpeg(_app1(_HEAD + said))
    for key in ("software", "Generator", "Creator Tool", "Source"):
        chunk = samples.png_chunk(b"tEXt", f"{key}\0Midjourney".encode())
        yield f"the program as {key}", "PNG", _after_head(chunk)
    settings = json.dumps({"base_model": "x.safetensors", "seed": "1", "prompt": "a cat"})
    for key in ("parameters", "fooocus_scheme", "sd-metadata", "Dream"):
        chunk = samples.png_chunk(b"tEXt", f"{key}\0{settings}".encode())
        yield f"settings as {key}", "PNG", _after_head(chunk)
    for code in ("swr", "too", "enc"):
        text = b"Runwayml"
        item = samples_bmff.box(f"\xa9{code}", len(text).to_bytes(2) + b"\x55\xc4" + text)
        data = samples_bmff.box("udta", item)
        yield f"user data {code} of QuickTime", "MP4", samples_bmff.movie(more=data)
    yield from _programs_of_sound()
    root = b"/Root 1 0 R/ID[<00112233><44556677>]/Info 5 0 R"
    for name, info in {
        "program": b"<</Producer(Midjourney)>>",
        "label": b"<</AIGC(%b)>>" % _LABEL,
    }.items():
        objects = {**samples_pdf.OBJECTS, 5: info}
        for form in ("packed", "stream"):
            data = samples_pdf.pdf(objects, form=form, trailer=root)
            yield f"the {name} of a PDF, {form}", "PDF", data
        before = samples_pdf.pdf(objects, trailer=root)
        later = samples_pdf.appended(before, {5: b"<</Producer(GIMP)>>"}, trailer=root)
        yield f"the {name} of a PDF before an update", "PDF", later
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("picture.jpg", jpeg(_app1(_HEAD + packet())))
    yield "what an archive has compressed", "ZIP", packed.getvalue()


def _programs_of_sound() -> Iterator[tuple[str, str, bytes]]:
    audio, title = samples_id3.AUDIO, samples_id3.tag(4, samples_id3.text(4, "TIT2", "a"))
    program = samples_id3.text(4, "TSSE", "Suno AI")
    behind = samples_id3.tag(4, program, flags=0x10)
    yield "the program in a tag behind the sound", "MP3", title + audio + behind
    named = samples_id3.tag(4, samples_id3.text(4, "TXXX", "encoder\0Suno AI"))
    yield "the program in a text of ID3", "MP3", named + audio

    def wave(chunk: bytes) -> bytes:
        return samples_riff.riff(b"WAVE", samples_riff.wav()[12:] + chunk)

    tag = samples_riff.chunk(b"id3 ", samples_id3.tag(4, program))
    yield "the program in an ID3 tag of a WAV", "WAV", wave(tag)
    originator = bytes(256) + b"ElevenLabs".ljust(346, b"\0")
    yield "the originator of a WAV", "WAV", wave(samples_riff.chunk(b"bext", originator))
    comment = b"ENCODER=Suno AI"
    comments = struct.pack("<3I", 0, 1, len(comment)) + comment
    flac = b"\x7fFLAC\1\0\0\1fLaC\0\0\0\x22" + bytes(34)
    for lead, first in {b"": samples_ogg.SPEEX, b"\x84\0\0\x1f": flac}.items():
        pages = samples_ogg.page(1, 0, first, samples_ogg.FIRST)
        pages += samples_ogg.page(1, 1, lead + comments, 0)
        yield f"the program of {first[1:5].decode()} in Ogg", "Ogg", pages


def _app1(content: bytes) -> bytes:
    return samples.jpeg_segment(0xE1, content)


def _after_head(*chunks: bytes) -> bytes:
    data = samples.png()
    return data[:33] + b"".join(chunks) + data[33:]


def _generators() -> dict[str, Recipe]:
    """Manifests that name a well-known generator as the program, or AI as the type of the asset."""
    capture: Fields = {"action": "c2pa.created", "digitalSourceType": TERMS + "digitalCapture"}
    edited: Fields = {"action": "c2pa.edited", "softwareAgentIndex": 0}
    agent: Fields = {"name": "Midjourney", "version": "6"}
    tool = json.dumps({"@context": {}, "xmp:CreatorTool": "Adobe Firefly"}).encode()
    listed: dict[str, list[build.Assertion]] = {
        "a generator that created": [build.actions({**capture, "softwareAgent": agent})],
        "a generator as text": [
            build.actions({**capture, "softwareAgent": "DALL\u00b7E 3"}, label="c2pa.actions")
        ],
        "a generator of a list": [build.actions(capture, edited, softwareAgents=[agent])],
        "a generator of a template": [
            build.actions(capture, templates=[{"action": "*", "softwareAgent": agent}])
        ],
        "a generator in words": [build.actions({**capture, "description": "by Stable_Diffusion"})],
        "more words than are looked at": [
            build.actions({**capture, "description": " " * (1 << 20) + "Midjourney"})
        ],
        "a generator's action": [build.actions(capture, {"action": "com.adobe.generativeFill"})],
        "a generator's assertion": [_CAPTURED, build.cbor("com.midjourney.job", {"id": 1})],
        "a generator in metadata": [_CAPTURED, build.json("c2pa.metadata", tool)],
        "an asset that is a model": [
            _CAPTURED,
            build.cbor("c2pa.asset-type.v2", {"types": [{"type": "c2pa.types.model.onnx"}]}),
        ],
        "an asset that was a model": [
            _CAPTURED,
            build.cbor("c2pa.asset-type", {"type": "c2pa.types.model"}),
        ],
    }
    for key, value in {
        "exifEX:ImageEditingSoftware": "Midjourney",
        "pdf:Producer": "Midjourney",
        "photoshop:Credit": "Made with Google AI",
    }.items():
        said = json.dumps({"@context": {}, key: value}).encode()
        listed[f"metadata with {key}"] = [_CAPTURED, build.json("c2pa.metadata", said)]
    found = {name: files.active(assertions=tuple(each)) for name, each in listed.items()}
    info = {"claim_generator_info": {"name": "Midjourney"}}
    return {**found, "a generator of claims": files.active(assertions=(_CAPTURED,), claim=info)}


def _texts() -> dict[str, list[bytes]]:
    """Texts of PNG files, some behind a harmless one of the same name."""

    def text(name: str, value: str) -> bytes:
        return samples.png_chunk(b"tEXt", f"{name}\0{value}".encode("latin-1"))

    def in_xmp(more: str) -> bytes:
        said = silent().replace(b"xmlns:n=", f"{more} xmlns:n=".encode())
        return samples.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + said)

    nodes = json.dumps({"4": {"class_type": "Loader", "inputs": {"ckpt_name": "x.ckpt"}}})
    label = (
        "xmlns:t='http://www.tc260.org.cn/ns/AIGC/1.0/' t:AIGC='{&quot;Label&quot;:&quot;2&quot;}'"
    )
    tool = "xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:CreatorTool='Midjourney'"
    history = "xmlns:e='http://ns.adobe.com/xap/1.0/sType/ResourceEvent#' e:softwareAgent='Firefly"
    return {
        "a second prompt": [text("prompt", "a cat"), text("prompt", nodes)],
        "a second program": [text("Software", "GIMP"), text("Software", "NovelAI")],
        "a second description": [text("Description", "-"), text("Description", "a Job ID: 1")],
        "a program": [text("Software", "Midjourney 6")],
        "a program in XMP": [in_xmp(tool)],
        "a program in the history of XMP": [in_xmp(f"{history} Image 4'")],
        "a suspicion": [in_xmp(label)],
        "a label that is no JSON": [text("AIGC", '{"Label": "1",}')],
        "a source type that leaves it open": [
            samples.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet("composite"))
        ],
        "XMP that is no XML": [
            samples.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta")
        ],
    }


def _assertions() -> Iterator[tuple[str, bytes]]:
    metadata = json.dumps({**_CONTEXT, _PROPERTY: _AI}).encode()
    yield from _named_otherwise()
    with_model: Fields = {"modelName": "SDXL", "modelType": "c2pa.types.model.diffusion"}
    beside: dict[str, build.Assertion] = {
        "a disclosure with a model": model("SDXL"),
        "a disclosure gathered": build.cbor("c2pa.ai-disclosure", with_model, gathered=True),
        "c2pa.metadata": build.json("c2pa.metadata", metadata),
        "cawg.metadata": build.json("cawg.metadata", metadata),
        "stds.iptc": build.json("stds.iptc", metadata),
        "stds.iptc.photo-metadata": build.json("stds.iptc.photo-metadata", metadata),
    }
    source_type = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/DigitalSourceType"
    renamed = {"@context": {"made": source_type}, "made": {"@id": _AI}}
    beside |= {
        "metadata under another name": build.json("c2pa.metadata", json.dumps(renamed).encode()),
        "an asset type": build.cbor(
            "c2pa.asset-type.v2", {"types": [{"type": "c2pa.types.generator.prompt"}]}
        ),
        "a prompt": build.ingredient(
            None, "inputTo", dataTypes=[{"type": "c2pa.types.generator.prompt"}]
        ),
        "data of somebody else": build.cbor("com.example.how", {"it was": ["made", _AI]}),
        "a term of Schema.org": build.json(
            "com.example.how", b'{"m": "schema:TrainedAlgorithmicMediaDigitalSource"}'
        ),
        "a term with a fragment": build.cbor("com.example.how", {"m": f"{_AI}#x"}),
        "a label of GB 45438": build.cbor("com.example.how", {"AIGC": json.loads(_LABEL)}),
        "a label under another name": build.json("com.example.how", b'{"x": %b}' % _LABEL),
        "a label in metadata": build.json(
            "c2pa.metadata", json.dumps({"TC260:AIGC": _LABEL.decode()}).encode()
        ),
        **{
            name: build.json("c2pa.metadata", json.dumps({f"Iptc4xmpExt:{name}": "x"}).encode())
            for name in ("AISystemVersionUsed", "AIPromptWriterName")
        },
        "a program as author": build.json(
            "stds.schema-org.CreativeWork",
            b'{"author": [{"@type": "SoftwareApplication", "name": "Midjourney"}]}',
        ),
    }
    noted = {"metadata": [{"digitalSourceType": _AI}]}
    yield "the claim", files.signed(files.active(assertions=(_CAPTURED,), claim=noted))
    for name, assertion in beside.items():
        yield name, files.signed(files.active(assertions=(_CAPTURED, assertion)))
    capture: Fields = {"action": "c2pa.created", "digitalSourceType": TERMS + "digitalCapture"}
    edits: dict[str, Fields] = {
        "edited with AI": {"action": "c2pa.edited", "digitalSourceType": _AI},
        "upper case": {"action": "c2pa.edited", "digitalSourceType": _AI.upper()},
        "of another host": {
            "action": "c2pa.edited",
            "digitalSourceType": "http://example.com/trainedAlgorithmicMedia",
        },
        "misspelt": {"action": "c2pa.edited", "digitalSourceType": TERMS + "trainedAlgorithmic"},
        "with a fragment": {"action": "c2pa.edited", "digitalSourceType": _AI + "#x"},
        "with a query": {"action": "c2pa.edited", "digitalSourceType": _AI + "?x"},
        "with spaces": {"action": "c2pa.edited", "digitalSourceType": f" {_AI} "},
        "no text": {"action": "c2pa.edited", "digitalSourceType": [_AI]},
        "in parameters": {"action": "c2pa.edited", "parameters": {"digitalSourceType": _AI}},
        "in changes": {"action": "c2pa.edited", "changes": [{"digitalSourceType": _AI}]},
        "in an old field": {"action": "c2pa.edited", "digital_source_type": _AI},
    }
    for name, more in edits.items():
        yield (
            f"an action {name}",
            files.signed(files.active(assertions=(build.actions(capture, more),))),
        )
    for name, template in {
        "of the action": {"action": "c2pa.edited", "digitalSourceType": _AI},
        "of all actions": {"action": "*", "digitalSourceType": _AI},
    }.items():
        edited: Fields = {"action": "c2pa.edited"}
        yield (
            f"a template {name}",
            files.signed(
                files.active(assertions=(build.actions(capture, edited, templates=[template]),))
            ),
        )
    second = build.actions(
        {"action": "c2pa.edited", "digitalSourceType": _AI}, label="c2pa.actions.v2__1"
    )
    yield "a second list of actions", files.signed(files.active(assertions=(_CAPTURED, second)))
    gathered = build.cbor(
        "c2pa.actions.v2__1",
        {"actions": [{"action": "c2pa.edited", "digitalSourceType": _AI}]},
        gathered=True,
    )
    yield "gathered actions", files.signed(files.active(assertions=(_CAPTURED, gathered)))
    part = build.ingredient(None, "componentOf", digitalSourceType=_AI)
    placed: Fields = {"action": "c2pa.placed", "parameters": {"ingredients": [part.reference]}}
    yield (
        "a component",
        files.signed(files.active(assertions=(part, build.actions(capture, placed)))),
    )
    given = build.ingredient(None, "inputTo", digitalSourceType=_AI)
    yield "an input", files.signed(files.active(assertions=(given, _CAPTURED)))
    maker = build.Recipe(seal=build.Seal()).build()
    component = files.ingredient(maker, "componentOf")
    placed = {"action": "c2pa.placed", "parameters": {"ingredients": [component.reference]}}
    yield (
        "the manifest of a component",
        files.signed(files.active(assertions=(component, build.actions(capture, placed))), maker),
    )


def _tagged() -> Iterator[tuple[str, bytes]]:
    """Statements below tags of CBOR, over which most readers pass."""
    said: Fields = {"digitalSourceType": _AI}
    kind: Fields = {"type": "c2pa.types.model"}
    capture: Fields = {"action": "c2pa.created", "digitalSourceType": TERMS + "digitalCapture"}
    for number in (258, 999, 55799):  # a set, one that is not known, and "this is CBOR"

        def tag(value: object, number: int = number) -> cbor2.CBORTag:
            return cbor2.CBORTag(number, value)

        listed: dict[str, build.Assertion] = {
            "metadata": build.cbor("cawg.metadata", tag(said)),
            "a part of metadata": build.cbor("cawg.metadata", {"a": tag([said])}),
            "data of somebody else": build.cbor("com.example.how", {"a": tag({"made": _AI})}),
            "metadata of an ingredient": build.ingredient(None, "componentOf", metadata=tag(said)),
            "types of an ingredient": build.ingredient(None, "componentOf", dataTypes=tag([kind])),
            "the type of an ingredient": build.ingredient(
                None, "componentOf", dataTypes=[tag(kind)]
            ),
        }
        for name, assertion in listed.items():
            found = files.active(assertions=(_CAPTURED, assertion))
            yield f"{name} under tag {number}", files.signed(found)
        template: Fields = {"action": "c2pa.edited", **said}
        edited: Fields = {"action": "c2pa.edited", "related": tag([said])}
        histories = {
            "templates": build.actions(capture, edited, templates=tag([template])),
            "related actions": build.actions(capture, edited),
        }
        for name, history in histories.items():
            yield f"{name} under tag {number}", files.signed(files.active(assertions=(history,)))
        noted: Fields = {"metadata": tag([said])}
        found = files.active(assertions=(_CAPTURED,), claim=noted)
        yield f"the claim under tag {number}", files.signed(found)


def _embedded() -> Iterator[tuple[str, bytes]]:
    """Statements in files that assertions embed, in other kinds of content, and in names."""
    text = json.dumps({_PROPERTY: _AI}).encode()
    xml, other = jumbf.type_uuid("xml "), jumbf.type_uuid("uuid")
    label = "com.example.metadata"
    listed = {
        "a thumbnail": build.file("c2pa.thumbnail.claim", b"\xff\xd8" + packet(), b"image/jpeg"),
        "a thumbnail in 16 bits": build.file(
            "c2pa.thumbnail.claim", packet().decode().encode("utf-16-le"), b"image/tiff"
        ),
        "an embedded file": build.file("com.example.how", text, b"application/json"),
        "XML": build.Assertion(label, jumbf.superbox(xml, label, [jumbf.box(b"xml ", packet())])),
        "data by a UUID": build.Assertion(
            label, jumbf.superbox(other, label, [jumbf.box(b"uuid", bytes(16) + packet())])
        ),
        "a name": build.cbor("com.example.how", {_AI: True}),
        "a hash": build.cbor("c2pa.hash.multi-asset", {"parts": [{"location": _AI}]}),
    }
    for name, assertion in listed.items():
        found = files.active(assertions=(_CAPTURED, assertion))
        yield f"{name} in an assertion", files.signed(found)


def _beside() -> Iterator[tuple[str, bytes]]:
    """Statements in boxes beside the assertions, and in data of another kind within those."""
    prompt: Fields = {
        "dc:format": "text/plain",
        "data": b"a cat",
        "data_types": [{"type": "c2pa.types.generator.prompt"}],
    }
    system = packet(more=" i:AISystemUsed='Firefly'").replace(_AI.encode(), b"")
    contents: dict[str, tuple[bytes, bytes]] = {
        "a prompt": (b"cbor", cbor2.dumps(prompt)),
        "XMP": (b"cbor", cbor2.dumps({"dc:format": "application/rdf+xml", "data": system})),
        "what cannot be read": (b"cbor", b"\xff"),
        "a credential": (b"json", json.dumps({_PROPERTY: _AI}).encode()),
    }
    for name, (code, content) in contents.items():
        uuid = jumbf.type_uuid(code.decode())
        data = jumbf.superbox(uuid, "c2pa.data", [jumbf.box(code, content)])
        held = jumbf.superbox(jumbf.type_uuid("c2db"), "c2pa.databoxes", [data])
        yield (
            f"{name} in a data box",
            files.signed(
                files.active(
                    assertions=(_CAPTURED,),
                    boxes=lambda boxes, held=held: (*boxes.values(), held),
                )
            ),
        )
    for name, value in (("bytes", system), ("text", system.decode())):
        noted = build.cbor("c2pa.note", {"packet": [value]})
        yield f"XMP as {name} of CBOR", files.signed(files.active(assertions=(_CAPTURED, noted)))


def _redacted() -> Iterator[tuple[str, bytes]]:
    """An update takes away what said that AI was used; that something was there is known."""
    prompt: Fields = {"types": [{"type": "c2pa.types.generator.prompt"}]}
    elsewhere: Fields = {
        "label": "com.example.ai-disclosure",
        "location": {"url": "https://example.com/", "alg": "sha256", "hash": bytes(32)},
    }
    for assertion in (
        build.cbor("com.adobe.generative-ai", {"model": "Firefly"}),
        build.cbor("com.example.ai-disclosure", {"model": "Firefly"}),
        model("Firefly"),
        build.cbor("c2pa.asset-type.v2", prompt),
        build.cbor("c2pa.external-reference", elsewhere),
    ):
        recipe = build.Recipe(assertions=(_CAPTURED, assertion), seal=sealed(size=3_000))
        [manifest] = files.manifests(files.store_of(files.signed(recipe)))
        place = ("c2pa.assertions", assertion.label)
        below = files.replaced(manifest, files.child(manifest, *place))
        url, found = build.url(manifest.label, *place), files.ingredient(below)
        actions = build.actions(
            {"action": "c2pa.opened", "parameters": {"ingredients": [found.reference]}},
            {
                "action": "c2pa.redacted",
                "parameters": {"redacted": url},
                "reason": "c2pa.PII.present",
            },
        )
        update = files.active(
            assertions=(found, actions), code="c2um", claim={"redacted_assertions": [url]}
        )
        yield f"a redacted {assertion.label}", files.unbound(update, below)


def _named_otherwise() -> Iterator[tuple[str, bytes]]:
    extension = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    listed: dict[str, Fields] = {
        "a name of a context": {"@context": {"x": f"{extension}DigitalSourceType"}, "x": _AI},
        "a name of one of several contexts": {
            "@context": ["http://schema.org", {"x": {"@id": f"{extension}DigitalSourceType"}}],
            "x": {"@id": _AI},
        },
        "a name of a context within": {
            "a": [{"@context": {"x": f"{extension}DigitalSourceType"}, "x": _AI}]
        },
        "a name with a fragment": {"http://example.com/a#DigitalSourceType": _AI},
        "a name with points": {"com.example.digitalSourceType": _AI},
        "the name of 2008": {"Iptc4xmpExt:DigitalSourcefileType": _AI},
        "a system": {**_CONTEXT, "Iptc4xmpExt:AISystemUsed": "SDXL"},
        "a prompt": {**_CONTEXT, "Iptc4xmpExt:AIPromptInformation": ["a cat"]},
    }
    others = {
        "a disclosure of somebody else": build.cbor("cawg.ai-disclosure", {"modelName": "SDXL"}),
        "a disclosure before there was one": build.json("com.adobe.generative-ai", b"{}"),
        **{
            f"an ingredient that is {kind}": build.ingredient(
                None, "inputTo", dataTypes=[{"type": f"c2pa.types.{kind}"}]
            )
            for kind in ("model", "model.pytorch", "generator.prompt", "generator.seed")
        },
    }
    for name, content in listed.items():
        others[name] = build.json("c2pa.metadata", json.dumps(content).encode())
    for name, assertion in others.items():
        yield name, files.signed(files.active(assertions=(_CAPTURED, assertion)))


def _packets() -> Iterator[tuple[str, bytes]]:
    def jpeg(*segments: bytes) -> bytes:
        data = samples.jpeg()
        return data[:2] + b"".join(segments) + data[2:]

    def signed(name: str, data: bytes) -> bytes:
        of = files.media(name)._replace(data=data)
        return files.signed(files.active(assertions=(_CAPTURED,)), of=of)

    def app1(content: bytes) -> bytes:
        return samples.jpeg_segment(0xE1, content)

    found, nothing = _HEAD + packet(), _HEAD + silent()
    yield "XMP of a JPEG", signed("JPEG", jpeg(app1(found)))
    yield "the second packet of a JPEG", signed("JPEG", jpeg(app1(nothing), app1(found)))
    extended = packet()
    name = b"0123456789ABCDEF0123456789ABCDEF"
    head = _LONG_HEAD + name + len(extended).to_bytes(4) + bytes(4)
    first = silent().replace(b"xmlns:n=", f"n:HasExtendedXMP='{name.decode()}' xmlns:n=".encode())
    yield "Extended XMP", signed("JPEG", jpeg(app1(_HEAD + first), app1(head + extended)))
    yield "XMP of the second picture", signed("JPEG", samples.jpeg() + jpeg(app1(found)))

    def png(*chunks: bytes) -> bytes:
        data = samples.png()
        return data[:33] + b"".join(chunks) + data[33:]

    key = b"XML:com.adobe.xmp\0"
    plain = samples.png_chunk(b"iTXt", key + b"\0\0\0\0" + packet())
    quiet = samples.png_chunk(b"iTXt", key + b"\0\0\0\0" + silent())
    packed = samples.png_chunk(b"iTXt", key + b"\1\0\0\0" + zlib.compress(packet()))
    text = samples.png_chunk(b"tEXt", key + packet())
    yield "XMP of a PNG", signed("PNG", png(plain))
    yield "the second packet of a PNG", signed("PNG", png(quiet, plain))
    yield "a compressed packet of a PNG", signed("PNG", png(packed))
    yield "a packet of a PNG as tEXt", signed("PNG", png(text))
    yield from ((name, signed(kind, data)) for name, kind, data in _elsewhere(jpeg, png))
    yield "a compressed packet of a PDF", signed("PDF", _pdf(compress=True))
    yield "a packet of a page of a PDF", signed("PDF", _pdf(compress=False, page=True))


def _elsewhere(
    jpeg: Callable[..., bytes], png: Callable[..., bytes]
) -> Iterator[tuple[str, str, bytes]]:
    """Places that only some programs read, in files whose first packet, if any, is silent."""
    exif = samples_images.tiff("<", (700, 1, packet()))
    resource = _resource(packet())
    yield "a packet in Exif of a JPEG", "JPEG", jpeg(samples.jpeg_segment(0xE1, b"Exif\0\0" + exif))
    photoshop = samples.jpeg_segment(0xED, b"Photoshop 3.0\0" + resource)
    yield "a packet of Photoshop in a JPEG", "JPEG", jpeg(photoshop)
    yield "a comment of a JPEG", "JPEG", jpeg(samples.jpeg_segment(0xFE, packet()))
    many = b" digitalsourcetype" * 10_001
    yield "more properties than are looked at", "PNG", samples.png() + many
    yield "a packet in Exif of a PNG", "PNG", png(samples.png_chunk(b"eXIf", exif))
    for kind, content in {b"APP1": _HEAD + packet(), b"8bim": resource}.items():
        name = b"Raw profile type " + kind
        text = b"\0\n%b\n%8d\n%b\n" % (kind, len(content), content.hex().encode())
        yield name.decode(), "PNG", png(samples.png_chunk(b"tEXt", name + text))
    settings = b"parameters\0a cat\nSteps: 20, Sampler: Euler a, Seed: 1, Model: sdxl"
    yield "what a generator left", "PNG", png(samples.png_chunk(b"tEXt", settings))
    system = silent().replace(b" xmlns:n=", b" i:AISystemUsed='SDXL' xmlns:n=")
    key = b"XML:com.adobe.xmp\0\0\0\0\0"
    yield "a system in XMP", "PNG", png(samples.png_chunk(b"iTXt", key + system))
    prompt = silent().replace(
        b"/></rdf:RDF>",
        b"><i:AIPromptInformation><rdf:Alt><rdf:li>a cat</rdf:li></rdf:Alt></i:AIPromptInformation>"
        b"</rdf:Description></rdf:RDF>",
    )
    yield "a prompt in XMP", "PNG", png(samples.png_chunk(b"iTXt", key + prompt))
    several = silent().replace(
        b"/></rdf:RDF>",
        b"><i:DigitalSourceType><rdf:Bag><rdf:li>digitalCapture</rdf:li><rdf:li>"
        b"trainedAlgorithmicMedia</rdf:li></rdf:Bag></i:DigitalSourceType></rdf:Description>"
        b"</rdf:RDF>",
    )
    yield "a second value in XMP", "PNG", png(samples.png_chunk(b"iTXt", key + several))
    numbered = packet().replace(b"trained", b"&#116;&#x72;ained")
    pages = samples_images.Tiff()
    pages.page(0, (700, 1, silent()))
    pages.page(1, (700, 1, numbered))
    yield "a packet of the second page of a TIFF", "TIFF", bytes(pages.data)
    wide = packet().decode().encode("utf-16")
    pages = samples_images.Tiff()
    pages.page(0, (700, 1, silent()))
    pages.page(1, (700, 1, wide))
    yield "a packet of 16 bits", "TIFF", bytes(pages.data)
    pictures = [_gif_packet(text) for text in (silent(), packet())]
    gif = samples_images.gif(*pictures, samples_images.gif_image())
    yield "the second packet of a GIF", "GIF", gif
    chunks = [samples_riff.chunk(b"XMP ", text) for text in (silent(), packet())]
    yield (
        "the second packet of a WebP",
        "WebP",
        samples_riff.riff(b"WEBP", samples.webp()[12:], *chunks),
    )
    boxes = [samples_images.jxl_box(b"xml ", text) for text in (silent(), packet())]
    yield "the second packet of a JPEG XL", "JPEG XL", samples_images.jxl() + b"".join(boxes)
    held = [f"<metadata>{text.decode()}</metadata>" for text in (silent(), packet())]
    yield "the second packet of an SVG", "SVG", samples_images.svg("".join(held))
    film = [samples_bmff.box("uuid", _XMP_BOX, text) for text in (silent(), packet())]
    yield "the second packet of a film", "MP4", samples_bmff.movie() + b"".join(film)
    yield from _in_sound()


def _in_sound() -> Iterator[tuple[str, str, bytes]]:
    """Labels and packets in tags that are compressed, behind the sound, or cut into pages."""
    audio, title = samples_id3.AUDIO, samples_id3.tag(4, samples_id3.text(4, "TIT2", "a"))
    label = samples_id3.text(4, "TXXX", "AIGC\0" + _LABEL.decode())
    held = b"XMP\0" + packet()
    packed = samples_id3.synchsafe(len(held)) + zlib.compress(held)
    new = samples_id3.tag(4, samples_id3.frame(4, "PRIV", packed, 0x09))
    yield "a compressed frame of ID3v2.4", "MP3", new + audio
    old = samples_id3.tag(3, samples_id3.frame(3, "PRIV", bytes(4) + zlib.compress(held), 0x80))
    yield "a compressed frame of ID3v2.3", "FLAC", old + samples_id3.FLAC
    yield "a tag behind the sound", "MP3", title + audio + samples_id3.tag(4, label, flags=0x10)
    item = struct.pack("<II", len(_LABEL), 0) + b"AIGC\0" + _LABEL
    head = b"APETAGEX" + struct.pack("<4I", 2000, len(item) + 32, 1, 0)
    yield "an APE tag", "MP3", title + audio + item + head + bytes(8)
    chunk = samples_riff.chunk(b"id3 ", samples_id3.tag(4, label))
    wave = samples_riff.wav()[12:] + chunk
    yield "an ID3 tag in a WAV", "WAV", samples_riff.riff(b"WAVE", wave)
    comment = b"AIGC=" + _LABEL
    comments = struct.pack("<3I", 0, 1, len(comment)) + comment
    pages = samples_ogg.page(1, 0, samples_ogg.SPEEX, samples_ogg.FIRST)
    for number, start in enumerate(range(0, len(comments), 30), 1):
        part = comments[start : start + 30]
        pages += samples_ogg.page(1, number, part, samples_ogg.CONTINUED if start else 0)
    yield "comments of Speex in short pages", "Ogg", pages


_XMP_BOX: Final = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")


def _gif_packet(content: bytes) -> bytes:
    magic = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    return b"\x21\xff\x0bXMP DataXMP" + content + magic


def _resource(content: bytes) -> bytes:
    """XMP as an image resource of Photoshop."""
    padding = bytes(len(content) % 2)
    return b"8BIM\x04\x24\0\0" + len(content).to_bytes(4) + content + padding


def _png(*chunks: bytes) -> bytes:
    data = samples.png()
    of = files.picture()._replace(data=data[:33] + b"".join(chunks) + data[33:])
    return files.signed(files.active(assertions=(_CAPTURED,)), of=of)


def _system() -> bytes:
    named = silent().replace(b"xmlns:n=", b"i:AISystemUsed='DALL-E' xmlns:n=")
    return _png(samples.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + named))


def _settings() -> bytes:
    said = b"a cat\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 512x512, Model: x"
    return _png(samples.png_chunk(b"tEXt", b"parameters\0" + said))


def _nodes() -> bytes:
    node = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "x.safetensors"}}
    return _png(samples.png_chunk(b"tEXt", b"prompt\0" + json.dumps({"4": node}).encode()))


#: What names an AI system without saying what part it had, in files that say "capture".
TRACES: Final = {"XMP": _system, "settings": _settings, "nodes": _nodes}


def _pdf(*, compress: bool, page: bool = False) -> bytes:
    content = zlib.compress(packet()) if compress else packet()
    entries = b"/Filter/FlateDecode" if compress else b""
    stream = b"<</Type/Metadata/Subtype/XML%b/Length %d>>\nstream\n%b\nendstream" % (
        entries,
        len(content),
        content,
    )
    objects = {**samples_pdf.OBJECTS, 5: stream}
    if page:
        objects[3] = objects[3].replace(b"/Type/Page/", b"/Type/Page/Metadata 5 0 R/")
        return samples_pdf.pdf(objects)
    return samples_pdf.pdf(samples_pdf.catalog(b"/Metadata 5 0 R", {5: stream}))
