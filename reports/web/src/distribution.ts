import type { Curve, ServiceCurves } from "./data";
import type { Look } from "./look";
import type { Option } from "./echarts";
import { duration, finite, percent, tick } from "./units";

export type Quantity = "rto" | "rpo";
export type View = "exceedance" | "density";

/** Up to which time the axis goes: what 99.5% take, and every target. */
function longest(curve: Curve, targets: number[]): number {
  const high = curve.quantiles[199];
  const last = [...curve.quantiles].reverse().find(finite) ?? 1;
  return Math.max(finite(high) ? high : last, ...targets.map((t) => t * 1.08), 1e-3);
}

/** The share of replications that take longer than x, as the corners of its steps. */
function exceedance(curve: Curve, end: number): [number, number][] {
  const corners: [number, number][] = [[0, 1]];
  curve.quantiles.forEach((x, i) => {
    if (finite(x) && x <= end) corners.push([x, 1 - i / (curve.quantiles.length - 1)]);
  });
  return corners;
}

function density(curve: Curve): [number, number][] {
  const { width, shares } = curve.histogram;
  return shares.map((share, i) => [(i + 0.5) * width, share]);
}

function targetLines(service: ServiceCurves, quantity: Quantity): { name: string; at: number; bad: boolean }[] {
  const { targets } = service;
  const lines: { name: string; at: number; bad: boolean }[] = [];
  const target = targets[quantity];
  if (target !== undefined) lines.push({ name: `${quantity.toUpperCase()} ${duration(target)}`, at: target, bad: false });
  if (quantity === "rto" && targets.mtpd !== undefined)
    lines.push({ name: `MTPD ${duration(targets.mtpd)}`, at: targets.mtpd, bad: true });
  return lines;
}

/** Whether the labels of two targets would stand in each other's place. */
function near(lines: { at: number }[], end: number): boolean {
  return lines.length > 1 && Math.abs(lines[0]!.at - lines[1]!.at) < end / 7;
}

export function distribution(service: ServiceCurves, quantity: Quantity, view: View, look: Look): Option {
  const curve = service[quantity];
  const lines = targetLines(service, quantity);
  const end = longest(curve, lines.map((l) => l.at));
  const step = tick(end);
  const shares = view === "exceedance";
  const what = quantity === "rto" ? "recovery time" : "data loss";
  return {
    grid: { left: 8, right: 24, top: 56, bottom: 26, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: (items: unknown) => {
        const point = (items as { value: [number, number] }[])[0]?.value;
        if (!point) return "";
        return shares
          ? `${percent(point[1])} of outages: ${what} above ${duration(point[0])}`
          : `${percent(point[1])} of outages: ${what} about ${duration(point[0])}`;
      },
    },
    xAxis: {
      type: "value",
      min: 0,
      max: Math.ceil(end / step) * step,
      interval: step,
      name: what,
      nameLocation: "middle",
      nameGap: 26,
      axisLabel: { formatter: (x: number) => duration(x), hideOverlap: true },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: shares ? 1 : undefined,
      axisLabel: { formatter: (y: number) => percent(y) },
      // Above the labels of the targets.
      name: shares ? (quantity === "rto" ? "chance that it takes longer" : "chance that more is lost") : "share of outages",
      nameGap: 38,
      nameTextStyle: { align: "left" },
    },
    series: [
      {
        type: shares ? "line" : "bar",
        name: service.name,
        data: shares ? exceedance(curve, end) : density(curve),
        step: shares ? "end" : undefined,
        showSymbol: false,
        barCategoryGap: "4%",
        large: false,
        lineStyle: { width: 2 },
        areaStyle: shares ? { opacity: 0.12 } : undefined,
        markLine: {
          silent: true,
          symbol: "none",
          data: lines.map((l, i) => ({
            xAxis: l.at,
            lineStyle: { color: l.bad ? look.bad : look.text, type: l.bad ? "dotted" : "dashed", width: 1.5 },
            label: { formatter: l.name, color: l.bad ? look.bad : look.text, position: "end", distance: i > 0 && near(lines, end) ? 19 : 5 },
          })),
        },
      },
    ],
  };
}
