"""What the code in the solutions of a notebook's exercises prints, noted as the notebook runs.

`tools/book.py` lets each notebook's kernel write it after the last cell, so a solution may use what
the notebook has defined. tests/site/test_solutions.py compares it with what the solutions say.
"""

import ast
import hashlib
import json
from collections.abc import Collection, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numerals
from notebooks import read


def solutions(path: Path) -> Iterator[tuple[str, str, str]]:
    """Of each solution with code in the notebook at `path`: its label, its code and its text."""
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for _, label, text in numerals.SOLUTION.findall(cell.source):
                code = "\n".join(numerals.CODE.findall(text))
                if code:
                    yield label, code, text


def digest(path: Path) -> str:
    """A hash of these solutions: a run that has checked them knows them by it."""
    return hashlib.sha256(repr(list(solutions(path))).encode()).hexdigest()


def write(notebook: str, path: str, names: dict) -> None:
    """Run the solutions of a notebook, each with its own copy of the names, and note the output.

    An error in one is noted as what it has printed; it says the rest.
    """
    found = {}
    for label, code, _ in solutions(Path(notebook)):
        shown = StringIO()
        try:
            with redirect_stdout(shown):
                run_cell(code, dict(names))
        except Exception as error:
            shown.write(f"{type(error).__name__}: {error}")
        found[label] = shown.getvalue()
    Path(path).write_text(json.dumps(found), encoding="utf-8")


def run_cell(code: str, names: dict) -> None:
    """Run code, and print the value of an expression at its end, as a notebook shows it."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "solution", "exec"), names)
    if last:
        value = eval(compile(ast.Expression(last.value), "solution", "eval"), names)
        if value is not None:
            print(value)


def faults(
    code: str, text: str, output: str, page: numerals.Page, excused: Collection[str] = ()
) -> list[str]:
    """What a solution and the output of its code say differently.

    Of the numbers that the code prints and does not set, the text has to say one at least, rounded
    as it likes. Where there are none, it has to quote each line, or a number of the line, as it is
    printed. It holds no other numbers but those of the page and of the code, and the excused.
    """
    if "Error: " in output:
        return [f"its code raises {output.splitlines()[-1]}"]
    if not output.strip():
        return ["its code prints nothing"]
    found, own = numerals.printed(output), numerals.in_code(code)
    said = list(numerals.numerals(text, digits=1))
    new = [n for n in found if n not in own]
    if new:
        silent = not any(numeral.is_given_by(n) for numeral in said for n in new)
    else:
        silent = not all(
            is_quoted(line, numerals.CODE.sub("", text)) for line in output.splitlines()
        )
    strange = numerals.not_given(text, page.numbers + own + found)
    first = ["its text says nothing of what its code prints"] if silent else []
    return first + [f"its code does not print {n}" for n in strange if n not in excused]


def is_quoted(line: str, text: str) -> bool:
    """Whether a text holds a line, or one of its numbers as it stands there."""
    number = numerals.PRINTED
    return line.strip() in text or bool({*number.findall(line)} & {*number.findall(text)})


def code(notebook: str | Path, path: str | Path) -> str:
    """The cell that makes the kernel of the notebook at `notebook` write to `path`."""
    tools = str(Path(__file__).parent)
    return (
        f"import sys; sys.path.append({tools!r}); import solutions; "
        f"solutions.write({str(notebook)!r}, {str(path)!r}, globals())"
    )
