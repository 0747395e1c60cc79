// What Python tells a page of a figure: the types of `Explorer.specification`.

export type Leaf = number | Float64Array;

/** What a figure computes: the text of an expression, for a worker, and what evaluates it here. */
export interface FigureFunction {
  source: string;
  make: () => (...args: number[]) => Leaf[];
}

export type Settings = Record<string, number>;

/** A slider, or a seed, which a button moves; as controls.py specifies it. */
export interface NumberControl {
  kind: "number" | "seed";
  name: string;
  symbol: string;
  label: string;
  scale: "linear" | "log" | "log2";
  min: number;
  max: number;
  step: number; // on the scale
  places: number; // the number of the last place; the first is 0
  origin: number; // the number of the default's place
  digits: number;
  default: number;
  format: string;
  unit: string; // after the number, where it is read out
  play: number | null; // milliseconds from end to end
}

/** A menu, whose value is the number of an option. */
export interface ChoiceControl {
  kind: "choice";
  name: string;
  symbol: string;
  label: string;
  options: string[];
  default: number;
}

export type Control = NumberControl | ChoiceControl;

export interface Axis {
  label: string | null;
  scale: "linear" | "log";
  domain: [number, number];
  grows: [boolean, boolean]; // which of its ends move outwards when the numbers pass them
  ticks: string[] | null;
}

/** Where an axis ends: at the start, and now. */
export interface Held {
  start: number[];
  ends: number[];
}

/** A mark: `type` says which; a whole number under x, y, dx, dy or z is the place of a leaf. */
export interface Mark {
  type: "line" | "points" | "arrows" | "heatmap" | "rule" | "text";
  [key: string]: any;
}

export interface Picture {
  marks: Mark[];
  x: Axis;
  y: Axis;
  title: string | null;
  aspect: "equal" | "free";
  width: number;
  drag: [string, string] | null;
  named_at_ends: boolean; // whether the names of its lines stand at their right ends
}

export interface Readout {
  label: string;
  value: number; // the place of a leaf
  format: string;
  column: string | null; // of a table
  gaps: boolean; // whether NaN says that there is nothing to show
}

export interface Specification {
  name: string;
  group: string;
  alt: string;
  caption: string;
  controls: Control[];
  pictures: Picture[];
  readouts: Readout[];
  leaves: {shape: number[]}[];
}

/** Who shows a figure: where its controls stand now, and how to move them. */
export interface Host {
  readonly settings: Settings;
  move(moved: Settings): void;
}

declare global {
  var Plot: any;
  var GeometryExplorer: {
    widget: {render: (context: {model: any; el: HTMLElement}) => () => void};
    embed: (context: {model: any; el: HTMLElement}, style: string, html: string) => () => void;
    brought: FigureFunction["make"] | null; // by the file of a function, which has just run
  };
}
