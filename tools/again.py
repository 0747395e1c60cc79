"""Which cells of a notebook would do something else if a reader ran them again at the end.

A cell does the same again as long as the names that it reads stand for the same things. So what is
asked here is: does it read a name, itself or through a function that it calls, that another cell
binds again? What a cell binds before it reads it, such as the variable of a loop, is its own.
"""

import ast
import dis
from collections.abc import Iterator
from types import CodeType

from IPython.core.inputtransformer2 import TransformerManager

READS = ("LOAD_NAME", "LOAD_GLOBAL")


def reads(code: CodeType) -> Iterator[str]:
    """The names of the notebook that compiled code reads, functions inside included."""
    yield from (step.argval for step in dis.get_instructions(code) if step.opname in READS)
    for inside in inner(code):
        yield from reads(inside)


def inner(code: CodeType) -> list[CodeType]:
    """The functions, classes and comprehensions that compiled code holds."""
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


class Statement:
    """What a statement of a cell does with the notebook's names.

    Attributes:
      now: what it reads when it runs, before it binds it.
      later: what functions that it defines read when they are called.
      binds: what it gives a meaning.
    """

    def __init__(self, node: ast.stmt):
        """Read it off the compiled statement."""
        code = compile(ast.Module([node], []), "cell", "exec")
        self.now, self.binds = set(), set()
        for step in dis.get_instructions(code):
            if step.opname in READS and step.argval not in self.binds:
                self.now.add(step.argval)
            elif step.opname == "STORE_NAME":
                self.binds.add(step.argval)
        self.later = {name for inside in inner(code) for name in reads(inside)}
        value = getattr(node, "value", None)
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) and not isinstance(
            value, ast.Lambda
        ):
            self.now |= self.later - self.binds  # of a lambda, say, that it passes on


def statements(source: str) -> list[Statement]:
    """The statements of a code cell."""
    tree = ast.parse(TransformerManager().transform_cell(source))
    return [Statement(node) for node in tree.body]


def rebound(sources: list[str]) -> list[set[str]]:
    """For each of a notebook's code cells, the names it reads that have another meaning at the end.

    >>> rebound(["a = 1", "print(a)", "a = 2"])
    [set(), {'a'}, set()]
    """
    cells = [statements(source) for source in sources]
    binders: dict[str, list[tuple[int, Statement]]] = {}
    for number, cell in enumerate(cells):
        for statement in cell:
            for name in statement.binds:
                binders.setdefault(name, []).append((number, statement))
    twice = {name for name, where in binders.items() if len({number for number, _ in where}) > 1}
    found = []
    for cell in cells:
        own, needed = set(), set()
        for statement in cell:
            needed |= statement.now
            own |= statement.binds - needed
        changed = needed & set().union(*(statement.binds for statement in cell)) - own
        called: set[str] = set()  # what functions read that it calls
        waiting = list(needed)
        while waiting:
            for _, statement in binders.get(waiting.pop(), []):
                waiting += statement.later - called
                called |= statement.later
        found.append((needed - own | called) & twice | changed)
    return found
