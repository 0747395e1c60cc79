// Where the function of a figure comes from: the figure holds its text or, on a site, names its file.
import {element} from "./elements.js";

/** @import {FigureFunction} from "./types" */

/**
 * The function of a figure, loaded where it lies in a file.
 * @param {HTMLElement} holder the figure's `.gx-function`
 * @returns {Promise<FigureFunction>}
 */
export async function functionOf(holder) {
  const {src} = holder.dataset;
  if (src) return fromFile(src);
  const source = holder.textContent.trim();
  return {source, make: () => new Function(`"use strict"; return (\n${source}\n);`)()};
}

/**
 * A script leaves the function in `GeometryExplorer.brought`; its event follows at once, before any
 * other script. (A page that is opened from a disk may fetch nothing, but it may load scripts.)
 * @param {string} src
 * @returns {Promise<FigureFunction>}
 */
function fromFile(src) {
  return new Promise((resolve, reject) => {
    const script = element("script", {src});
    const arrived = () => {
      script.remove();
      const make = globalThis.GeometryExplorer.brought;
      globalThis.GeometryExplorer.brought = null;
      if (make) resolve({source: make.toString().replace("() => ", ""), make});
      else reject(new Error("the file of its function did not load"));
    };
    script.addEventListener("load", arrived);
    script.addEventListener("error", arrived);
    document.head.append(script);
  });
}
