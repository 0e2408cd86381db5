"""The protocol of a watermark, which TrustMark and plug-ins follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from PIL import Image

#: What `WatermarkAlgorithm.media` can be now.
IMAGE: Final = "image"


class Marked(NamedTuple):
    """A picture with a watermark in it.

    Attributes:
        picture: In RGB, of the same size.
        value: The value that a soft binding gives for the watermark; `detect` returns the same.
    """

    picture: Image.Image
    value: bytes


@runtime_checkable
class WatermarkAlgorithm(Protocol):
    """A watermark that can be embedded and detected.

    Attributes:
        alg: The algorithm, as the C2PA list of soft bindings names it.
        media: The kind of content that it is embedded in: `image`.
        capacity: Bits of the number that it carries.
    """

    @property
    def alg(self) -> str: ...  # noqa: D102 - described above

    @property
    def media(self) -> str: ...  # noqa: D102

    @property
    def capacity(self) -> int: ...  # noqa: D102

    def embed(self, picture: Image.Image, number: int) -> Marked:
        """The picture with a number in it.

        Arguments:
            picture: Upright, in RGB.
            number: From 0, of at most `capacity` bits.

        Raises:
            UsageError: Something that is needed is not there.
        """
        ...

    def detect(self, picture: Image.Image) -> bytes | None:
        """The value of the watermark in a picture; None if there is none.

        A value proves nothing: chance may look like a watermark, and anybody can embed one.

        Arguments:
            picture: Upright, in RGB.

        Raises:
            UsageError: Something that is needed is not there.
        """
        ...
