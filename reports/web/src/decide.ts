// Charts of studies and forecasts.
import type { FrontierPoint, Heat, TornadoBar, Value } from "./data";
import type { Look } from "./look";
import type { Option } from "./echarts";
import { duration, finite, money, percent, tick } from "./units";

export function tornadoHeight(bars: TornadoBar[]): number {
  return bars.length * 26 + 50;
}

/** What each change does to the objective's quantile: seconds gained to the left, lost to the right. */
export function tornado(bars: TornadoBar[], look: Look): Option {
  const far = Math.max(1, ...bars.map((b) => Math.max(Math.abs(b.low), Math.abs(b.high))));
  const step = tick(far, 4);
  return {
    grid: { left: 8, right: 70, top: 8, bottom: 24, containLabel: true },
    tooltip: { confine: true, formatter: (item: unknown) => (bars[(item as { dataIndex: number }).dataIndex] as TornadoBar).text },
    xAxis: {
      type: "value",
      min: -Math.ceil(far / step) * step,
      max: Math.ceil(far / step) * step,
      interval: step,
      axisLabel: { formatter: (x: number) => (x === 0 ? "0" : `${x < 0 ? "−" : "+"}${duration(Math.abs(x))}`), hideOverlap: true },
    },
    yAxis: { type: "category", inverse: true, data: bars.map((b) => b.label), axisTick: { show: false }, axisLabel: { interval: 0 } },
    series: [
      {
        type: "bar",
        barWidth: 14,
        data: bars.map((b) => {
          const value = Math.abs(b.low) > Math.abs(b.high) ? b.low : b.high;
          return { value, itemStyle: { color: value <= 0 ? look.main : look.bad } };
        }),
      },
    ],
  };
}

function said(value: Value | undefined, kind: Heat["measures"][number]["kind"], currency: string): string {
  if (value === undefined || value === null) return "–";
  if (value === "never") return "never";
  return kind === "share" ? percent(value) : kind === "time" ? duration(value) : money(value, currency);
}

export function heatHeight(heat: Heat): number {
  return heat.y.values.length * 38 + 80;
}

export function heatMap(heat: Heat, measure: number, currency: string, look: Look): Option {
  const chosen = heat.measures[measure] ?? heat.measures[0];
  if (!chosen) return {};
  const points: [number, number, number][] = [];
  chosen.cells.forEach((row, y) => row.forEach((cell, x) => finite(cell) && points.push([x, y, cell])));
  const values = points.map((p) => p[2]);
  const better = chosen.kind === "share" ? look.heat : [...look.heat].reverse();
  return {
    grid: { left: 8, right: 16, top: 8, bottom: 34, containLabel: true },
    tooltip: {
      confine: true,
      formatter: (item: unknown) => {
        const [x, y, value] = (item as { value: [number, number, number] }).value;
        return `${heat.y.name} ${heat.y.values[y]}, ${heat.x.name} ${heat.x.values[x]}: ${said(value, chosen.kind, currency)}`;
      },
    },
    xAxis: { type: "category", data: heat.x.values, name: heat.x.name, nameLocation: "middle", nameGap: 26 },
    yAxis: { type: "category", data: heat.y.values, name: heat.y.name },
    visualMap: { show: false, min: Math.min(...values), max: Math.max(...values), inRange: { color: better } },
    series: [
      {
        type: "heatmap",
        data: points,
        label: {
          show: true,
          formatter: (item: unknown) => said((item as { value: [number, number, number] }).value[2], chosen.kind, currency),
          color: look.text,
          textBorderColor: look.paper,
          textBorderWidth: 3,
        },
        itemStyle: { borderColor: look.paper, borderWidth: 2 },
      },
    ],
  };
}

/** Yearly cost of each variant against what outages cost a year; those that no other beats are joined. */
export function frontier(points: FrontierPoint[], currency: string, look: Look): Option {
  const told = (p: FrontierPoint): string =>
    `<b>${p.name}</b><br>costs ${money(p.cost, currency)} a year<br>expected loss ${money(p.loss, currency)} a year<br>` +
    `worst miss ${percent(p.miss)}${p.recommended ? "<br>recommended" : ""}`;
  return {
    grid: { left: 8, right: 40, top: 30, bottom: 34, containLabel: true },
    tooltip: { confine: true, formatter: (item: unknown) => told((item as { data: { point: FrontierPoint } }).data.point) },
    xAxis: {
      type: "value",
      name: "cost a year",
      nameLocation: "middle",
      nameGap: 26,
      axisLabel: { formatter: (x: number) => money(x, currency), hideOverlap: true },
    },
    yAxis: { type: "value", scale: true, name: "expected loss a year", nameTextStyle: { align: "left" }, axisLabel: { formatter: (y: number) => money(y, currency) } },
    series: [
      {
        type: "scatter",
        data: points.map((point) => ({
          value: [point.cost, point.loss],
          point,
          symbol: point.recommended ? "diamond" : "circle",
          symbolSize: point.recommended ? 18 : point.on ? 11 : 7,
          itemStyle: { color: point.recommended ? look.good : point.on ? look.main : look.faint, borderColor: look.paper, borderWidth: 1 },
          label: { show: point.recommended, formatter: point.name, position: "right", color: look.text, width: 160, overflow: "truncate" },
        })),
      },
    ],
  };
}

export function lossExceedance(points: { cost: number; probability: number }[], currency: string): Option {
  return {
    grid: { left: 8, right: 24, top: 30, bottom: 34, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: (items: unknown) => {
        const point = (items as { value: [number, number] }[])[0]?.value;
        return point ? `${percent(point[1])} chance to lose more than ${money(point[0], currency)} in a year` : "";
      },
    },
    xAxis: { type: "value", name: "loss in a year", nameLocation: "middle", nameGap: 26, axisLabel: { formatter: (x: number) => money(x, currency), hideOverlap: true } },
    yAxis: { type: "value", min: 0, max: 1, name: "chance to lose more", nameTextStyle: { align: "left" }, axisLabel: { formatter: (y: number) => percent(y) } },
    series: [{ type: "line", step: "end", showSymbol: false, areaStyle: { opacity: 0.12 }, data: points.map((p) => [p.cost, p.probability]) }],
  };
}
