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
    *("openai", "chatgpt", "dall e", "gpt image", "sora 2", "adobe firefly", "firefly image"),
    *("generative fill", "generative expand", "google ai", "google imagen", "google veo"),
    *("google gemini", "gemini 2", "gemini 3", "nano banana", "imagen 3", "imagen 4", "veo 3"),
    *("black forest labs", "flux 1", "flux 2", "flux dev", "flux pro", "flux schnell"),
    *("comfyui", "automatic1111", "invokeai", "swarmui", "fooocus", "novelai", "leonardo ai"),
    *("ideogram ai", "runwayml", "kling ai", "kuaishou kling", "dream machine", "hailuo ai"),
    *("bing image creator", "craiyon", "nightcafe", "recraft ai", "playground ai", "deepfloyd"),
    *("seedream", "jimeng", "qwen image", "hunyuanvideo", "hunyuan image", "cogvideo", "cogview"),
    *("grok imagine", "meta ai", "animatediff", "synthesia", "heygen", "elevenlabs", "suno ai"),
    *(
        "musicgen",
        "audiocraft",
        "text to image",
        "text to video",
        "image to video",
        "text to music",
    ),
    *("ai image generator", "ai video generator"),
)


def find(text: str) -> str | None:
    """The generator that a text names, as it is spelled there; None if no known one.

    Whole words count, whatever stands between them: `Adobe_Firefly`, `DALL·E 3`, `com.openai.sora`.
    """
    match = _pattern().search(text)
    return match[0] if match else None


@cache
def _pattern() -> re.Pattern[str]:
    # Few files make it necessary: it is compiled when it is.
    listed = "|".join(name.replace(" ", r"[\W_]{0,3}") for name in _NAMES)
    return re.compile(rf"(?<![^\W_])(?:{listed})(?![^\W\d_])", re.IGNORECASE)
