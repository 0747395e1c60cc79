// A figure that stands in another site by itself: what a module of `Explorer.save` shows.
import {element, part} from "./elements.js";
import {plainColor} from "./files.js";

const LIGHT = 128; // a text colour above it, of 0 to 255, stands on a dark page

// A style sheet cannot see from inside of a shadow root which theme the page has: its text shows it.
function isDark(node) {
  const color = plainColor(getComputedStyle(node).color);
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > LIGHT;
}

/**
 * Shows a figure in `el`, as render({model, el}) of an anywidget module does; returns what ends it.
 * The settings that `model` has by the names of controls are where the figure starts.
 * @param {{model: any, el: HTMLElement}} context
 * @param {string} style the figures' style sheet
 * @param {string} html the figure, as on a page
 */
export function embed({model, el}, style, html) {
  const holder = element("div");
  const inside = element("div");
  inside.innerHTML = html;
  // In a root of its own the site's style sheet does not reach it, nor this one the site.
  holder.attachShadow({mode: "open"}).append(element("style", {}, style), inside);
  el.append(holder);

  const follow = () => inside.classList.toggle("gx-dark", isDark(holder));
  const theme = new MutationObserver(follow);
  for (const node of [document.documentElement, document.body]) {
    theme.observe(node, {attributes: true, attributeFilter: ["class", "data-theme", "style"]});
  }
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", follow);
  follow();

  const figure = /** @type {any} */ (part(inside, "geometry-explorer"));
  const asked = Object.keys(figure.settings).map((name) => [name, model?.get?.(name)]);
  const given = asked.filter(([, value]) => value !== undefined);
  if (given.length) figure.set(Object.fromEntries(given));
  figure.followLink(); // a link of the reader's goes before them
  return () => {
    theme.disconnect();
    system.removeEventListener("change", follow);
    holder.remove();
  };
}
