"""Traces that generators leave in a file of their own accord: hints, never a disclosure.

A hint may have been left by anybody and is signed by nobody. It saves typing when a file is signed
(`--from-metadata`), and shows a reader what the file does not disclose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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
_SETTING: Final = r"\s*([A-Za-z][A-Za-z0-9 _/-]{0,60}): (\"[^\"]*+\"|[^,]*+)(?:,|\Z)"
_FILE_ENDINGS: Final = (".safetensors", ".ckpt", ".gguf", ".sft", ".pth", ".pt", ".bin")
#: Inputs of ComfyUI's nodes that name a model.
_MODEL_INPUTS: Final = ("ckpt_name", "unet_name", "model_name")
_NODES: Final = 10_000
#: Characters of a line of settings.
_SETTINGS_SIZE: Final = 4_096


def read(texts: Iterable[Text], values: xmp.PropertyValues) -> tuple[Hint, ...]:
    """The hints among the named texts and the XMP properties of a file."""
    return (*_from_texts(tuple(texts)), *_from_xmp(values))


def _from_texts(texts: tuple[Text, ...]) -> Iterator[Hint]:
    # The first text of each name counts, so it is put in last.
    named = {text.name: text for text in reversed(texts)}
    if "parameters" in named and (hint := _parameters(named["parameters"])):
        yield hint
    if "prompt" in named and (hint := _comfy(named["prompt"])):
        yield hint
    elif "workflow" in named:
        yield Hint("ComfyUI", named["workflow"].place)
    if "invokeai_metadata" in named and (hint := _invoke(named["invokeai_metadata"])):
        yield hint
    if named.get("Software", Text("", "", "")).value.startswith("NovelAI"):
        text = named["Software"]
        yield Hint("NovelAI", text.place, model=named.get("Source", text).value)
    description = named.get("Description")
    if description and "Job ID:" in description.value:
        prompt = description.value.partition("Job ID:")[0].strip()
        yield Hint("Midjourney", description.place, model="Midjourney", prompt=prompt)


def _parameters(text: Text) -> Hint | None:
    """`parameters` in PNG, and the comment in Exif, which cameras and other programs write too."""
    if text.value.lstrip().startswith("{"):
        return _swarm(text)
    hint = _web_interface(text)
    return hint if hint.seed or not text.place.startswith("Exif") else None


def _swarm(text: Text) -> Hint | None:
    """The parameters of SwarmUI, as JSON."""
    fields = _object(text.value).get("sui_image_params")
    if not isinstance(fields, dict):
        return None
    seed = fields.get("seed")
    return Hint(
        "SwarmUI",
        text.place,
        model=_without_ending(fields["model"]) if _is_text(fields, "model") else None,
        seed=str(seed) if type(seed) is int else None,
        prompt=fields["prompt"] if _is_text(fields, "prompt") else None,
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
