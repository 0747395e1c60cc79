"""The numerals of the text that no number of their page gives: tests/notebooks/test_numerals.py."""

from pathlib import Path

import notebooks

# Numerals that follow from numbers of the page by a line of arithmetic.
COMPUTED = {
    "adam-rotation/the-quasistatic-derivation": {
        "42": "7 * 6",  # the axes of the map
        "320": "1000 * 0.8**2 / 2",
        "0.018": "sqrt(0.1 / 320)",
        "0.0074": "sqrt(0.1 * sin(radians(10)) / 320)",
    },
    "adam-rotation/the-rotated-valley": {
        "1.58": "sqrt(5 / 2)",
        "0.4": "4 / (4 * 2.5)",  # and 2 / h in the comparison with gradient descent
        "3.6\\cdot10^{-5}": "0.006**2",
        "7,000": "0.1 / 0.4 / 0.006**2",
        "2,160": "15 * 3 * 3 * 16",
        "11.8": "degrees(asin(0.4)) / 2",
        "78": "90 - degrees(asin(0.4)) / 2",
        "78.2": "90 - degrees(asin(0.4)) / 2",
        "22.5": "45 / 2",
        "5.76": "1 / sin(radians(10))",
        "57,600": "10_000 / sin(radians(10))",
    },
    "appendix/how-the-figures-work": {
        "694967296": "2**32 - 60000**2",  # with the other sign
    },
    "coda/one-bracket": {
        "120": "factorial(5)",
    },
    "conservation-laws/finding-laws": {
        "36": "comb(8 + 1, 2)",
    },
    "conservation-laws/modern-architectures": {
        "72": "2 * (2 + 4 * 5 / 2) + 16 + 2 * 16",
        "1568": "4 * 4 * 16 * 2 + 2 * 4 * 16 * 2 + 3 * 16 * 16 + 2 * 16",
    },
    "conservation-laws/other-geometries": {
        "0.7": "1.2 - 0.5",
    },
    "lie-brackets/a-real-network": {
        "45": "comb(10, 2)",
    },
    "lie-brackets/batch-normalization": {
        "45": "comb(10, 2)",
        "44": "log(0.01) / log(0.9)",
    },
    "lie-brackets/momentum": {
        "44": "log(1e-2) / log(0.9)",
    },
    "lie-brackets/muon": {
        "2.06": "1 / 0.6964**2",
    },
    "lie-brackets/two-examples": {
        "2.8": "3 - 0.1 * 2",
        "5.6": "2 * 2.8",
        "2.24": "2.8 - 0.1 * 5.6",
        "2.26": "2.4 - 0.1 * 1.4",
        "0.02": "2.26 - 2.24",
        "8.01": "0.9 * (10 - 0.1 * 11)",
    },
    "mirror-flows/balance-and-mirror-maps": {
        "1.4 %": "0.3874 / 0.3821 - 1",
        "0.25": "0.5**2",
        "4.01": "4 + 0.1**2",
        "200": "2 / 0.1**2",
    },
    "mirror-flows/escaping-saddles": {
        "24": "2 * 12",
        "15,700": "pi / 0.2 / 1e-3",
        "36": "3 * 4 * 3",
        "72": "2 * 36",
        "27 %": "0.7706 / 0.6071 - 1",
        "72,000": "333_333 / 4.605",
        "1.43": "1 + 1 / log(10)",
        "2.2": "10 ** (1 / 3)",
        "400": "1 / 0.05**2",
        "40,000": "400 / 0.01",
    },
    "mirror-flows/steepest-descent": {
        "27": "9**1.5",
        "1.33": "4 / 3",
    },
    "mirror-flows/weight-decay": {
        "0.95": "1 - 0.1 * 0.5",
        "0.86": "0.95 * 0.8 + 0.1",
        "0.385": "0.95 * 0.3 + 0.1",
        "0.475": "0.86 - 0.385",
    },
    "quasistatic-manifold/a-network-on-its-minima": {
        "49": "3 * 16 + 1",
        "43": "49 - 6",
        "25": "5**2",
        "1.2": "25 * 48_000 / 1e6",
        "768,000": "16 * 48_000",
    },
    "quasistatic-manifold/curved-manifolds": {
        "0.0025": "0.01 / 4",
        "0.74": "1 - 0.01 * 26",
        "0.034": "0.0025 / 0.74 * 10",
        "0.056": "0.5 * sqrt(0.05) / 2",
        "0.008": "2.082 - 2.074",
        "600": "3 * 200",
    },
    "quasistatic-manifold/learning-rate-batch-size-momentum": {
        "517": "1797 - 1280",
        "0.08": "0.02 * 4",
        "52": "2 * 26",
        "22": "log(0.1) / log(0.9)",
        "32": "16 * 2",
        "25": "5**2",
        "1.35": "1 / (1 - 0.01 * 26)",
        "1.10": "1 / (1 - 0.01 * (1 + 2.8**2))",
        "0.26": "0.01 * 26",
        "0.075": "(1 - 1 / 1.02) / 0.26",
        "0.86": "(1 - 0.0754) / (1 + 0.0754)",
    },
    "quasistatic-manifold/matrix-factorization": {
        "25": "5 * 5",
        "15 %": "1 - 0.85",
        "1.25\\cdot10^{-3}": "1e-4 / (8 * 0.01)",
        "184": "log(100) / (20 * 1.25e-3)",
        "0.23": "184 * 1.25e-3",
    },
    "quasistatic-manifold/momentum": {
        "19": "(1 + 0.9) / (1 - 0.9)",
    },
    "quasistatic-manifold/the-valley": {
        "5.5": "7 * pi / 4",
        "2.4": "3 * pi / 4",
        "13\\,900": "2 * log(2) / 0.01**2",
        "1.04": "0.04 * 26",
        "26": "1 + 5**2",
    },
}

