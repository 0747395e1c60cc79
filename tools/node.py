"""Runs translated JavaScript in Node."""

import base64
import json
import subprocess
from pathlib import Path

import jax
import numpy as np
from javascript import NODE

from lib.figures.javascript import JavaScript


class Node:
    """A Node process that evaluates translated functions until it is closed."""

    def __init__(self):
        """Start the process."""
        self.process = subprocess.Popen(
            [NODE, Path(__file__).with_suffix(".js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, translated: JavaScript, calls: list[tuple]) -> list[list[np.ndarray]]:
        """The leaves that a translated function returns for each tuple of arguments."""
        request = {"source": translated.source, "calls": [list(map(encode, c)) for c in calls]}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{answer['error']}\nin\n{translated.source}")
        return [
            [decode(x, leaf) for x, leaf in zip(call, translated.leaves, strict=True)]
            for call in answer["results"]
        ]

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def encode(value) -> dict:
    """An argument as the Node side reads it: doubles in base64, so that NaN and −0 survive."""
    array = np.asarray(value, np.float64)
    return {"shape": array.shape, "bytes": base64.b64encode(array.tobytes()).decode()}


def decode(answer: dict, leaf: jax.ShapeDtypeStruct) -> np.ndarray:
    """A returned leaf; a number exactly where JAX returns a scalar."""
    assert answer["scalar"] == (leaf.shape == ()), f"a leaf of shape {leaf.shape}"
    return np.frombuffer(base64.b64decode(answer["bytes"])).reshape(leaf.shape)
