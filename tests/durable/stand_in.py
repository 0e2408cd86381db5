"""Small models in the place of TrustMark's: each bit is the sign of one cosine wave in the picture.

They take and give what TrustMark's models do, so that everything around a model is tested for real.
They carry nothing through a busy picture.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from PIL import Image, ImageFilter

SIDE = 256
WAVES = 32
BITS = 100

Constants = dict[str, NDArray[Any]]


def waves() -> NDArray[np.float32]:
    """Cosine waves over the side of a picture, of length 1 each."""
    at = (np.arange(SIDE) + 0.5) * np.pi / SIDE
    found = np.cos(np.arange(WAVES)[:, None] * at[None, :]) * np.sqrt(2 / SIDE)
    return np.asarray(found, np.float32)


def places() -> NDArray[np.float32]:
    """Which pair of waves carries which bit: those that smooth pictures have little of."""
    pairs = [(a, b) for a in range(WAVES) for b in range(WAVES) if 14 <= a + b <= 24]
    found = np.zeros((BITS, WAVES * WAVES), np.float32)
    for bit, (a, b) in enumerate(pairs[:: len(pairs) // BITS][:BITS]):
        found[bit, a * WAVES + b] = 1
    return found


def encoder(strength: float = 0.9) -> ModelProto:
    """Cover and bits to the marked picture."""
    down, across = waves().T.copy(), waves()
    constants: Constants = {
        "places": places() * np.float32(strength),
        "one": np.array(1, np.float32),
        "two": np.array(2, np.float32),
        "grid": np.array([1, 1, WAVES, WAVES], np.int64),
        "down": down,
        "across": across,
    }
    nodes = [
        helper.make_node("Mul", ["secret", "two"], ["doubled"]),
        helper.make_node("Sub", ["doubled", "one"], ["signs"]),
        helper.make_node("MatMul", ["signs", "places"], ["flat"]),
        helper.make_node("Reshape", ["flat", "grid"], ["amounts"]),
        helper.make_node("MatMul", ["down", "amounts"], ["half"]),
        helper.make_node("MatMul", ["half", "across"], ["change"]),
        helper.make_node("Add", ["cover", "change"], ["marked"]),
    ]
    inputs = {"cover": [1, 3, SIDE, SIDE], "secret": [1, BITS]}
    return model(nodes, inputs, {"marked": [1, 3, SIDE, SIDE]}, constants)


def decoder() -> ModelProto:
    """A picture to bits: above zero is one."""
    constants: Constants = {
        "places": places().T.copy(),
        "flat": np.array([1, WAVES * WAVES], np.int64),
        "down": waves(),
        "across": waves().T.copy(),
    }
    nodes = [
        helper.make_node("ReduceMean", ["picture", "channels"], ["grey"], keepdims=1),
        helper.make_node("MatMul", ["down", "grey"], ["half"]),
        helper.make_node("MatMul", ["half", "across"], ["amounts"]),
        helper.make_node("Reshape", ["amounts", "flat"], ["row"]),
        helper.make_node("MatMul", ["row", "places"], ["bits"]),
    ]
    constants["channels"] = np.array([1], np.int64)
    return model(nodes, {"picture": [1, 3, SIDE, SIDE]}, {"bits": [1, BITS]}, constants)


def model(
    nodes: Sequence[NodeProto],
    inputs: dict[str, list[int]],
    outputs: dict[str, list[int]],
    constants: Constants,
) -> ModelProto:
    """The model of these nodes."""
    taken, given = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in each]
        for each in (inputs.items(), outputs.items())
    )
    named = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "stand-in", taken, given, named)
    made: ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    made.ir_version = 10
    return made


def save(folder: Path) -> tuple[Path, Path]:
    """Write both models, and return the paths of encoder and decoder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "encoder.onnx", folder / "decoder.onnx"
    for path, made in zip(paths, _models(), strict=True):
        path.write_bytes(made)
    return paths


@functools.cache
def _models() -> tuple[bytes, bytes]:
    return encoder().SerializeToString(), decoder().SerializeToString()


def smooth(size: tuple[int, int] = (480, 360), seed: int = 1) -> Image.Image:
    """A picture without fine structure, like clouds."""
    chance = random.Random(seed)
    few = Image.frombytes("RGB", (5, 5), bytes(chance.randrange(30, 225) for _ in range(75)))
    return few.resize(size, Image.Resampling.BICUBIC).filter(
        ImageFilter.GaussianBlur(min(size) // 12)
    )
