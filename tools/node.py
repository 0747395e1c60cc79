"""Runs scripts in Node that answer line by line, and with one of them translated JavaScript."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import jax
import numpy as np
from javascript import NODE

from lib.figures.javascript import JavaScript


class Script:
    """A Node process with a script that answers each JSON line with one, until it is closed."""

    def __init__(self, script: Path):
        """Start the process."""
        self.process = subprocess.Popen(
            [NODE, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self):
        """The process itself."""
        return self

    def __exit__(self, *_):
        """End the process."""
        self.close()

    def ask(self, **request: Any) -> Any:
        """The value that the script answers to a request; its error becomes ours."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def close(self):
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.communicate()


class Node(Script):
    """A Node process that evaluates translated functions."""

    def __init__(self):
        """Start the process."""
        super().__init__(Path(__file__).with_suffix(".js"))

    def run(self, translated: JavaScript, calls: list[tuple]) -> list[list[np.ndarray]]:
        """The leaves that a translated function returns for each tuple of arguments."""
        arguments = [list(map(encode, call)) for call in calls]
        try:
            results = self.ask(source=translated.source, calls=arguments)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\nin\n{translated.source}") from error
        return [
            [decode(x, leaf) for x, leaf in zip(call, translated.leaves, strict=True)]
            for call in results
        ]


def encode(value) -> dict:
    """An argument as the Node side reads it: doubles in base64, so that NaN and −0 survive."""
    array = np.asarray(value, np.float64)
    return {"shape": array.shape, "bytes": base64.b64encode(array.tobytes()).decode()}


def decode(answer: dict, leaf: jax.ShapeDtypeStruct) -> np.ndarray:
    """A returned leaf; a number exactly where JAX returns a scalar."""
    assert answer["scalar"] == (leaf.shape == ()), f"a leaf of shape {leaf.shape}"
    return np.frombuffer(base64.b64decode(answer["bytes"])).reshape(leaf.shape)
