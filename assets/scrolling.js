// Wide formulas and tables scroll sideways: the Tab key comes to them, and to no others.
const SCROLLS = 'mjx-container[display="true"], .pst-scrollable-table-container';

// A formula may be as wide as a window, or lie in what a reader unfolds.
const sizes = new ResizeObserver((changes) => {
  for (const {target} of changes) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

addEventListener("load", async () => {
  await document.fonts.ready;
  for (const node of document.querySelectorAll(SCROLLS)) sizes.observe(node);
});
