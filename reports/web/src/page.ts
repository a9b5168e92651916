// Draws the charts of the page from the data that it carries. Without this script every number is still there, in the tables.
import { init, type Chart, type Option } from "./echarts";
import type { Charts } from "./data";
import { distribution, type Quantity, type View } from "./distribution";
import { frontier, type Against, heatHeight, heatMap, lossExceedance, tornado, tornadoHeight } from "./decide";
import { fitDensity, fitQuantiles } from "./fit";
import { gantt, ganttHeight } from "./gantt";
import { look, onLookChange, type Look } from "./look";

/** Pixels that A4 and Letter have room for, beside a caption: a chart that is taller would be cut. */
const tallestOnPaper = 840;

/** One figure: its choices are made by the radio buttons inside it. */
interface Drawing {
  option(look: Look, choice: (name: string) => string): Option;
  height(choice: (name: string) => string): number;
}

function drawingOf(figure: HTMLElement, data: Charts): Drawing | undefined {
  const key = figure.dataset["key"] ?? "";
  switch (figure.dataset["chart"]) {
    case "distribution": {
      const services = data.distributions[key];
      if (!services?.length) return undefined;
      return {
        option: (l, choice) =>
          distribution(
            services.find((s) => s.name === choice("service")) ?? services[0]!,
            (choice("quantity") || "rto") as Quantity,
            (choice("view") || "exceedance") as View,
            l,
          ),
        height: () => 300,
      };
    }
    case "gantt": {
      const gantts = data.gantts[key];
      if (!gantts?.length) return undefined;
      const chosen = (choice: (name: string) => string) => gantts[Number(choice("story") || 0)] ?? gantts[0]!;
      return { option: (l, choice) => gantt(chosen(choice), l), height: (choice) => ganttHeight(chosen(choice)) };
    }
    case "tornado": {
      const bars = data.tornados[key];
      if (!bars?.length) return undefined;
      return { option: (l) => tornado(bars, l), height: () => tornadoHeight(bars) };
    }
    case "heat": {
      const heat = data.heats[key];
      if (!heat) return undefined;
      return { option: (l, choice) => heatMap(heat, Number(choice("measure") || 0), data.currency, l), height: () => heatHeight(heat) };
    }
    case "frontier":
      return (
        data.frontier && {
          option: (l, choice) => frontier(data.frontier!, (choice("against") || (figure.querySelector("fieldset") ? "loss" : "miss")) as Against, data.currency, l),
          height: () => 340,
        }
      );
    case "exceedance":
      return data.exceedance && { option: () => lossExceedance(data.exceedance!, data.currency), height: () => 300 };
    case "fit": {
      const { fit } = data;
      if (!fit?.bins.length) return undefined;
      return key === "quantiles"
        ? { option: (l) => fitQuantiles(fit, l), height: () => 360 }
        : { option: (l) => fitDensity(fit, l), height: () => 300 };
    }
    default:
      return undefined;
  }
}

function common(l: Look): Option {
  const axis = {
    axisLine: { lineStyle: { color: l.line } },
    axisLabel: { color: l.faint },
    nameTextStyle: { color: l.faint },
    splitLine: { lineStyle: { color: l.line } },
  };
  return {
    animation: false,
    color: [l.main],
    // By name: what is inherited cannot be measured, and labels would be cut.
    textStyle: { fontFamily: getComputedStyle(document.documentElement).fontFamily },
    categoryAxis: { ...axis, axisLabel: { color: l.text } },
    valueAxis: axis,
  };
}

function begin(figure: HTMLElement, data: Charts): ((printing: boolean) => void) | undefined {
  const drawing = drawingOf(figure, data);
  const place = figure.querySelector<HTMLElement>(".chart");
  if (!drawing || !place) return undefined;
  figure.classList.add("drawn");
  const sets = [...figure.querySelectorAll<HTMLFieldSetElement>("fieldset")];
  const inputs = (set: Element): HTMLInputElement[] => [...set.querySelectorAll("input")];
  const made: { chart: Chart; place: HTMLElement; said: HTMLElement }[] = [];

  const drawOne = (own: HTMLElement | undefined, choice: (name: string) => string, printing: boolean, said: string): void => {
    const l = look(printing);
    const tip = { backgroundColor: l.paper, borderColor: l.line, textStyle: { color: l.text } };
    const option = drawing.option(l, choice) as { tooltip?: object };
    const onScreen = drawing.height(choice);
    const height = printing ? Math.min(Math.round(onScreen * 0.8), tallestOnPaper) : onScreen;
    const at = own ?? figure.insertBefore(document.createElement("div"), figure.querySelector("details"));
    if (!own) for (const name of ["class", "role", "aria-label"]) at.setAttribute(name, place.getAttribute(name) ?? "");
    const title = figure.insertBefore(document.createElement("p"), at);
    title.className = "shown";
    title.textContent = said;
    at.style.height = `${height}px`;
    // On paper the width is that of the text, whatever the window was.
    const chart = init(at, common(l), { renderer: "svg", height, width: printing ? 660 : undefined });
    chart.setOption({ ...option, tooltip: { ...option.tooltip, ...tip } } as Option);
    made.push({ chart, place: at, said: title });
  };
  // On paper nothing can be chosen: what is drawn is said above it, and of the choice that is named by data-each all is drawn.
  const draw = (printing: boolean): void => {
    for (const one of made.splice(0)) {
      one.chart.dispose();
      one.said.remove();
      if (one.place !== place) one.place.remove();
    }
    const each = printing ? sets.find((s) => inputs(s)[0]?.dataset["choice"] === figure.dataset["each"]) : undefined;
    const several = each ? inputs(each) : [undefined];
    several.forEach((fixed, i) => {
      const chosen = sets.flatMap((s) => (s === each ? fixed : inputs(s).find((input) => input.checked)) ?? []);
      const choice = (name: string): string => chosen.find((input) => input.dataset["choice"] === name)?.value ?? "";
      drawOne(i === 0 ? place : undefined, choice, printing, chosen.map((input) => input.labels?.[0]?.textContent ?? "").join(" · "));
    });
  };
  figure.addEventListener("change", () => draw(false));
  draw(false);
  return draw;
}

function start(): void {
  const source = document.getElementById("charts");
  if (!source) return;
  const data = JSON.parse(source.textContent ?? "{}") as Charts;
  const draws = [...document.querySelectorAll<HTMLElement>("figure[data-chart]")].flatMap((f) => begin(f, data) ?? []);
  document.querySelectorAll<HTMLDetailsElement>("figure.drawn details").forEach((d) => (d.open = false));
  const all = (printing: boolean): void => draws.forEach((draw) => draw(printing));
  let width = window.innerWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => all(false), 150);
  });
  onLookChange(() => all(false));
  window.addEventListener("beforeprint", () => all(true));
  window.addEventListener("afterprint", () => all(false));
  document.documentElement.dataset["charts"] = "drawn";
}

start();
