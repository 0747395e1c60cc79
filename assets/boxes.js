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

// The code of a figure lies in a file, a script that puts it into the box that holds the script.
function bringCode(box) {
  const script = document.createElement("script");
  script.src = box.dataset.code;
  script.addEventListener("load", () => {
    script.remove();
    box.removeAttribute("data-code");
  });
  script.addEventListener("error", () => {
    script.remove();
    box.querySelector("pre").textContent = "The code did not load. To try again, reopen this box.";
  });
  box.append(script);
}

addEventListener(
  "toggle",
  ({target}) => {
    if (target.open && target.dataset.code) bringCode(target);
  },
  true, // it does not bubble
);
// What a reader has opened before this script came.
for (const box of document.querySelectorAll("details[open][data-code]")) bringCode(box);

// Sphinx marks the words 10 ms after it was loaded.
setTimeout(() => document.querySelectorAll("article .highlighted").forEach(unfold), 11);
