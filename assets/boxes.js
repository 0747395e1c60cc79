// A closed box opens where a link leads into it, and where it holds a word that was searched for.
function open(node) {
  for (let box = node.closest("details"); box; box = box.parentElement.closest("details"))
    box.open = true;
}

function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.closest("details:not([open])")) return;
  open(target);
  target.scrollIntoView();
}

follow();
addEventListener("hashchange", follow);
// Sphinx marks the words 10 ms after it was loaded.
setTimeout(() => document.querySelectorAll("article .highlighted").forEach(open), 11);
