"""A notebook that is open in JupyterLab, in a browser: it runs its cells and shows its figures."""

from lab_server import Lab
from playwright.sync_api import Error, Page

# The front end's own command is done when the last cell is.
RUN = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
NOTEBOOK = "() => jupyterapp.shell.currentWidget.content.model.toJSON()"
SCROLL = "(index) => jupyterapp.shell.currentWidget.content.scrollToItem(index, 'start')"
# Whether the cell of that index, which is in the window, shows all its figures.
DRAWN = """([index, count]) => {
  const {node} = jupyterapp.shell.currentWidget.content.widgets[index];
  return node.querySelectorAll(".gx-kernel .gx-drawing svg").length >= count;
}"""
WIDGET = "application/vnd.jupyter.widget-view+json"


def open_notebook(tab: Page, lab: Lab, name: str) -> None:
    """Open a notebook of the lab's folder, and wait for its kernel."""
    tab.goto(lab.page(name))
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for()


def run_cells(tab: Page) -> dict:
    """Run all cells of the notebook that is open; the notebook as it is when the last one ends."""
    tab.evaluate(RUN)
    return tab.evaluate(NOTEBOOK)


def errors(notebook: dict) -> list[str]:
    """What the cells of a notebook raised."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [f"{o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]


def draw_figures(tab: Page, notebook: dict) -> int:
    """Scroll to each figure of the notebook that has run until it is drawn; how many there are."""
    total = 0
    for index, cell in enumerate(notebook["cells"]):
        count = sum(WIDGET in output.get("data", {}) for output in cell.get("outputs", []))
        if count:
            tab.evaluate(SCROLL, index)
            tab.wait_for_function(DRAWN, arg=[index, count])
            total += count
    return total


def raised(tab: Page) -> list[str]:
    """A list that fills with the errors of a page, but for JupyterLab's own on a busy machine."""
    problems = []

    def note(error: Error) -> None:
        if "/static/lab/" not in (error.stack or ""):
            problems.append(f"the page raises: {error}")

    tab.on("pageerror", note)
    return problems
