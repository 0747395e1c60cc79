"""How numbers are passed to `lib`: those that have a default by name, so that a call says what."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IN_ORDER = {
    # The ends of a slider and where it stands, in this order in every control.
    "lib/figures/controls.py": {"minimum", "maximum", "default"},
    # A point of a valley, (x, y).
    "lib/valleys.py": {"y"},
}


def functions(node):
    """The public functions below a node, also those of public classes."""
    for inside in node.body:
        public = not getattr(inside, "name", "_").startswith("_")
        if isinstance(inside, ast.FunctionDef) and (public or inside.name == "__init__"):
            yield inside
        elif isinstance(inside, ast.ClassDef) and public:
            yield from functions(inside)


def positional_numbers(function):
    """The parameters with a Boolean or a number as default that need no name in a call."""
    positional = [*function.args.posonlyargs, *function.args.args]
    backwards = reversed(positional), reversed(function.args.defaults)
    for parameter, default in zip(*backwards, strict=False):  # the last ones have defaults
        try:
            value = ast.literal_eval(default)
        except ValueError:
            continue
        if isinstance(value, int | float):
            yield parameter.arg


def test_numbers_with_a_default_are_passed_by_name():
    found = [
        f"{place}: {function.name}({name})"
        for path in sorted((ROOT / "lib").rglob("*.py"))
        for place in [path.relative_to(ROOT).as_posix()]
        for function in functions(ast.parse(path.read_text(encoding="utf-8")))
        for name in positional_numbers(function)
        if name not in IN_ORDER.get(place, ())
    ]
    assert not found, f"put these after `*`: {', '.join(found)}"
