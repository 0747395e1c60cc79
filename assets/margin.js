// Wide windows: footnotes, and the works that a section cites, stand in the margin beside the line
// that refers to them. In others the footnotes stand below the text, and a work is one click away.
const article = document.querySelector("article.bd-article");
const GAP = 14; // px between notes, and around a figure, which is as wide as text and margin

// A note for the first citation of each work, whose entry is the title of the link.
function cite() {
  const notes = [];
  const cited = new Set();
  for (const link of article.querySelectorAll('a.reference[title][href*="bibliography.html#"]')) {
    if (cited.has(link.title) || link.closest("geometry-explorer, h1, h2, h3")) continue;
    cited.add(link.title);
    const note = document.createElement("p");
    note.className = "margin-note";
    note.setAttribute("aria-hidden", "true"); // the link says it already
    note.textContent = link.title.replace(/ URL: \S+$/, "");
    article.append(note);
    notes.push({note, mark: link});
  }
  return notes;
}

function footnotes() {
  const marks = [...article.querySelectorAll("a.footnote-reference")];
  return [...article.querySelectorAll("aside.footnote")]
    .map((note) => ({note, mark: marks.find(({hash}) => hash === `#${note.id}`)}))
    .filter(({mark}) => mark);
}

function place(notes) {
  const top = article.getBoundingClientRect().top;
  const figures = [...article.querySelectorAll(".full-width")].map((figure) => {
    const box = figure.getBoundingClientRect();
    return [box.top - top - GAP, box.bottom - top + GAP];
  });
  let free = 0;
  for (const {note, mark} of notes) {
    note.classList.toggle("folded", !mark.checkVisibility({visibilityProperty: true}));
    const height = note.offsetHeight;
    let y = Math.max(free, mark.getBoundingClientRect().top - top);
    for (const [above, below] of figures) if (y < below && y + height > above) y = below;
    note.style.top = `${y}px`;
    if (height > 0) free = y + height + GAP;
  }
}

if (article) {
  const notes = [...footnotes(), ...cite()];
  const after = ({mark: a}, {mark: b}) =>
    a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
  notes.sort(after);
  document.documentElement.classList.add("notes-in-margin");
  place(notes); // before they are drawn anywhere else
  // Figures and formulas are drawn later, and readers unfold things: each changes the height.
  new ResizeObserver(() => place(notes)).observe(article);
}
