"""TrustMark, as Adobe describes it (arXiv:2311.18297), run by onnxruntime with the user's weights.

The encoder gets the picture in small and 100 bits, and what it changes there is added to the large
picture. The bits are a number, its error correction and a schema; a soft binding writes them as
Adobe's programs do: `1*0110…`, the schema and the number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aidisclose.durable.bch import BchCode
from aidisclose.durable.protocol import IMAGE, Marked
from aidisclose.durable.weights import OnnxModel, Weights
from aidisclose.errors import UsageError
from aidisclose.named import NamedTuple

if TYPE_CHECKING:
    from PIL import Image

_BITS: Final = 100
_CODED: Final = 96
_VERSION: Final = 4


class _Schema(NamedTuple):
    """The use of the bits: for `data` bits, and to correct `errors` wrong ones."""

    errors: int
    data: int

    @property
    def padding(self) -> int:
        """Zeros behind the number, which are counted but not sent: the code works on bytes."""
        return -self.data % 8

    @property
    def code(self) -> BchCode:
        return BchCode(self.errors, self.data + self.padding)


#: By their number: BCH_SUPER, BCH_5, BCH_4, BCH_3.
_SCHEMAS: Final = (_Schema(8, 40), _Schema(5, 61), _Schema(4, 68), _Schema(3, 75))
#: What is written: the one that Adobe's programs write if nobody asks for another.
_WRITTEN: Final = 1

#: Side of what the encoder sees, and of what each variant's decoder does, where the model leaves
#: that open.
_ENCODED: Final = 256
_DECODED: Final = {"P": 224}
#: Sides of a longer picture than this are left alone: only the square in its middle is marked.
_LONGEST: Final = {"P": 0.0}
_USUAL_LONGEST: Final = 2.0
#: How much of what the encoder says is added.
_STRENGTH: Final = {"P": 1.25}
#: Share of the shorter side in which the change fades out, and the most pixels of that.
_FADE: Final = 0.01
#: The option of onnxruntime that says in which folder files are that a model refers to.
_OUTSIDE: Final = "session.model_external_initializers_file_folder_path"
_MOST_FADE: Final = 50


class TrustMark:
    """One variant of TrustMark; see `durable.protocol.WatermarkAlgorithm`.

    Arguments:
        alg: Its algorithm: `com.adobe.trustmark.Q`, `.P` or `.C`.
        weights: Its models.
    """

    media: Final = IMAGE
    capacity: Final = _SCHEMAS[_WRITTEN].data

    def __init__(self, alg: str, weights: Weights) -> None:
        self.alg = alg
        self._variant = alg.rpartition(".")[2]
        self._weights = weights
        self._sessions: dict[OnnxModel, Any] = {}

    def embed(self, picture: Image.Image, number: int) -> Marked:
        """The picture with a number in it: see `WatermarkAlgorithm.embed`."""
        from PIL import Image

        numpy, model = _library(), self._weights.encoder
        if model is None:
            raise UsageError(f"no weights are registered that embed {self.alg}: only a decoder")
        encoder = self._session(model)
        side = _side(encoder.get_inputs()[0].shape, _ENCODED)
        box = self._box(picture.size)
        region = picture.crop(box)
        cover = _tensor(region.resize((side, side), Image.Resampling.BILINEAR))
        bits = numpy.array([write(number)], numpy.float32)
        marked = self._run(encoder, model, [cover, bits], (1, 3, side, side))
        change = numpy.clip(marked, -1, 1) - cover
        change -= change.mean(axis=(2, 3), keepdims=True)  # it would shift the colours
        change *= _STRENGTH.get(self._variant, 1.0) * 127.5
        fade = _fade(region.size)
        bands = []
        for small, band in zip(change[0], region.split(), strict=True):
            large = Image.fromarray(small.astype(numpy.float32)).resize(
                region.size, Image.Resampling.BILINEAR
            )
            sum_ = numpy.asarray(band, numpy.float32) + numpy.asarray(large) * fade
            bands.append(Image.fromarray(numpy.clip(sum_.round(), 0, 255).astype(numpy.uint8)))
        result = picture.copy()
        result.paste(Image.merge("RGB", bands), box)
        return Marked(result, _value(_WRITTEN, number))

    def detect(self, picture: Image.Image) -> bytes | None:
        """The value of the watermark in a picture: see `WatermarkAlgorithm.detect`."""
        from PIL import Image

        _library()
        model = self._weights.decoder
        decoder = self._session(model)
        side = _side(decoder.get_inputs()[0].shape, _DECODED.get(self._variant, _ENCODED))
        region = picture.crop(self._box(picture.size))
        small = region.resize((side, side), Image.Resampling.BILINEAR)
        found = self._run(decoder, model, [_tensor(small)], (1, _BITS))
        return read([bool(each > 0) for each in found[0]])

    def _box(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """The part that has the watermark: all, or of a long picture the square in its middle."""
        width, height = size
        side = min(size)
        if max(size) / side <= _LONGEST.get(self._variant, _USUAL_LONGEST):
            return 0, 0, width, height
        left, top = (width - side) // 2, (height - side) // 2
        return left, top, left + side, top + side

    def _session(self, model: OnnxModel) -> Any:
        if model not in self._sessions:
            self._sessions[model] = _open(model)
        return self._sessions[model]

    def _run(
        self, session: Any, model: OnnxModel, values: list[Any], shape: tuple[int, ...]
    ) -> Any:
        """The first output of a model.

        Raises:
            UsageError: It does not take these inputs, or its output has another shape.
        """
        names = [each.name for each in session.get_inputs()]
        if len(names) == len(values):
            try:
                found = session.run(None, dict(zip(names, values, strict=True)))[0]
            except Exception as error:  # onnxruntime raises classes of its own, without a base
                reason = str(error).partition("\n")[0][:200]
                raise UsageError(f"{model.path}: the model cannot be run: {reason}") from None
            if getattr(found, "shape", None) == shape:
                return found
        raise UsageError(f"{model.path}: not a model of {self.alg}")


def write(number: int) -> list[int]:
    """The 100 bits that carry a number.

    Raises:
        UsageError: It has more than 61 bits.
    """
    schema = _SCHEMAS[_WRITTEN]
    if not 0 <= number < 1 << schema.data:
        raise UsageError(f"a watermark of TrustMark carries {schema.data} bits")
    code = schema.code
    word = f"{code.encode(number << schema.padding):0{code.size}b}"
    sent = word[: schema.data] + word[schema.data + schema.padding :]
    return [int(each) for each in f"{sent:0<{_CODED}}{_WRITTEN:0{_VERSION}b}"]


def read(bits: list[bool]) -> bytes | None:
    """The value of a soft binding that these 100 bits carry; None if they carry none.

    Of bits by chance, schema 3 accepts one in thirteen, the others one in 500 and fewer.
    """
    text = "".join("01"[each] for each in bits)
    number = int(text[-2:], 2)  # Adobe's programs look at two of the four
    schema = _SCHEMAS[number]
    code = schema.code
    sent = text[: schema.data + code.parity]
    word = sent[: schema.data] + "0" * schema.padding + sent[schema.data :]
    found = code.decode(int(word, 2))
    if found is None or found & ((1 << schema.padding) - 1):
        return None
    return _value(number, found >> schema.padding)


def _value(schema: int, number: int) -> bytes:
    return f"{schema}*{number:0{_SCHEMAS[schema].data}b}".encode()


def _library() -> Any:
    try:
        import numpy
        import onnxruntime  # noqa: F401 - whether it is there
    except ImportError:
        raise UsageError(
            "TrustMark needs the extra watermark: pip install 'aidisclose[watermark]'"
        ) from None
    return numpy


def _open(model: OnnxModel) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # A model may keep its weights in other files, which were not hashed; onnxruntime would look for
    # them in the working folder, where anybody may have put some. So it looks where none can be.
    options.add_session_config_entry(_OUTSIDE, "/dev/null/none")
    data = model.read()
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own, without a base
        reason = str(error).partition("\n")[0][:200]
        raise UsageError(f"{model.path}: not a model of onnx: {reason}") from None


def _side(shape: list[Any], usual: int) -> int:
    """The side of the pictures that a model takes; not all models fix it."""
    last = shape[-1] if len(shape) == 4 else None
    return last if isinstance(last, int) and 0 < last <= 1024 else usual


def _tensor(picture: Image.Image) -> Any:
    """The picture as the models take it: channels first, from -1 to 1."""
    import numpy

    values = numpy.asarray(picture, numpy.float32).transpose(2, 0, 1)[None]
    return values / numpy.float32(127.5) - numpy.float32(1)


def _fade(size: tuple[int, int]) -> Any:
    """The share of the change that is made at each pixel: less towards the edges."""
    import numpy

    width = min(max(1, int(min(size) * _FADE)), _MOST_FADE)

    def ramp(length: int) -> Any:
        places = numpy.arange(length, dtype=numpy.float32)
        nearest = numpy.minimum(places, places[::-1]) + 1
        return numpy.minimum(nearest / width, 1)

    return numpy.minimum(ramp(size[1])[:, None], ramp(size[0])[None, :])
