// The script of a page with figures: <geometry-explorer>, and the views that anywidget shows.
import "./explorer.js";
import {embed} from "./embedded.js";
import {render} from "./widget.js";

// In Jupyter and in a module of a figure the script runs inside of a module, which uses these.
globalThis.GeometryExplorer = {widget: {render}, embed, brought: null};
