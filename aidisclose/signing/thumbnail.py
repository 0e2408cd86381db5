"""The thumbnail of a claim: a small copy of the picture, which viewers of credentials show."""

from __future__ import annotations

import io
from typing import Final

from aidisclose.durable import picture
from aidisclose.errors import LimitExceeded, Malformed, UnsupportedFormat
from aidisclose.io.source import Source
from aidisclose.manifest.draft import NewAssertion, file_assertion

LABEL: Final = "c2pa.thumbnail.claim"
#: Pixels of the longer side; c2pa-rs makes them as large.
_SIDE: Final = 1024
_QUALITY: Final = 80


def make(source: Source) -> NewAssertion | str:
    """The assertion with a JPEG of the picture as it is seen: upright, on white.

    It has no metadata: a position in the source would be published with it.

    Returns:
        The assertion, or the reason why there is none.
    """
    try:
        image = picture.read(source)
    except UnsupportedFormat:
        return "it is not a picture that can be decoded"
    except LimitExceeded:
        return "the picture is too large"
    except Malformed as error:
        return str(error)
    image.thumbnail((_SIDE, _SIDE))
    image.info.clear()
    output = io.BytesIO()
    image.save(output, "JPEG", quality=_QUALITY, optimize=True)
    return file_assertion(LABEL, output.getvalue(), media_type="image/jpeg")
