"""A table that tests fill row by row: at the end of the run, and in a file below _build."""

from collections.abc import Callable

import notebooks


def write_table(
    terminalreporter, key: str, title: str, head: str, wanted: Callable[[], set[str]]
) -> None:
    """Print what tests recorded as the property `key`, also in other processes, and write it.

    The file is written only where each of `wanted` begins a row: it never holds a part.
    """
    rows = sorted(
        row
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, row in report.user_properties
        if name == key and report.when == "call"
    )
    if rows:
        table = "\n".join([head, *rows])
        terminalreporter.section(title)
        terminalreporter.write_line(table)
        if wanted() <= {row.split(" | ")[0].strip("| ") for row in rows}:
            path = notebooks.ROOT / "_build" / f"{key}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(table + "\n", encoding="utf-8")
