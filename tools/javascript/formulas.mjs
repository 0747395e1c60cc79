// Typesets formulas with MathJax, in Node: from standard input [[tex, display], ...], to standard
// output the HTML and the width (em) of each, or why it has none, and the style sheet.
import {readFileSync} from "node:fs";
import {AssistiveMmlHandler} from "mathjax-full/js/a11y/assistive-mml.js";
import {liteAdaptor} from "mathjax-full/js/adaptors/liteAdaptor.js";
import {RegisterHTMLHandler} from "mathjax-full/js/handlers/html.js";
import {TeX} from "mathjax-full/js/input/tex.js";
import "mathjax-full/js/input/tex/ams/AmsConfiguration.js";
import "mathjax-full/js/input/tex/base/BaseConfiguration.js";
import "mathjax-full/js/input/tex/boldsymbol/BoldsymbolConfiguration.js";
import "mathjax-full/js/input/tex/cancel/CancelConfiguration.js";
import "mathjax-full/js/input/tex/color/ColorConfiguration.js";
import "mathjax-full/js/input/tex/mathtools/MathtoolsConfiguration.js";
import "mathjax-full/js/input/tex/newcommand/NewcommandConfiguration.js";
import {mathjax} from "mathjax-full/js/mathjax.js";
import {CHTML} from "mathjax-full/js/output/chtml.js";

const PACKAGES = ["base", "ams", "boldsymbol", "cancel", "color", "mathtools", "newcommand"];
const SCALE = 1.075; // the letters are then as tall as those of the text
// What MathJax notes for itself, and what no rule of its style sheet asks for.
const NOTES =
  / (?:data-mjx-[a-z-]+|data-latex|xmlns|texclass|unselectable|class="(?:MathJax|mjx-[ni])"|display="inline")(?:="[^"]*")?/g;
// What MathML says of how it is drawn: a screen reader, for which it stands there, has no use for it.
const DRAWING =
  / (?:stretchy|minsize|maxsize|scriptlevel|displaystyle|columnspacing|rowspacing|columnalign)="[^"]*"/g;
const THIN = /<mstyle><mspace width="0\.\d+em"><\/mspace><\/mstyle>/g;
const ALONE = /<mrow>(<(m[ino])\b[^>]*>[^<]*<\/\2>)<\/mrow>/g;
// The style of each formula, which its rule of the style sheet has instead.
const ALIKE = `font-size: ${100 * SCALE}%; position: relative;`;

const formulas = JSON.parse(readFileSync(0, "utf-8"));

const adaptor = liteAdaptor();
AssistiveMmlHandler(RegisterHTMLHandler(adaptor));
const fail = (_, error) => {
  throw error;
};
const page = mathjax.document("", {
  InputJax: new TeX({packages: PACKAGES, formatError: fail}),
  OutputJax: new CHTML({scale: SCALE, fontURL: ".", adaptiveCSS: false}),
  compileError: (_page, _formula, error) => fail(_page, error),
  typesetError: (_page, _formula, error) => fail(_page, error),
});

const spoken = (math) => math.replaceAll(DRAWING, "").replaceAll(THIN, "").replaceAll(ALONE, "$1");

function typeset([tex, display]) {
  try {
    const formula = new page.options.MathItem(tex, page.inputJax[0], display);
    formula.setMetrics(16, 8, 1e6, 1e6, 1);
    formula.convert(page);
    const html = adaptor
      .outerHTML(formula.typesetRoot)
      .replaceAll(NOTES, "")
      .replace(` style="${ALIKE}"`, "")
      .replace(/<math.*<\/math>/s, spoken);
    return {html, width: page.outputJax.getBBox(formula, page).w};
  } catch (error) {
    return {error: error.message};
  }
}

const typesets = formulas.map(typeset);
const style = adaptor
  .textContent(page.outputJax.styleSheet(page))
  .replaceAll('.woff") format("woff")', '.woff2") format("woff2")')
  .concat(`\nmjx-container {\n  ${ALIKE}\n}\n`);
process.stdout.write(JSON.stringify({formulas: typesets, style}));
