import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style.css";
render(<main />, document.getElementById("app")!);
