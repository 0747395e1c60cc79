"""Numbers and labels as a reader reads them, in Python as in a page (page/words.js).

tests/words.json is the table with which both are tested.
"""

from __future__ import annotations

import decimal
import math
import re

THIN = "\u202f"  # a narrow space at which no line breaks
PLAIN = range(-3, 5)  # powers of ten that are written as digits
LONGEST = 1e15  # numbers from here on are powers of ten in every format
FORMAT = re.compile(r"(?P<plus>\+?)(?:\.(?P<digits>\d+)(?P<kind>[gef%])|d)")

RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
LOWERED = str.maketrans("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
LIFTED = str.maketrans("0123456789+-−=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁱⁿ")
SCRIPT = re.compile(r"(?<=\S)([_^])(?:\{([^{}]*)\}|([^\W_]+))")
BETWEEN = re.compile(r" ([=≈≠<>≤≥∝∈+−·×]) ")  # two parts of a formula


def number(value: float, format: str = ".3g") -> str:
    """A number as it is shown: rounded, with a true minus sign, thin spaces and powers of ten.

    Args:
      value: any float.
      format: ".3g" for three digits, as powers of ten below 10⁻³ and from 10⁵ on; ".2e" always as
        a power of ten; ".1f" with one decimal; ".0%" as a percentage; "d" for whole numbers. With
        "+" in front, positive numbers have a sign.

    >>> number(0.00012345), number(0.25), number(-1234567.0, "d")
    ('1.23\u202f×\u202f10⁻⁴', '0.25', '−1\u202f234\u202f567')
    """
    match = FORMAT.fullmatch(format)
    assert match, format
    if math.isnan(value):
        return "not a number"
    kind, digits = match["kind"] or "f", int(match["digits"] or 0)
    written = "∞" if math.isinf(value) else unsigned(abs(value), kind, digits)
    if value < 0 and re.search("[1-9∞]", written):
        return f"−{written}"
    return f"+{written}" if match["plus"] else written


def unsigned(size: float, kind: str, digits: int) -> str:
    """A number that isn't negative."""
    if kind in "f%" and size >= LONGEST:
        kind, digits = "g", 3
    if kind == "e":
        return power(size, digits, trailing=True)
    if kind == "%":
        return f"{fixed(100 * size, digits)}{THIN}%"
    if kind == "f":
        return fixed(size, digits)
    last = max(digits, 1) - 1
    exponent = int(f"{rounded(size, last):e}".split("e")[1])
    if size == 0 or exponent in PLAIN:
        text = fixed(size, max(0, last - exponent))
        return text.rstrip("0").rstrip(".") if "." in text else text
    return power(size, last)


def rounded(size: float, decimals: int) -> decimal.Decimal:
    """A number with so many digits behind its first, halves away from zero as in JavaScript."""
    context = decimal.Context(prec=decimals + 1, rounding=decimal.ROUND_HALF_UP)
    return context.create_decimal_from_float(size)


def fixed(size: float, decimals: int) -> str:
    """A number with so many decimals, in groups of three where it has five digits or more."""
    unit = decimal.Decimal(1).scaleb(-decimals)
    exact = decimal.Context(prec=400, rounding=decimal.ROUND_HALF_UP)
    text = f"{exact.create_decimal_from_float(size).quantize(unit, context=exact):f}"
    whole, point, rest = text.partition(".")
    return (f"{int(whole):,}".replace(",", THIN) if len(whole) > 4 else whole) + point + rest


def power(size: float, decimals: int, *, trailing: bool = False) -> str:
    """A number as a power of ten; its factor is left out where it is 1, unless it has decimals."""
    factor, exponent = f"{rounded(size, decimals):.{decimals}e}".split("e")
    if not trailing and "." in factor:
        factor = factor.rstrip("0").rstrip(".")
    if int(exponent) == 0 or size == 0:
        return factor
    ten = f"10{str(int(exponent)).translate(RAISED)}"
    return ten if factor == "1" else f"{factor}{THIN}×{THIN}{ten}"


def tick(value: float) -> str:
    """The label of a tick on an axis of powers of ten.

    >>> tick(1e-4), tick(10.0), tick(-2e5)
    ('10⁻⁴', '10', '−2\u202f×\u202f10⁵')
    """
    size = abs(value)
    if size == 0 or 1 <= size < 100:
        return number(value)
    return ("−" if value < 0 else "") + power(size, 2)


def pieces(label: str) -> list[tuple[str, str]]:
    """A label cut at its sub- and superscripts: pairs of "", "_" or "^" and a text.

    >>> pieces("gap ‖θ_AB‖")
    [('', 'gap ‖θ'), ('_', 'AB'), ('', '‖')]
    """
    found, end = [], 0
    for match in SCRIPT.finditer(label):
        found += [("", label[end : match.start()]), (match[1], match[2] or match[3])]
        end = match.end()
    return [piece for piece in [*found, ("", label[end:])] if piece[1]]


def unbroken(text: str) -> str:
    """A text in whose formulas no line ends: they keep together as words do.

    >>> unbroken("Here h = 1 + x².")
    'Here h\\xa0=\\xa01\\xa0+\\xa0x².'
    """
    return BETWEEN.sub("\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", text)


def mathtext(label: str) -> str:
    """A label as Matplotlib typesets it."""
    words = [
        f"${mark}{{\\mathrm{{{text}}}}}$" if mark else text.replace("$", r"\$")
        for mark, text in pieces(label)
    ]
    return "".join(words)


def plain(label: str) -> str:
    """A label where nothing can be typeset, as in a menu: with Unicode's small signs, if any.

    >>> plain("z_k"), plain("θ_AB")
    ('zₖ', 'θAB')
    """

    def small(mark: str, text: str) -> str:
        table = {"_": LOWERED, "^": LIFTED}.get(mark, {})
        return text.translate(table) if all(ord(sign) in table for sign in text) else text

    return "".join(small(mark, text) for mark, text in pieces(label))