AXIS = "where a curve of the picture stands, read off its axis"
SETTING = "a place of a slider that the text asks the reader to try"
BITS = "the size of a number in the machine"
SIZE = "compressed sizes of files, which every change of the figures moves a little"

# Numerals that are no results of the page.
STATED = {
    "adam-rotation/high-dimensions": {"46": SETTING, "44": SETTING, "0.95": SETTING},
    "adam-rotation/the-quasistatic-derivation": {"1.8": AXIS},
    "appendix/how-the-figures-work": {
        "32": BITS,
        "16": BITS,
        "20": "settings that tools/gate.py draws",
        "90": "the size of the reader's own exercise",
        "98": SIZE,
        "24": SIZE,
        "14": SIZE,
        "12": SIZE,
    },
    "conservation-laws/counting-laws": {
        "34": "minutes, in the output that the authors publish with their code",
        "64": "threads, in the same place",
        "53": BITS,
        "31": "the prime of lib.conservation.rank",
        "19": "the same prime",
    },
    "conservation-laws/modern-architectures": {
        **dict.fromkeys([f"4.{k}" for k in range(1, 8)], "the number of a theorem in the source"),
        "4000": "lib.conservation.counting.LARGEST",
    },
    "conservation-laws/momentum": {"10⁻¹⁰": "lib.conservation.momentum.RETURNS"},
    "lie-brackets/a-real-network": {"16": "the default batch of train_residual"},
    "mirror-flows/fine-tuning": {
        "18": "part of a name, ResNet-18",
        "19 %": "an accuracy that the source reports",
        "94 %": "the same",
        "40": SETTING,
    },
    "quasistatic-manifold/learning-rate-batch-size-momentum": {"18": "part of a name, ResNet-18"},
    "quasistatic-manifold/the-valley": {
        "95 %": "the level of confidence of 1.96 standard deviations",
    },
}


def name_of(path: Path) -> str:
    """How the notebook at `path` is called here."""
    return path.relative_to(notebooks.CHAPTERS).with_suffix("").as_posix()


def excused(path: Path) -> set[str]:
    """The numerals that the notebook at `path` may hold."""
    return COMPUTED.get(name_of(path), {}).keys() | STATED.get(name_of(path), {}).keys()
