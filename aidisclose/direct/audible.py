"""Words or a tone in front of sound: one WAV file before another."""

from __future__ import annotations

import io
import wave

from aidisclose import limits
from aidisclose.containers import KEEP, Edits, identify
from aidisclose.direct import implicit, recording
from aidisclose.errors import LimitExceeded, MalformedFile, UnsupportedFormat
from aidisclose.io.source import BytesSource, Source
from aidisclose.manifest.record import Direct


def prefix(source: Source, notice: Source, *, text: str, lang: str | None = None) -> bytes:
    """The sound with the notice before it, and a record of that in its XMP.

    Both are WAV files with uncompressed samples, of the same number of channels, sample width and
    rate: nothing is converted. Chunks of the source besides format, samples, XMP and the label of
    GB 45438-2025 are not kept.

    Arguments:
        source: The sound.
        notice: What is to be heard first.
        text: What the notice says.
        lang: Its language, as in BCP 47.

    Raises:
        UnsupportedFormat: One of them is not such a file, or they differ in form.
        MalformedFile: One of them cannot be read.
        LimitExceeded: Together they are too large.
    """
    if source.size + notice.size > limits.LABELLED:
        raise LimitExceeded(f"sound of more than {limits.LABELLED} bytes is not prefixed")
    (form, spoken), (other, sound) = _samples(notice), _samples(source)
    if form[:3] != other[:3]:
        raise UnsupportedFormat(
            f"the notice has {_in_words(form)}, the sound {_in_words(other)}; convert the notice"
        )
    output = io.BytesIO()
    with wave.open(output, "wb") as file:
        file.setnchannels(other.nchannels)
        file.setsampwidth(other.sampwidth)
        file.setframerate(other.framerate)
        file.writeframesraw(spoken)
        file.writeframesraw(sound)
    end = len(spoken) / (form.nchannels * form.sampwidth * form.framerate)
    direct = Direct(type="audible", text=text, lang=lang, start=0.0, end=round(end, 3))
    new = BytesSource(output.getvalue())
    container = identify(new)
    label = implicit.kept(source)
    edits = Edits(
        xmp=recording.write(_packet(source), direct), aigc=KEEP if label is None else label
    )
    splice = container.rewrite(new, container.scan(new), edits)
    return splice.read_at(0, splice.size)


def _packet(source: Source) -> bytes | None:
    layout = identify(source).scan(source)
    return source.read_at(layout.xmp.start, layout.xmp.length) if layout.xmp else None


def _samples(source: Source) -> tuple[wave._wave_params, bytes]:
    if identify(source).name != "WAV":
        raise UnsupportedFormat("only WAV files can be prefixed")
    try:
        with wave.open(io.BytesIO(source.read_at(0, source.size)), "rb") as file:
            form = file.getparams()
            samples = file.readframes(form.nframes)
    except (wave.Error, EOFError, RuntimeError, ZeroDivisionError) as error:
        raise MalformedFile(f"the WAV file cannot be read: {error}") from None
    if not (samples and form.framerate):
        raise MalformedFile("the WAV file has no samples")
    return form, samples


def _in_words(form: wave._wave_params) -> str:
    return f"{form.nchannels} channels of {8 * form.sampwidth} bits at {form.framerate} Hz"
