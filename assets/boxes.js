// A closed box opens where a link leads into it, and where it holds a word that was searched for.
function unfold(node) {
  for (let box = node.closest("details"); box; box = box.parentElement.closest("details"))
    box.open = true;
}

function follow() {
  const target = document.querySelector(":target");
  if (!target?.closest("details:not([open])")) return;
  unfold(target);
  target.scrollIntoView();
}

follow();
addEventListener("hashchange", follow);
// Sphinx marks the words 10 ms after it was loaded.
setTimeout(() => document.querySelectorAll("article .highlighted").forEach(unfold), 11);
