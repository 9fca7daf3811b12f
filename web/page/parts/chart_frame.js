// What every chart has around its canvas: a caption, the choice of a column by pointer and keys, a tip, a table.

import { h, setText } from "../dom.js";
import { onThemeChange } from "./chart_colors.js";
import { chartTip } from "./chart_tip.js";

/**
 * `draw`: what the chart gives the frame:
 *   `plot(node, width, height)` → the uPlot, drawn into `node` by the theme in force;
 *   `columns()` → how many there are; `at(x)` → the column at x px of the plot; `column(index)` → `{left, right}` px;
 *   `tip(index)` → what the tip says; `spoken(index)` → the same in one sentence;
 *   `table()` → the figures as a table; `open(index)` → what a click or Enter does, absent where it does nothing.
 * Returns `{element, overlay, redraw(), refresh(), setCaption(text), plot(), destroy()}`; the overlay lies over the canvas.
 */
export function chartFrame({ name, label, draw }) {
  const canvas = h("div", { class: "chart-canvas", "aria-hidden": "true" });
  const band = h("div", { class: "chart-band", hidden: true });
  const overlay = h("div", { class: "chart-overlay", "aria-hidden": "true" });
  const tip = chartTip();
  const area = h(
    "div",
    {
      class: `chart-area ${name}`,
      tabindex: "0",
      role: "slider",
      "aria-label": label,
      "aria-orientation": "horizontal",
      "aria-valuemin": "0",
      "aria-valuemax": "0",
      "aria-valuenow": "0",
    },
    band,
    canvas,
    overlay,
    tip.element,
  );
  const caption = h("p", { class: "unseen" });
  const details = h("details", { class: "chart-table" }, h("summary", {}, "Show as table"));
  const element = h("figure", { class: "chart" }, area, h("figcaption", {}, caption, details));
  let plot = null;
  let chosen = null;

  function build() {
    const { clientWidth: width, clientHeight: height } = area;
    if (width === 0 || height === 0) return;
    plot?.destroy();
    plot = draw.plot(canvas, width, height);
    tell();
  }

  function tell() {
    const last = draw.columns() - 1;
    const index = chosen ?? last;
    area.setAttribute("aria-valuemax", String(Math.max(last, 0)));
    area.setAttribute("aria-valuenow", String(Math.max(index, 0)));
    if (index >= 0) area.setAttribute("aria-valuetext", draw.spoken(index));
    if (details.open) showTable();
  }

  function choose(index) {
    chosen = index === null ? null : Math.max(0, Math.min(index, draw.columns() - 1));
    band.hidden = chosen === null;
    if (chosen === null || !plot) {
      tip.hide();
      return;
    }
    const shown = draw.column(chosen);
    band.style.setProperty("left", `${shown.left}px`);
    band.style.setProperty("width", `${shown.right - shown.left}px`);
    band.style.setProperty("top", `${plot.over.offsetTop}px`);
    band.style.setProperty("height", `${plot.over.offsetHeight}px`);
    tip.show(draw.tip(chosen), shown, { width: area.clientWidth, height: area.clientHeight });
    tell();
  }

  function showTable() {
    details.querySelector("table")?.remove();
    details.append(draw.table());
  }

  const byKey = {
    ArrowLeft: (index) => index - 1,
    ArrowRight: (index) => index + 1,
    Home: () => 0,
    End: () => draw.columns() - 1,
  };

  area.addEventListener("keydown", (event) => {
    const last = draw.columns() - 1;
    if (last < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && draw.open) draw.open(chosen ?? last);
    else if (event.key === "Escape" && chosen !== null) choose(null);
    else if (event.key in byKey) choose(chosen === null ? last : byKey[event.key](chosen));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const pointed = (event) => {
    if (!plot || draw.columns() === 0) return null;
    return draw.at(event.clientX - plot.over.getBoundingClientRect().left);
  };
  area.addEventListener("pointermove", (event) => {
    const index = pointed(event);
    if (index !== chosen) choose(index);
  });
  area.addEventListener("pointerdown", (event) => event.pointerType !== "mouse" && choose(pointed(event)));
  area.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && choose(null));
  area.addEventListener("blur", () => choose(null));
  area.addEventListener("click", (event) => {
    // On a touch screen the first touch shows the tip: opening another view at once would hide it.
    const index = pointed(event);
    if (index !== null && draw.open && event.pointerType !== "touch") draw.open(index);
  });
  details.addEventListener("toggle", () => details.open && showTable());

  const resized = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = area;
    if (!plot || plot.width !== width || plot.height !== height) build();
  });
  resized.observe(area);
  const endOfTheme = onThemeChange(build);

  return {
    element,
    overlay,
    plot: () => plot,
    /** Draws all anew: other series, other colours. */
    redraw: build,
    /** Puts other figures into what is drawn. `data`, `top`: uPlot's columns and the end of the value axis. */
    refresh(data) {
      plot?.setData(data);
      if (chosen === null) tell();
      else choose(chosen);
    },
    setCaption: (text) => setText(caption, text),
    destroy() {
      resized.disconnect();
      endOfTheme();
      plot?.destroy();
    },
  };
}
