import type { Fit } from "./data";
import type { Look } from "./look";
import type { Option } from "./echarts";
import { duration, percent, tick } from "./units";

export function fitDensity(fit: Fit, look: Look): Option {
  const end = fit.bins[fit.bins.length - 1]!.to;
  const middle = (bin: { from: number; to: number }): number => (bin.from + bin.to) / 2;
  return {
    grid: { left: 8, right: 24, top: 34, bottom: 26, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: (items: unknown) => {
        const bin = fit.bins[(items as { dataIndex: number }[])[0]?.dataIndex ?? -1];
        return bin
          ? `${duration(bin.from)} to ${duration(bin.to)}<br>measured ${percent(bin.measured)}, law ${percent(bin.law)}`
          : "";
      },
    },
    xAxis: {
      type: "value",
      min: 0,
      max: end,
      interval: tick(end),
      name: "how long it took",
      nameLocation: "middle",
      nameGap: 26,
      axisLabel: { formatter: (x: number) => duration(x), hideOverlap: true, showMaxLabel: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      axisLabel: { formatter: (y: number) => percent(y) },
      name: "share of all",
      nameTextStyle: { align: "left" },
    },
    series: [
      {
        type: "bar",
        name: "measured",
        data: fit.bins.map((bin) => [middle(bin), bin.measured]),
        barCategoryGap: "4%",
        itemStyle: { opacity: 0.55 },
      },
      {
        type: "line",
        name: "law",
        data: fit.bins.map((bin) => [middle(bin), bin.law]),
        showSymbol: false,
        smooth: 0.3,
        lineStyle: { width: 2, color: look.text },
      },
    ],
  };
}

/** Round times on a logarithmic scale would not be powers of ten, so the ends and what lies between them are named. */
export function fitQuantiles(fit: Fit, look: Look): Option {
  const all = fit.quantiles.flatMap((q) => [q.law, q.measured]);
  const low = Math.min(...all);
  const high = Math.max(...all);
  const axis = {
    type: "log" as const,
    min: low / 1.15,
    max: high * 1.15,
    logBase: 2,
    axisLabel: { formatter: (x: number) => duration(x), hideOverlap: true, showMinLabel: false, showMaxLabel: false },
    splitLine: { show: false },
  };
  return {
    grid: { left: 8, right: 24, top: 34, bottom: 30, containLabel: true },
    tooltip: {
      trigger: "item",
      confine: true,
      formatter: (item: unknown) => {
        const q = fit.quantiles[(item as { dataIndex: number }).dataIndex];
        return q ? `${percent(q.share)} are over<br>by the law after ${duration(q.law)}<br>measured after ${duration(q.measured)}` : "";
      },
    },
    xAxis: { ...axis, name: "by the law", nameLocation: "middle", nameGap: 28 },
    yAxis: { ...axis, name: "measured", nameTextStyle: { align: "right" } },
    series: [
      {
        type: "line",
        data: [
          [low / 1.15, low / 1.15],
          [high * 1.15, high * 1.15],
        ],
        showSymbol: false,
        silent: true,
        tooltip: { show: false },
        lineStyle: { width: 1.5, type: "dashed", color: look.faint },
      },
      { type: "scatter", name: "lengths", data: fit.quantiles.map((q) => [q.law, q.measured]), symbolSize: 6 },
    ],
  };
}
