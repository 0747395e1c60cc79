// Wide formulas and tables scroll sideways: the Tab key comes to them, and to no others.
const SCROLLS = 'mjx-container[display="true"], .pst-scrollable-table-container';

function mark() {
  for (const node of document.querySelectorAll(SCROLLS)) {
    if (node.scrollWidth > node.clientWidth) node.setAttribute("tabindex", "0");
    else node.removeAttribute("tabindex");
  }
}

addEventListener("load", async () => {
  await window.MathJax?.startup?.promise; // when the formulas are set
  await document.fonts.ready;
  mark();
  addEventListener("resize", mark);
});
