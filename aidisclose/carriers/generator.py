"""Well-known programs and services that generate media with AI, by name.

A list like this is never whole. It serves one purpose: that nobody is told "made without generative
AI" of what such a program is said to have made. That a name is missing says nothing, and a name in
a file proves nothing.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

#: In small letters. Names that are ordinary words, or that other programs have too, stand with
#: their maker or version.
_NAMES: Final = (
    *("midjourney", "stable diffusion", "stability ai", "dreamstudio", "sdxl", "latent diffusion"),
    *("openai", "chatgpt", "dall e", "gpt image", "gpt 4o", "adobe firefly", "firefly image"),
    *("generative fill", "generative expand", "generative remove", "google ai", "google imagen"),
    *("google veo", "google gemini", "nano banana", "titan image generator", "nova canvas"),
    *("black forest labs", "flux dev", "flux pro", "flux schnell", "microsoft designer"),
    *("comfyui", "automatic1111", "invokeai", "swarmui", "fooocus", "novelai", "leonardo ai"),
    *("ideogram ai", "runwayml", "kling ai", "kuaishou kling", "hailuo ai"),
    *("runway gen", "dreamina", "riffusion", "krea ai", "magic media", "nova reel"),
    *("bing image creator", "craiyon", "nightcafe", "recraft ai", "playground ai", "deepfloyd"),
    *("seedream", "jimeng", "qwen image", "hunyuanvideo", "hunyuan image", "cogvideo", "cogview"),
    *("grok imagine", "meta ai", "animatediff", "synthesia", "heygen", "elevenlabs", "suno ai"),
    *("musicgen", "audiocraft", "stable audio", "stable video", "lyria", "udio ai", "resemble ai"),
    *("pika labs", "luma ai", "minimax hailuo", "seedance", "doubao", "豆包", "即梦", "通义万相"),
    *("tongyi wanxiang", "hunyuan", "hidream", "cogvideox", "ltx video", "haiper", "pixverse"),
    *("higgsfield", "vidu ai", "flux kontext", "ideogram v3", "即梦ai", "imagine with meta"),
    *("image creator from designer", "image playground", "imagefx", "google whisk", "xai aurora"),
    *("amazon titan", "reve image", "civitai", "pixai", "tensor art", "starryai", "wombo dream"),
    *("deep dream generator", "artbreeder", "freepik mystic", "freepik pikaso", "lexica aperture"),
    *("шедеврум", "kandinsky ai", "generative ai by getty images", "shutterstock ai"),
    *("ai image generator", "ai video generator"),
)
#: Names that are common words too, in whatever language: `imagen 3` is the third picture.
_WORDS: Final = (
    *("gemini 2", "gemini 3", "imagen 3", "imagen 4", "veo 2", "veo 3", "sora 2", "flux 1"),
    *("flux 2", "dream machine", "text to image", "text to video", "image to video"),
    *("text to music", "ideogram 2", "ideogram 3", "kling 1", "kling 2", "kling 3", "pika 1"),
    *("pika 2", "luma ray", "hailuo 02", "playground v2", "playground v3", "kandinsky 2"),
    *("kandinsky 3", "suno v3", "suno v4", "suno v5", "pixel studio", "recraft"),
)


def find(text: str, *, is_prose: bool = False) -> str | None:
    """The generator that a text names, as it is spelled there; None if no known one.

    Whole words count, whatever stands between them: `Adobe_Firefly`, `DALL·E 3`, `com.openai.sora`.

    Arguments:
        text: Any.
        is_prose: Whether it is a sentence, in which names that are common words too do not count.
    """
    match = _pattern(is_prose=is_prose).search(text)
    return match[0] if match else None


@cache
def _pattern(*, is_prose: bool) -> re.Pattern[str]:
    # Few files make it necessary: it is compiled when it is.
    names = _NAMES if is_prose else (*_NAMES, *_WORDS)
    listed = "|".join(name.replace(" ", r"[\W_]{0,3}") for name in names)
    return re.compile(rf"(?<![^\W_])(?:{listed})(?![^\W\d_])", re.IGNORECASE)
