// Charts of studies and forecasts.
import type { FrontierPoint, Heat, TornadoBar, Value } from "./data";
import type { Look } from "./look";
import type { Option } from "./echarts";
import { duration, escaped, finite, money, percent, tick } from "./units";

export function tornadoHeight(bars: TornadoBar[]): number {
  return bars.length * 26 + 50;
}

/** What each change does to the objective's quantile: seconds gained to the left, lost to the right. */
export function tornado(bars: TornadoBar[], look: Look): Option {
  const low = Math.max(0, ...bars.map((b) => -b.low));
  const high = Math.max(0, ...bars.map((b) => b.high));
  const step = tick(Math.max(1, low + high), 4);
  return {
    grid: { left: 8, right: 70, top: 8, bottom: 24, containLabel: true },
    tooltip: { confine: true, formatter: (item: unknown) => escaped((bars[(item as { dataIndex: number }).dataIndex] as TornadoBar).text) },
    xAxis: {
      type: "value",
      min: -Math.ceil(low / step) * step,
      max: Math.ceil(high / step) * step,
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
  return heat.y.values.length * 38 + 102;
}

export function heatMap(heat: Heat, measure: number, currency: string, look: Look): Option {
  const chosen = heat.measures[measure] ?? heat.measures[0];
  if (!chosen) return {};
  const values = chosen.cells.flat().filter(finite);
  const [least, most] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 0];
  // What has no end is as bad as the worst that has one.
  const points: [number, number, number][] = [];
  chosen.cells.forEach((row, y) => row.forEach((cell, x) => cell !== undefined && cell !== null && points.push([x, y, finite(cell) ? cell : most])));
  const text = (p: [number, number, number]): string => said(chosen.cells[p[1]]?.[p[0]], chosen.kind, currency);
  const better = chosen.better === "more" ? look.heat : [...look.heat].reverse();
  return {
    grid: { left: 8, right: 16, top: 30, bottom: 34, containLabel: true },
    tooltip: {
      confine: true,
      formatter: (item: unknown) => {
        const { value } = item as { value: [number, number, number] };
        return escaped(`${heat.y.name} ${heat.y.values[value[1]]}, ${heat.x.name} ${heat.x.values[value[0]]}: ${text(value)}`);
      },
    },
    xAxis: { type: "category", data: heat.x.values, name: heat.x.name, nameLocation: "middle", nameGap: 26 },
    yAxis: { type: "category", inverse: true, data: heat.y.values, name: heat.y.name, nameLocation: "start", nameTextStyle: { align: "left" } },
    visualMap: { show: false, min: least, max: most, inRange: { color: better } },
    series: [
      {
        type: "heatmap",
        data: points,
        label: {
          show: true,
          formatter: (item: unknown) => text((item as { value: [number, number, number] }).value),
          color: look.text,
          textBorderColor: look.paper,
          textBorderWidth: 3,
        },
        itemStyle: { borderColor: look.paper, borderWidth: 2 },
      },
    ],
  };
}

export type Against = "loss" | "miss";

/** Yearly cost of each variant against what outages cost a year, or against its worst miss. The first point is today. */
export function frontier(points: FrontierPoint[], against: Against, currency: string, look: Look): Option {
  const told = (p: FrontierPoint): string =>
    `<b>${escaped(p.name)}</b><br>costs ${money(p.cost, currency)} a year<br>` +
    `expected loss ${said(p.loss, "money", currency)} a year<br>worst miss ${percent(p.miss)}${p.recommended ? "<br>recommended" : ""}`;
  const drawn = points.flatMap((point, i) => {
    const height = against === "loss" ? point.loss : point.miss;
    return finite(height) ? [{ point, height, today: i === 0 }] : [];
  });
  const shown = (y: number): string => (against === "loss" ? money(y, currency) : percent(y));
  return {
    grid: { left: 8, right: 40, top: 34, bottom: 34, containLabel: true },
    tooltip: { confine: true, formatter: (item: unknown) => told((item as { data: { point: FrontierPoint } }).data.point) },
    xAxis: {
      type: "value",
      name: "cost a year",
      nameLocation: "middle",
      nameGap: 26,
      axisLine: { onZero: false },
      axisLabel: { formatter: (x: number) => money(x, currency), hideOverlap: true },
    },
    yAxis: {
      type: "value",
      min: 0,
      name: against === "loss" ? "expected loss a year" : "worst miss",
      nameTextStyle: { align: "left" },
      axisLine: { onZero: false },
      axisLabel: { formatter: shown },
    },
    series: [
      {
        type: "scatter",
        data: drawn.map(({ point, height, today }) => ({
          value: [point.cost, height],
          point,
          symbol: point.recommended ? "diamond" : "circle",
          symbolSize: point.recommended ? 18 : today ? 15 : point.on ? 11 : 7,
          z: point.recommended ? 3 : 2,
          itemStyle: today
            ? { color: "transparent", borderColor: look.text, borderWidth: 2 }
            : { color: point.recommended ? look.good : point.on ? look.main : look.faint, borderColor: look.paper, borderWidth: 1 },
          label: {
            show: point.recommended || today,
            formatter: today ? "today" : point.name,
            position: "top",
            color: look.text,
            textBorderColor: look.paper,
            textBorderWidth: 3,
            width: 220,
            overflow: "truncate",
          },
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
    xAxis: { type: "value", splitNumber: 4, name: "loss in a year", nameLocation: "middle", nameGap: 26, axisLabel: { formatter: (x: number) => money(x, currency), hideOverlap: true } },
    yAxis: { type: "value", min: 0, max: 1, name: "chance to lose more", nameTextStyle: { align: "left" }, axisLabel: { formatter: (y: number) => percent(y) } },
    series: [{ type: "line", step: "end", showSymbol: false, areaStyle: { opacity: 0.12 }, data: points.map((p) => [p.cost, p.probability]) }],
  };
}
