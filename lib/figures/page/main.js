// The script of a page with figures: <geometry-explorer>, and the view beside a kernel.
import "./explorer.js";
import {render} from "./widget.js";

// In Jupyter the script runs inside of a module, which passes the view on to anywidget.
globalThis.GeometryExplorer = {widget: {render}};
