"""The numerals in a notebook's prose, and the numbers that its cells compute or set.

A numeral that a reader could take for a result should be one: see tests/notebooks/test_numerals.py.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager
from notebooks import read

EXERCISE = re.compile(r"^(`{3,})\{exercise\}.*?^\1\s*$", re.M | re.S)
# What is not prose, in the order in which it is taken out.
LEFT_OUT = [
    EXERCISE,  # which sets its numbers
    re.compile(r"^(`{3,})[a-z]+\n.*?^\1\s*$", re.M | re.S),  # code
    re.compile(r"^\$\$.*?^\$\$", re.M | re.S),  # a step of a derivation
    re.compile(r"\{(?!index\b)[\w:]+\}`[^`]*`"),  # a reference
    re.compile(r"(?<![`}])`[^`]+`"),
    re.compile(r"\]\([^)]*\)|https?://\S+"),
    re.compile(r"^\s*:\w+:.*$|^\([\w-]+\)=$", re.M),  # options and labels
    re.compile(r"_\{[^{}]*\}"),  # indices
    re.compile(r"\(\d+\)"),  # of an equation
    re.compile(
        r"\b([Ee]quation|[Ff]igure|[Ss]ection|[Aa]ppendix|[Ee]xercise)s? \d+((–|, | and )\d+)*"
    ),
]
SOLUTION = re.compile(r"^(`{3,})\{solution\} (\S+)\n(.*?)^\1\s*$", re.M | re.S)
CODE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
NUMERAL = re.compile(
    r"(?<![\w.^_\\])"
    r"(?P<whole>\d{1,3}(?:(?:,|\\,|[\u202f\u2009\u00a0])\d{3})+(?!\d)|\d+)(?![\d^])(?P<part>\.\d+)?"
    r"(?:(?:e|\s*(?:\\cdot|\\times|·|×)\s*10\^)\{?(?P<power>[-+−]?\d+)\}?)?"
    r"(?P<percent>\s*\\?%)?"
)
PRINTED = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


class Numeral(NamedTuple):
    """A number as a text writes it."""

    written: str
    value: float
    unit: float
    """Of its last digit, or, where a whole number ends in zeros, of the last before them."""

    def is_given_by(self, number: float) -> bool:
        """Whether `number`, or as many per cent, is written so when it is rounded."""
        scales = (1, 100) if "%" in self.written else (1,)
        return any(abs(number / s - self.value) <= 0.5001 * self.unit for s in scales)


class Page(NamedTuple):
    """A notebook as the check sees it."""

    prose: list[tuple[int, str]]  # texts, captions and alternative texts, by cell from 1
    numbers: list[float]  # without their signs


def plain(text: str) -> str:
    """The prose of Markdown, with spaces in place of all else."""
    for pattern in LEFT_OUT:
        text = pattern.sub(" ", text)
    return re.sub(r"\\[td]?frac\s*(\d)(\d)", r" \1/\2 ", text)


def numerals(text: str, digits: int = 2) -> Iterator[Numeral]:
    """The numerals of a text that could be results: whole numbers from so many digits on."""
    for found in NUMERAL.finditer(plain(text)):
        whole, part = re.sub(r"\D", "", found["whole"]), found["part"] or ""
        scale = 10.0 ** int((found["power"] or "0").replace("−", "-"))
        if found["percent"]:
            scale /= 100
        elif len(whole) < digits and not part and not found["power"]:
            continue
        zeros = 0 if part or len(whole) < 3 else len(whole) - len(whole.rstrip("0"))
        unit = 10.0 ** (zeros - max(len(part) - 1, 0))
        yield Numeral(found[0].strip(), float(whole + part) * scale, unit * scale)


def printed(text: str) -> list[float]:
    """The numbers in what code has printed."""
    return [float(number.replace(",", "")) for number in PRINTED.findall(text)]


def in_code(source: str) -> list[float]:
    """The numbers that code sets."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    values = [ast.literal_eval(t.string) for t in tokens if t.type == tokenize.NUMBER]
    return [float(value) for value in values if not isinstance(value, complex)]


def read_page(path: Path) -> Page:
    """The notebook at `path`, its stored outputs included; solutions with code are left out."""
    prose, numbers = [], []
    for count, cell in enumerate(read(path).cells, start=1):
        if cell.cell_type != "code":
            for exercise in EXERCISE.finditer(cell.source):
                inside = exercise[0].strip("`\n").partition("\n")[2]
                numbers += [numeral.value for numeral in numerals(inside)]
            text = SOLUTION.sub(lambda s: "" if CODE.search(s[3]) else s[3], cell.source)
            prose.append((count, text))
            continue
        source = TransformerManager().transform_cell(cell.source)
        numbers += in_code(source)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.keyword) and node.arg in ("alt", "caption"):
                prose.append((count, str(getattr(node.value, "value", ""))))
        for output in cell.outputs:
            numbers += printed(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return Page(prose, numbers)


def not_given(text: str, numbers: list[float]) -> list[str]:
    """The numerals of a text that none of the numbers gives."""
    return [n.written for n in numerals(text) if not any(map(n.is_given_by, numbers))]
