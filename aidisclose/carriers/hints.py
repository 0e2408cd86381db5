"""Traces that generators leave in a file of their own accord: hints, never a disclosure.

A hint may have been left by anybody and is signed by nobody. It saves typing when a file is signed
(`--from-metadata`), and shows a reader what the file does not disclose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from aidisclose.carriers import xmp
from aidisclose.carriers.text import Text
from aidisclose.named import NamedTuple


class Hint(NamedTuple):
    """A trace of a generator; all text is untrusted.

    Attributes:
        generator: The program, by the shape of what it left.
        place: The place where that stands.
        model: Name of the model.
        version: Of the model, or of the program if there is no model.
        seed: Of the random numbers.
        prompt: The text of the request.
    """

    generator: str
    place: str
    model: str | None = None
    version: str | None = None
    seed: str | None = None
    prompt: str | None = None


#: One setting in the last line of what Stable Diffusion web interfaces write.
_SETTING: Final = r"([A-Za-z][A-Za-z0-9 _/-]{0,60}): (\"[^\"]*+\"|[^,]*+)(?:,|\Z)"
_FILE_ENDINGS: Final = (".safetensors", ".ckpt", ".gguf", ".sft", ".pth", ".pt", ".bin")
#: Inputs of ComfyUI's nodes that name a model.
_MODEL_INPUTS: Final = ("ckpt_name", "unet_name", "model_name")
_NODES: Final = 10_000
#: Texts that name the program or device that made a file: of PNG and Exif, RIFF, MP4, QuickTime,
#: Vorbis and PDF; in small letters and without what divides words.
_PROGRAMS: Final = frozenset(
    {
        *("software", "isft", "\xa9too", "\xa9swr", "\xa9enc", "com.apple.quicktime.software"),
        *("encoder", "encodedby", "encodingtool", "creator", "creatortool", "producer"),
        *("generator", "processingsoftware", "source"),
    }
)
_DIVIDERS: Final = str.maketrans("", "", " _-")
#: Characters of such a name that are looked at.
_NAME_SIZE: Final = 4_096
#: Characters of a line of settings.
_SETTINGS_SIZE: Final = 4_096


def read(texts: Iterable[Text], values: xmp.PropertyValues) -> tuple[Hint, ...]:
    """The hints among the named texts and the XMP properties of a file."""
    return (*_from_texts(tuple(texts)), *_from_xmp(values))


def _from_texts(texts: tuple[Text, ...]) -> Iterator[Hint]:
    named: dict[str, list[Text]] = {}
    for text in texts:
        named.setdefault(text.name, []).append(text)

    def first(name: str, read_text: Callable[[Text], Hint | None]) -> Iterator[Hint]:
        # Of several texts of a name, one of another kind hides none of a generator.
        yield from islice(filter(None, map(read_text, named.get(name, ()))), 1)

    yield from first("parameters", _parameters)
    nodes = list(first("prompt", _comfy))
    yield from nodes or first("workflow", lambda text: Hint("ComfyUI", text.place))
    yield from first("invokeai_metadata", _invoke)
    models = named.get("Source", [])
    yield from first("fooocus_scheme", lambda text: Hint("Fooocus", text.place))
    for name in ("sd-metadata", "Dream"):  # of its first versions
        yield from first(name, lambda text: Hint("InvokeAI", text.place))
    yield from first("Software", lambda text: _novel(text, models[0].value if models else None))
    is_novel = any(text.value.startswith("NovelAI") for text in named.get("Software", ()))
    for name in named:
        # Beside NovelAI's own text, the source is its model.
        if _plain(name) in _PROGRAMS and not (is_novel and name == "Source"):
            yield from first(name, _program)
    yield from first("Description", _midjourney)


def _novel(text: Text, model: str | None) -> Hint | None:
    if not text.value.startswith("NovelAI"):
        return None
    return Hint("NovelAI", text.place, model=text.value if model is None else model)


def _plain(name: str) -> str:
    return name.lower().translate(_DIVIDERS)


def _program(text: Text) -> Hint | None:
    """The name of the program that wrote the file."""
    from aidisclose.carriers import generator  # few files name one

    found = generator.find(text.value[:_NAME_SIZE])
    return Hint(found, text.place) if found and found != "NovelAI" else None


def _midjourney(text: Text) -> Hint | None:
    prompt, found, _ = text.value.partition("Job ID:")
    if not found:
        return None
    return Hint("Midjourney", text.place, model="Midjourney", prompt=prompt.strip())


def _parameters(text: Text) -> Hint | None:
    """`parameters` in PNG, and the comment in Exif, which cameras and other programs write too."""
    if text.value.lstrip().startswith("{"):
        return _swarm(text)
    hint = _web_interface(text)
    return hint if hint.seed or not text.place.startswith("Exif") else None


def _swarm(text: Text) -> Hint | None:
    """The parameters of SwarmUI, as JSON, and those of Fooocus."""
    found = _object(text.value)
    fields = found.get("sui_image_params")
    if not isinstance(fields, dict):
        return _fooocus(text, found)
    seed = fields.get("seed")
    return Hint(
        "SwarmUI",
        text.place,
        model=_without_ending(fields["model"]) if _is_text(fields, "model") else None,
        seed=str(seed) if type(seed) is int else None,
        prompt=fields["prompt"] if _is_text(fields, "prompt") else None,
    )


def _fooocus(text: Text, fields: dict[str, object]) -> Hint | None:
    model, seed, prompt = (fields.get(name) for name in ("base_model", "seed", "prompt"))
    if model is None or seed is None:
        return None
    return Hint(
        "Fooocus",
        text.place,
        model=_without_ending(model) if isinstance(model, str) else None,
        seed=str(seed) if isinstance(seed, str | int) else None,
        prompt=prompt if isinstance(prompt, str) and prompt else None,
    )


def _web_interface(text: Text) -> Hint:
    """`parameters`: prompt, negative prompt, and a line of settings (AUTOMATIC1111 and others)."""
    # Prompts have commas and colons themselves: only the last line is settings.
    head, _, last = text.value.rstrip().rpartition("\n")
    settings = {
        match[1]: match[2].strip('"') for match in re.finditer(_SETTING, last[:_SETTINGS_SIZE])
    }
    if "Steps" not in settings:
        return Hint("Stable Diffusion web interface", text.place)
    prompt = head.partition("\nNegative prompt:")[0].strip()
    model = settings.get("Model")
    return Hint(
        "Stable Diffusion web interface",
        text.place,
        model=model,
        version=settings.get("Model hash") if model else settings.get("Version"),
        seed=settings.get("Seed"),
        prompt=prompt or None,
    )


def _comfy(text: Text) -> Hint | None:
    """`prompt`: the nodes that ComfyUI executed, as JSON."""
    nodes = _object(text.value)
    inputs = [
        (str(node.get("class_type")), node["inputs"])
        for node in list(nodes.values())[:_NODES]
        if isinstance(node, dict) and isinstance(node.get("inputs"), dict)
    ]
    # Other programs write a text of this name too, with a prompt in words.
    if not inputs:
        return None
    model = next(
        (fields[key] for _, fields in inputs for key in _MODEL_INPUTS if _is_text(fields, key)),
        None,
    )
    seeds = (
        fields[key]
        for _, fields in inputs
        for key in ("seed", "noise_seed")
        if type(fields.get(key)) is int
    )
    prompts = (
        fields["text"]
        for kind, fields in inputs
        if kind.startswith("CLIPTextEncode") and _is_text(fields, "text")
    )
    seed = next(seeds, None)
    return Hint(
        "ComfyUI",
        text.place,
        model=_without_ending(model) if model else None,
        seed=None if seed is None else str(seed),
        prompt=next(prompts, None),
    )


def _invoke(text: Text) -> Hint | None:
    fields = _object(text.value)
    model = fields.get("model")
    name = model.get("name", model.get("model_name")) if isinstance(model, dict) else None
    seed, prompt = fields.get("seed"), fields.get("positive_prompt")
    return Hint(
        "InvokeAI",
        text.place,
        model=name if isinstance(name, str) else None,
        seed=str(seed) if type(seed) is int else None,
        prompt=prompt if isinstance(prompt, str) else None,
    )


def _from_xmp(values: xmp.PropertyValues) -> Iterator[Hint]:
    for credit in values.get(xmp.CREDIT, ()):
        if "Google AI" in credit:
            yield Hint("Google AI", "XMP photoshop:Credit", model="Google AI")


def _object(text: str) -> dict[str, object]:
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_text(fields: dict[str, object], key: str) -> bool:
    return isinstance(fields.get(key), str) and bool(fields[key])


def _without_ending(name: str) -> str:
    """The name of a model file without folders and ending."""
    # Of Windows as well, wherever the file is read.
    name = re.split(r"[/\\]", name)[-1]
    return next((name.removesuffix(end) for end in _FILE_ENDINGS if name.endswith(end)), name)
