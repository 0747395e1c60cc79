// The reader's side of a figure: controls, pictures and readouts, from the specification that
// `Explorer` writes in Python. One classic script, because a module does not load from file://.
// On a static page <geometry-explorer> runs the figure's own function; beside a kernel `widget`
// draws what the kernel sends. Observable Plot (globalThis.Plot) draws every picture.
(() => {
  "use strict";

  // ---- Small helpers -------------------------------------------------------------------------

  const REST = 500; // milliseconds without a change before a screen reader hears the readouts
  const HUGE = 1e300; // beyond it the length of an axis would overflow
  const NARROWEST = 280; // px that a picture of width 1 needs at least, else it gets its own row

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  // A live region speaks when its text is set, even to the same words: so only set what changed.
  function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const asArray = (leaf) => (typeof leaf === "number" ? [leaf] : leaf);

  function plotLibrary() {
    if (!globalThis.Plot) throw new Error("the plotting library did not load");
    return globalThis.Plot;
  }

  // ---- Numbers in words ----------------------------------------------------------------------

  const superscript = (integer) =>
    String(integer).replace(/./g, (sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(sign)]);

  // Python's "g" drops trailing zeros, d3's keeps them unless asked with "~".
  function formatNumber(value, format) {
    return plotLibrary().format(format.replace(/^(.*[^~])g$/, "$1~g"))(value);
  }

  function formatReadout(value, format) {
    if (Number.isNaN(value)) return "not a number";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const [mantissa, exponent] = formatNumber(value, format).split("e");
    if (exponent === undefined || Number(exponent) === 0) return mantissa;
    return `${mantissa} × 10${superscript(Number(exponent.replace("−", "-")))}`;
  }

  function formatPower(value) {
    if (value === 0) return "0";
    if (value < 0) return `−${formatPower(-value)}`;
    const exponent = Math.floor(Math.log10(value) + 1e-9);
    const mantissa = Number((value / 10 ** exponent).toPrecision(3));
    return `${mantissa === 1 ? "" : `${mantissa}×`}10${superscript(exponent)}`;
  }

  // Plot's own tick labels, but powers of ten where decimals or zeros would get long.
  function longNumbers([low, high], count) {
    const step = Math.abs(high - low) / count;
    return step < 2e-4 || Math.max(Math.abs(low), Math.abs(high)) >= 1e5;
  }

  // Whole powers of ten, thinned to at most six; 1, 2 and 5 between them when the axis is short.
  function logTicks([low, high]) {
    const first = Math.ceil(Math.log10(low) - 1e-9);
    const last = Math.floor(Math.log10(high) + 1e-9);
    const stride = Math.max(1, Math.ceil((last - first + 1) / 6));
    const ticks = [];
    for (let exponent = first - 1; exponent <= last; exponent += 1) {
      if (last - first < 1) ticks.push(...[1, 2, 5].map((digit) => digit * 10 ** exponent));
      else if (exponent >= first && (exponent - first) % stride === 0) ticks.push(10 ** exponent);
    }
    return ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  }

  // ---- From leaves to positions --------------------------------------------------------------

  // One array of drawable positions: what the axis cannot show becomes NaN, which Plot leaves out.
  // Far outside of a fixed domain it is moved nearer: SVG coordinates are single precision.
  function positions(values, axis, length = values.length) {
    const log = axis.scale === "log";
    const [low, high] = axis.domain ?? [null, null];
    const fixed = low !== null && high !== null;
    const far = 1e3 * Math.abs(high - low);
    const nearest = log ? Math.min(low, high) * 1e-30 : Math.min(low, high) - far;
    const farthest = log ? Math.max(low, high) * 1e30 : Math.max(low, high) + far;
    const out = new Float64Array(length);
    for (let i = 0; i < length; i += 1) {
      const value = values[i % values.length]; // a single value or a shared row serves all
      const drawable = Math.abs(value) < HUGE && (value > 0 || !log);
      out[i] = !drawable ? NaN : fixed ? clamp(value, nearest, farthest) : value;
    }
    return out;
  }

  // Several series become one path: a NaN after each row lifts the pen.
  function separateRows(values, rowLength) {
    const rows = values.length / rowLength;
    const out = new Float64Array(values.length + rows - 1).fill(NaN);
    for (let row = 0; row < rows; row += 1) {
      out.set(values.subarray(row * rowLength, (row + 1) * rowLength), row * (rowLength + 1));
    }
    return out;
  }

  // What a mark draws at these leaves: its positions on both axes, and z of a heatmap.
  function readMark(mark, picture, leaves, shapes) {
    if (mark.type === "heatmap") {
      const [rows, columns] = shapes[mark.z];
      return {x: mark.x, y: mark.y, z: asArray(leaves[mark.z]), rows, columns};
    }
    const used = ["x", "y", "dx", "dy"].filter((key) => Number.isInteger(mark[key]));
    const text = mark.type === "text"; // its dx and dy are pixels, not leaves
    const read = Object.fromEntries(
      used.filter((key) => !text || key.length === 1).map((key) => [key, asArray(leaves[mark[key]])]),
    );
    if (mark.type === "rule") {
      return {
        x: read.x ? positions(read.x, picture.x) : [],
        y: read.y ? positions(read.y, picture.y) : [],
      };
    }
    const length = Math.max(...Object.values(read).map((values) => values.length));
    let x = positions(read.x, picture.x, length);
    let y = positions(read.y, picture.y, length);
    if (mark.type === "line") {
      const longest = read.y.length >= read.x.length ? mark.y : mark.x;
      const rowLength = shapes[longest].at(-1) ?? 1;
      if (rowLength < length) [x, y] = [separateRows(x, rowLength), separateRows(y, rowLength)];
    }
    if (mark.type !== "arrows") return {x, y};
    const end = (start, step, axis) => positions(start.map((s, i) => s + step[i % step.length]), axis);
    return {x, y, x2: end(x, read.dx, picture.x), y2: end(y, read.dy, picture.y)};
  }

  // ---- Axes ----------------------------------------------------------------------------------

  function extent(arrays) {
    let [low, high] = [Infinity, -Infinity];
    for (const array of arrays) {
      for (const value of array) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    return [low, high];
  }

  // The domain an axis shows: what the author fixed, else the finite data with a little room.
  function axisDomain(axis, arrays, tight) {
    const [low, high] = axis.domain ?? [null, null];
    if (low !== null && high !== null) return [low, high];
    if (axis.ticks?.length) return [low ?? -0.5, high ?? axis.ticks.length - 0.5];
    const log = axis.scale === "log";
    let [from, to] = extent(arrays);
    if (from > to) [from, to] = log ? [1, 10] : [0, 1];
    if (log) [from, to] = [Math.log10(from), Math.log10(to)];
    const single = log ? 0.5 : Math.abs(from) * 0.1 || 0.5; // room around a single value
    const room = tight ? 0 : from === to ? single : (to - from) * 0.04;
    const padded = [from - room, to + room].map((value) => (log ? 10 ** value : value));
    return [low ?? padded[0], high ?? padded[1]];
  }

  // One unit has the same length on both axes: the axis with room to spare shows more, none less.
  function equalize([x0, x1], [y0, y1], width, height) {
    const unit = Math.max(Math.abs(x1 - x0) / width, Math.abs(y1 - y0) / height);
    const widen = (a, b, pixels) => {
      const extra = ((unit * pixels - Math.abs(b - a)) / 2) * Math.sign(b - a || 1);
      return [a - extra, b + extra];
    };
    return [widen(x0, x1, width), widen(y0, y1, height)];
  }

  function wrapLabel(label, width) {
    const lines = [];
    for (const word of (label ?? "").split(" ")) {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
      if (lines.length && longer.length * 6.5 > width) lines.push(word);
      else lines.splice(-1, 1, longer);
    }
    return lines;
  }

  // What Plot needs to draw an axis over `pixels`; long category names on x are slanted.
  function axisOptions(axis, domain, pixels, spacing, label) {
    const options = {type: axis.scale === "log" ? "log" : "linear", domain, grid: true, label};
    if (axis.ticks) {
      options.ticks = axis.ticks.map((_, position) => position);
      options.tickFormat = (position) => axis.ticks[position];
      options.grid = false;
    } else if (axis.scale === "log") {
      options.ticks = logTicks(domain);
      options.tickFormat = formatPower;
    } else {
      options.ticks = Math.max(2, Math.round(pixels / spacing));
      if (longNumbers(domain, options.ticks)) options.tickFormat = formatPower;
    }
    return options;
  }

  // ---- Marks ---------------------------------------------------------------------------------

  const color = (mark) => `var(--gx-${mark.color})`;

  function stroke(mark) {
    const dash = mark.dash ? "6 4" : undefined;
    return {stroke: color(mark), strokeWidth: mark.width ?? 1.5, strokeDasharray: dash};
  }

  // Plot draws shaft and head as one path; a dashed shaft still needs a whole head.
  function keepArrowHeadsSolid(index, scales, values, dimensions, context, next) {
    const group = next(index, scales, values, dimensions, context);
    for (const path of group.querySelectorAll("path[d]")) {
      const [shaft, head] = path.getAttribute("d").split(/(?=M)/);
      const solid = path.cloneNode();
      path.setAttribute("d", shaft);
      solid.setAttribute("d", head);
      solid.setAttribute("stroke-dasharray", "none");
      path.after(solid);
    }
    return group;
  }

  // Each palette gives a colour and an opacity for t in [0, 1]. Transparency stands for "nothing",
  // so that a heatmap sits on light and dark pages alike; the style sheet inverts "ink" on dark.
  const PALETTES = {
    ink: {fill: () => "black", opacity: (t) => t},
    diverging: {fill: (t) => (t < 0.5 ? "#0072b2" : "#d55e00"), opacity: (t) => Math.abs(2 * t - 1)},
    sequential: {fill: (t) => cividis(t), opacity: () => 1},
  };
  const SHADES = 256;
  const shadeTables = {};

  function cividis(t) {
    cividis.scale ??= plotLibrary().plot({color: {scheme: "cividis", domain: [0, 1]}}).scale("color");
    return cividis.scale.apply(t);
  }

  function paletteShades(name) {
    const {fill, opacity} = PALETTES[name];
    const steps = Array.from({length: SHADES}, (_, i) => i / (SHADES - 1));
    shadeTables[name] ??= {fills: steps.map(fill), opacities: steps.map(opacity)};
    return shadeTables[name];
  }

  function heatmapRange(mark, z) {
    const [low, high] = mark.domain ?? [null, null];
    let [from, to] = extent([positions(z, {})]);
    if (from > to) [from, to] = [0, 1];
    if (mark.palette === "diverging") {
      to = Math.max(Math.abs(from), Math.abs(to));
      from = -to;
    }
    return [low ?? from, high ?? to];
  }

  function heatmap(Plot, mark, at) {
    const [low, high] = heatmapRange(mark, at.z);
    const {fills, opacities} = paletteShades(mark.palette);
    const shade = (z) => Math.round(clamp((z - low) / (high - low || 1), 0, 1) * (SHADES - 1));
    return Plot.raster(at.z, {
      width: at.columns,
      height: at.rows,
      x1: at.x[0],
      x2: at.x[1],
      y1: at.y[0],
      y2: at.y[1],
      fill: {value: Array.from(at.z, (z) => fills[shade(z)] ?? "black"), scale: null},
      fillOpacity: {value: Array.from(at.z, (z) => opacities[shade(z)] ?? 0), scale: null},
      imageRendering: "pixelated",
      className: `gx-palette-${mark.palette}`,
    });
  }

  const MARKS = {
    line: (Plot, mark, at) => Plot.line(at.x, {x: at.x, y: at.y, ...stroke(mark)}),
    points: (Plot, mark, at, inside = () => true) => {
      const cross = mark.symbol === "cross"; // a plus or times sign has no inside to fill
      const outline = {stroke: color(mark), strokeWidth: 1.8};
      const paint = mark.filled && !cross ? {fill: color(mark)} : outline;
      return Plot.dot(at.x, {
        x: at.x, y: at.y, r: mark.size / 2, symbol: cross ? "times" : mark.symbol,
        ...paint,
        filter: (_, i) => inside(at.x[i], at.y[i]), // whole symbols at the frame, none beyond it
        clip: false,
      });
    },
    arrows: (Plot, mark, at) =>
      Plot.arrow(at.x, {
        x1: at.x, y1: at.y, x2: at.x2, y2: at.y2, headAngle: 50, headLength: 7,
        ...stroke(mark),
        render: mark.dash ? keepArrowHeadsSolid : undefined,
      }),
    heatmap,
    rule: (Plot, mark, at) => [
      Plot.ruleX(at.x, {x: at.x, ...stroke(mark)}),
      Plot.ruleY(at.y, {y: at.y, ...stroke(mark)}),
    ],
    text: (Plot, mark, at) =>
      Plot.text(at.x, {
        x: at.x, y: at.y, text: () => mark.text, textAnchor: mark.anchor, dx: mark.dx, dy: mark.dy,
        fill: `color-mix(in srgb, ${color(mark)} 60%, var(--gx-ink))`,
        stroke: "var(--gx-surface)",
        strokeWidth: 3,
        fontSize: 13,
        clip: false,
      }),
  };

  // ---- A picture -----------------------------------------------------------------------------

  function marginsOf({x, y}, width) {
    const longest = Math.max(0, ...(y.ticks ?? []).map((tick) => tick.length));
    const bare = y.ticks?.length === 0; // no ticks and labels to make room for
    const right = bare ? 2 : 14;
    const left = bare ? 2 : y.ticks ? 14 + Math.min(longest * 6.5, width / 3) : 54;
    const inner = width - left - right;
    const xLines = wrapLabel(x.label, inner);
    const yLines = wrapLabel(y.label, width - 10);
    const names = (x.ticks ?? []).map((tick) => tick.length * 6.5);
    const slanted = names.length * Math.max(0, ...names) > inner;
    const tickHeight = slanted ? 12 + Math.max(...names) * 0.6 : names.length || !x.ticks ? 26 : 8;
    const labelHeight = (lines) => (lines[0] ? lines.length * 14 + 4 : 0);
    return {
      margins: {
        marginLeft: left,
        marginRight: right,
        marginTop: labelHeight(yLines) + 10,
        marginBottom: tickHeight + labelHeight(xLines),
      },
      labels: [xLines, yLines].map((lines) => (lines[0] ? lines.join("\n") : null)),
      tickRotate: slanted ? -40 : 0,
      innerWidth: inner,
    };
  }

  // The drawing of one picture, `width` px wide, at these leaves.
  function drawPicture(picture, leaves, shapes, width, ariaLabel) {
    const Plot = plotLibrary();
    const layers = picture.marks.map((mark) => ({mark, at: readMark(mark, picture, leaves, shapes)}));
    const tight = picture.marks.some((mark) => mark.type === "heatmap");
    let [xDomain, yDomain] = ["x", "y"].map((key) =>
      axisDomain(picture[key], layers.flatMap(({at}) => [at[key], at[`${key}2`] ?? []]), tight),
    );
    const {margins, labels, tickRotate, innerWidth} = marginsOf(picture, width);
    let innerHeight = clamp(innerWidth * 0.8, 220, 380);
    if (picture.aspect === "equal") {
      const steady = tight || (picture.x.domain && picture.y.domain); // else its height would jump
      const ratio = Math.abs((yDomain[1] - yDomain[0]) / (xDomain[1] - xDomain[0]));
      if (steady) innerHeight = innerWidth * clamp(ratio, 0.3, 1.2);
      [xDomain, yDomain] = equalize(xDomain, yDomain, innerWidth, innerHeight);
    }
    const inside = (x, y) =>
      (x - xDomain[0]) * (x - xDomain[1]) <= 0 && (y - yDomain[0]) * (y - yDomain[1]) <= 0;
    const svg = Plot.plot({
      className: "gx-plot", width, height: innerHeight + margins.marginTop + margins.marginBottom,
      ...margins,
      ariaLabel,
      clip: true,
      x: {
        ...axisOptions(picture.x, xDomain, innerWidth, 75, labels[0]),
        labelAnchor: "center", labelArrow: "none", tickRotate, tickSize: 4,
      },
      y: {
        ...axisOptions(picture.y, yDomain, innerHeight, 60, labels[1]),
        labelAnchor: "top", labelArrow: "none", tickSize: 4,
      },
      marks: [
        Plot.frame({stroke: "currentColor", strokeOpacity: 0.35}),
        ...layers.map(({mark, at}) => MARKS[mark.type](Plot, mark, at, inside)),
      ],
    });
    svg.querySelector("style").remove(); // explorer.css holds these rules; a new sheet restyles the page
    svg.setAttribute("role", "img");
    return svg;
  }

  // ---- Legend --------------------------------------------------------------------------------

  // A sample of the mark, drawn by the same code as the picture.
  function swatch(mark) {
    if (mark.type === "heatmap") return element("span", {class: `gx-ramp gx-ramp-${mark.palette}`});
    const Plot = plotLibrary();
    const type = mark.type === "rule" ? "line" : mark.type;
    const at = type === "points" ? {x: [0.5], y: [0.5]} : {x: [0, 1], y: [0.5, 0.5]};
    const arrow = {x: [0], y: [0.5], x2: [1], y2: [0.5]};
    const svg = Plot.plot({
      className: "gx-plot", width: 34, height: 14, margin: 3, axis: null,
      x: {domain: [0, 1]},
      y: {domain: [0, 1]},
      marks: [MARKS[type](Plot, mark, type === "arrows" ? arrow : at)],
    });
    svg.querySelector("style").remove();
    svg.setAttribute("aria-hidden", "true");
    return svg;
  }

  function buildLegend(picture) {
    const named = picture.marks.filter((mark) => mark.label && mark.type !== "text");
    if (!named.length) return null;
    const entries = named.map((mark) => {
      const range = mark.type === "heatmap" ? element("span", {class: "gx-range"}) : null;
      return element("li", {}, swatch(mark), element("span", {}, mark.label), range);
    });
    return element("ul", {class: "gx-legend"}, ...entries);
  }

  // ---- The figure: pictures, legend, readouts, messages ---------------------------------------

  class FigureView {
    constructor(spec) {
      this.spec = spec;
      this.shapes = spec.leaves.map((leaf) => leaf.shape);
      this.width = 0;
      this.frames = spec.pictures.map(() => element("div", {class: "gx-drawing"}));
      this.pictures = element(
        "div",
        {class: "gx-pictures"},
        ...spec.pictures.map((picture, i) =>
          element(
            "div",
            {class: picture.width < 0.5 ? "gx-picture gx-small" : "gx-picture"},
            picture.title ? element("p", {class: "gx-title"}, picture.title) : null,
            buildLegend(picture),
            this.frames[i],
          ),
        ),
      );
      this.numbers = spec.readouts.map(() => element("dd"));
      const pairs = spec.readouts.map(({label}, i) =>
        element("div", {}, element("dt", {}, label), this.numbers[i]),
      );
      this.readouts = element("dl", {class: "gx-readouts", hidden: pairs.length ? null : ""}, ...pairs);
      this.spoken = element("p", {class: "gx-spoken", "aria-live": "polite"});
      this.status = element("p", {class: "gx-status", role: "status"});
      this.nodes = [this.status, this.pictures, this.readouts, this.spoken];
    }

    // Pictures share a row, by their relative widths, as far as they fit; a small one stays small.
    pictureWidths() {
      const gap = 16;
      const rows = [[]];
      const units = (row) => row.reduce((sum, {width}) => sum + width, 0);
      for (const picture of this.spec.pictures) {
        const row = [...rows.at(-1), picture];
        const fits = units(row) * NARROWEST + gap * (row.length - 1) <= this.width;
        if (fits || row.length === 1) rows[rows.length - 1] = row;
        else rows.push([picture]);
      }
      return rows.flatMap((row) => {
        const room = this.width - gap * (row.length - 1);
        return row.map(({width}) => Math.floor((room * width) / Math.max(1, units(row))));
      });
    }

    // `changed` is the label of the control that the reader moved last, if any.
    draw(leaves, changed = null) {
      const widths = this.pictureWidths();
      const drawings = this.spec.pictures.map((picture, i) => {
        const other = picture.title ?? `Picture ${i + 1} of ${this.spec.pictures.length}`;
        return drawPicture(picture, leaves, this.shapes, widths[i], i === 0 ? this.spec.alt : other);
      });
      drawings.forEach((drawing, i) => {
        this.frames[i].replaceChildren(drawing);
        this.frames[i].parentElement.style.width = `${widths[i]}px`;
        this.showRanges(this.spec.pictures[i], leaves, this.frames[i].parentElement);
      });
      this.spec.readouts.forEach(({value, format}, i) =>
        setText(this.numbers[i], formatReadout(leaves[value], format)),
      );
      const finite = leaves.every((leaf) => asArray(leaf).every(Number.isFinite));
      setText(this.status, finite ? "" : divergedMessage(changed));
      this.status.classList.toggle("gx-warning", !finite);
    }

    // A colour means a number only once the legend says which numbers the colours span.
    showRanges(picture, leaves, node) {
      const heatmaps = picture.marks.filter((mark) => mark.type === "heatmap" && mark.label);
      node.querySelectorAll(".gx-range").forEach((range, i) => {
        const ends = heatmapRange(heatmaps[i], asArray(leaves[heatmaps[i].z]));
        setText(range, `(${ends.map((end) => formatReadout(end, ".3g")).join(" to ")})`);
      });
    }

    speak() {
      const sentence = (label, i) => `${label}: ${this.numbers[i].textContent}`;
      setText(this.spoken, this.spec.readouts.map(({label}, i) => sentence(label, i)).join("; "));
    }

    fail(error) {
      this.status.classList.add("gx-warning");
      setText(this.status, `This figure cannot be drawn at these settings: ${error.message}.`);
    }
  }

  function divergedMessage(changed) {
    const back = changed ? `Move “${changed}” back.` : "Move the sliders back, or reset them.";
    return `This run diverges at these settings: some values are not finite. ${back}`;
  }

  // ---- Controls ------------------------------------------------------------------------------

  // How a slider's position and the control's value translate. A slider without a step has 200
  // places, and its values are rounded so that what is shown is what is computed.
  function sliderScale(control) {
    const {min, max, scale, step} = control;
    if (scale === "log2") {
      return {min: Math.log2(min), max: Math.log2(max), step: 1, place: Math.log2, value: (p) => 2 ** p};
    }
    if (scale === "linear" && step !== null) return {min, max, step, place: (v) => v, value: (p) => p};
    const log = scale === "log";
    const [forth, back] = log ? [Math.log10, (u) => 10 ** u] : [(v) => v, (u) => u];
    const span = forth(max) - forth(min);
    const places = step === null ? 200 : Math.round(span / step);
    return {
      min: 0, max: places, step: 1,
      place: (v) => (places * (forth(v) - forth(min))) / span,
      value: (p) => Number(back(forth(min) + (span * p) / places).toPrecision(log ? 3 : 6)),
    };
  }

  // The value a control takes for what was asked, and the words to say when it is another.
  function admissible(control, asked) {
    if (!Number.isFinite(asked)) return {value: null, note: "is not a number"};
    const show = (value) => formatNumber(value, control.format);
    const within = clamp(asked, control.min, control.max);
    if (within !== asked) {
      return {value: within, note: `is outside ${show(control.min)} to ${show(control.max)}`};
    }
    const whole = control.format === "d" ? Math.round(asked) : asked;
    const value = control.scale === "log2" ? 2 ** Math.round(Math.log2(asked)) : whole;
    const kind = control.scale === "log2" ? "a power of two" : "a whole number";
    return {value, note: value === asked ? "" : `is not ${kind}`};
  }

  function parseNumber(text) {
    const plain = text.trim().replace("−", "-").replace(",", ".");
    return plain === "" ? NaN : Number(plain);
  }

  // In the control's format, unless a typed value has digits that the format would hide.
  function fieldText(control, value) {
    const formatted = formatNumber(value, control.format);
    return parseNumber(formatted) === value ? formatted : String(Number(value.toPrecision(12)));
  }

  function controlLabel(control, id) {
    const symbol = control.symbol ? element("i", {class: "gx-symbol"}, control.symbol) : null;
    return element("label", {for: id, class: "gx-label"}, symbol, element("span", {}, control.label));
  }

  // A slider with a field to type into. `onChange(value)` tells of the reader's changes only.
  function numberControl(control, id, onChange) {
    const scale = sliderScale(control);
    const slider = element("input", {
      type: "range", id, class: "gx-slider", min: scale.min, max: scale.max, step: scale.step,
    });
    const field = element("input", {
      type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false",
      class: "gx-field",
      "aria-label": `${control.label}, type a value`,
      "aria-describedby": `${id}-note`,
    });
    const note = element("p", {class: "gx-note", id: `${id}-note`, role: "status"});
    let current = control.default;

    const state = (value) => {
      current = value;
      field.value = fieldText(control, value);
      slider.setAttribute("aria-valuetext", field.value);
      setText(note, "");
    };
    const show = (value) => {
      slider.value = scale.place(value);
      state(value);
    };
    slider.addEventListener("input", () => {
      state(clamp(scale.value(slider.valueAsNumber), control.min, control.max));
      onChange(current);
    });
    field.addEventListener("change", () => {
      const typed = field.value;
      const {value, note: reason} = admissible(control, parseNumber(typed));
      show(value ?? current);
      if (reason) setText(note, `“${typed}” ${reason}: ${field.value} is used.`);
      if (value !== null) onChange(value);
    });
    show(control.default);
    const label = controlLabel(control, id);
    return {row: element("div", {class: "gx-control"}, label, slider, field, note), show};
  }

  function choiceControl(control, id, onChange) {
    const options = control.options.map((text, i) => element("option", {value: i}, text));
    const select = element("select", {id, class: "gx-choice"}, ...options);
    const show = (value) => (select.value = String(value));
    select.addEventListener("input", () => onChange(Number(select.value)));
    show(control.default);
    return {row: element("div", {class: "gx-control"}, controlLabel(control, id), select), show};
  }

  // ---- On a static page: <geometry-explorer> ---------------------------------------------------

  let explorersOnPage = 0;

  class GeometryExplorerElement extends HTMLElement {
    connectedCallback() {
      if (this.view) return; // moved in the page, and already built
      const build = () => this.build();
      if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", build);
      else build();
    }

    build() {
      this.fallback = this.querySelector(".gx-fallback");
      this.source = this.querySelector(".gx-function").textContent.trim();
      this.changed = null;
      try {
        this.spec = JSON.parse(this.querySelector(".gx-spec").textContent);
        this.current = Object.fromEntries(this.spec.controls.map((c) => [c.name, c.default]));
        this.view = new FigureView(this.spec);
        this.buildControls();
      } catch (error) {
        this.replaceByWords(error);
        return;
      }
      this.fallback.before(this.form, ...this.view.nodes);
      this.querySelector("figcaption").after(this.buildCode());
      this.drawWhenNear();
    }

    buildControls() {
      explorersOnPage += 1;
      this.controls = {};
      for (const control of this.spec.controls) {
        const id = `gx-${explorersOnPage}-${control.name}`;
        const build = control.kind === "choice" ? choiceControl : numberControl;
        this.controls[control.name] = build(control, id, (value) => {
          this.current[control.name] = value;
          this.changed = control.label;
          this.schedule();
        });
      }
      const reset = element("button", {type: "button", class: "gx-reset"}, "Reset");
      reset.addEventListener("click", () => this.reset());
      const rows = Object.values(this.controls).map(({row}) => row);
      const group = {class: "gx-controls", role: "group", "aria-label": `Settings of ${this.spec.name}`};
      this.form = element("div", group, ...rows, reset);
    }

    buildCode() {
      const code = element("pre", {tabindex: 0}, element("code", {}, this.source));
      const summary = element("summary", {}, "Show the code that runs here");
      return element("details", {class: "gx-code"}, summary, code);
    }

    // Drawing waits until the figure is close to the screen; widths come from the observer, so
    // that no drawing has to ask the browser for a layout.
    drawWhenNear() {
      this.resize = new ResizeObserver(([entry]) => {
        if (Math.abs(entry.contentRect.width - this.view.width) < 1) return;
        this.view.width = entry.contentRect.width;
        this.schedule();
      });
      const near = new IntersectionObserver(
        (entries) => {
          if (!entries.some((entry) => entry.isIntersecting)) return;
          near.disconnect();
          this.resize.observe(this.view.pictures);
        },
        {rootMargin: "400px"},
      );
      near.observe(this);
    }

    /** The settings now: {name: number}; a choice is the index of its option. */
    get settings() {
      return {...this.current};
    }

    /** The leaves of the figure's function at these settings, computed when asked for. */
    get value() {
      return (this.leaves ??= this.compute());
    }

    /** Move controls: set({learning_rate: 0.1}). Values out of range are clamped. */
    set(settings) {
      for (const [name, asked] of Object.entries(settings)) {
        const control = this.spec.controls.find((candidate) => candidate.name === name);
        if (!control) {
          const known = Object.keys(this.controls).join(", ");
          throw new Error(`set: there is no control "${name}"; this figure has ${known}`);
        }
        const last = control.kind === "choice" ? control.options.length - 1 : null;
        const range = last === null ? control : {...control, min: 0, max: last, format: "d"};
        const {value} = admissible(range, asked);
        if (value === null) throw new Error(`set: ${name} must be a finite number, not ${asked}`);
        this.current[name] = value;
        this.controls[name].show(value);
      }
      this.resize.observe(this.view.pictures); // a figure that is moved is drawn, near or not
      this.schedule();
    }

    reset() {
      this.changed = null;
      this.set(Object.fromEntries(this.spec.controls.map((c) => [c.name, c.default])));
    }

    compute() {
      this.run ??= new Function(`"use strict"; return (\n${this.source}\n);`)();
      return this.run(...this.spec.controls.map(({name}) => this.current[name]));
    }

    // However many changes arrive before the next frame, one drawing shows the latest.
    schedule() {
      this.leaves = null;
      clearTimeout(this.resting);
      if (this.changed) this.resting = setTimeout(() => this.view.speak(), REST);
      this.frame ??= requestAnimationFrame(() => {
        this.frame = null;
        if (this.view.width > 0) this.draw();
      });
    }

    draw() {
      const start = performance.now();
      try {
        this.view.draw(this.value, this.changed);
        this.showFallback(false);
      } catch (error) {
        this.view.fail(error);
        this.showFallback(true);
        return;
      }
      const detail = {milliseconds: performance.now() - start, settings: this.settings};
      this.dispatchEvent(new CustomEvent("geometry-explorer:drawn", {detail, bubbles: true}));
    }

    showFallback(shown) {
      this.fallback.hidden = !shown;
      this.view.pictures.classList.toggle("gx-away", shown);
      this.view.readouts.classList.toggle("gx-away", shown);
    }

    replaceByWords(error) {
      const words = `This figure cannot be made interactive: ${error.message}.`;
      this.fallback.after(element("p", {class: "gx-status gx-warning", role: "status"}, words));
    }
  }

  if (!customElements.get("geometry-explorer")) {
    customElements.define("geometry-explorer", GeometryExplorerElement);
  }

  // ---- Beside a kernel: an anywidget view ------------------------------------------------------

  // All leaves come as one run of little-endian float64, in order; it may start at any byte.
  function readLeaves(data, spec) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const values = new Float64Array(bytes.slice().buffer);
    let start = 0;
    return spec.leaves.map(({shape}) => {
      const size = shape.reduce((product, length) => product * length, 1);
      start += size;
      return shape.length ? values.slice(start - size, start) : values[start - size];
    });
  }

  function render({model, el}) {
    const figure = element("figure", {class: "gx-figure gx-kernel"});
    el.append(figure);
    let view;
    let frame = null;

    const draw = () => {
      frame = null;
      if (!(view?.width > 0)) return;
      try {
        view.draw(readLeaves(model.get("data"), model.get("spec")));
      } catch (error) {
        view.fail(error);
      }
    };
    const schedule = () => (frame ??= requestAnimationFrame(draw));
    const resize = new ResizeObserver(([entry]) => {
      view.width = entry.contentRect.width;
      schedule();
    });
    const rebuild = () => {
      resize.disconnect();
      const spec = model.get("spec");
      view = new FigureView(spec);
      figure.replaceChildren(...view.nodes, element("figcaption", {}, spec.caption ?? ""));
      resize.observe(view.pictures);
    };

    rebuild();
    model.on("change:data", schedule);
    model.on("change:spec", rebuild);
    return () => {
      resize.disconnect();
      cancelAnimationFrame(frame);
      model.off("change:data", schedule);
      model.off("change:spec", rebuild);
      figure.remove();
    };
  }

  globalThis.GeometryExplorer = {draw: drawPicture, widget: {render}, readLeaves};
})();
