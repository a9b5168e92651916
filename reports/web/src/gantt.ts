import type { Gantt, GanttStep } from "./data";
import type { Look } from "./look";
import type { Option } from "./echarts";
import { duration, escaped, finite, tick } from "./units";

interface Piece {
  row: number;
  from: number;
  to: number;
  kind: "waits" | "runs" | "failed";
  step: GanttStep;
}

function pieces(gantt: Gantt): Piece[] {
  const out: Piece[] = [];
  gantt.steps.forEach((step, row) => {
    const first = step.attempts[0];
    if (first && first.start > step.ready) out.push({ row, from: step.ready, to: first.start, kind: "waits", step });
    step.attempts.forEach((a) => out.push({ row, from: a.start, to: a.end, kind: a.failed ? "failed" : "runs", step }));
  });
  return out;
}

function told(piece: Piece): string {
  const { step } = piece;
  const what =
    piece.kind === "waits"
      ? `waits ${duration(piece.to - piece.from)}${step.waited ? ` for ${escaped(step.waited)}` : ""}`
      : `${piece.kind === "failed" ? "an attempt that fails, " : ""}${duration(piece.to - piece.from)}, from ${duration(piece.from)} to ${duration(piece.to)}`;
  return `<b>${escaped(step.name)}</b><br>${what}${step.by ? `<br>by ${escaped(step.by)}` : ""}${step.critical ? "<br>on the critical path" : ""}`;
}

export function ganttHeight(gantt: Gantt): number {
  return gantt.steps.length * 22 + 60;
}

export function gantt(data: Gantt, look: Look): Option {
  const all = pieces(data);
  const end = Math.max(1, ...all.map((p) => p.to), finite(data.recovery) ? data.recovery : 0);
  const step = tick(end);
  return {
    grid: { left: 8, right: 16, top: 24, bottom: 24, containLabel: true },
    tooltip: { confine: true, formatter: (item: unknown) => told(all[(item as { dataIndex: number }).dataIndex] as Piece) },
    xAxis: {
      type: "value",
      min: 0,
      max: Math.ceil(end / step) * step,
      interval: step,
      axisLabel: { formatter: (x: number) => duration(x), hideOverlap: true },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: data.steps.map((s) => (s.critical ? `▸ ${s.name}` : s.name)),
      axisTick: { show: false },
      axisLabel: { interval: 0 },
    },
    series: [
      {
        type: "custom",
        encode: { x: [1, 2], y: 0 },
        data: all.map((p) => [p.row, p.from, p.to]),
        renderItem: (params: unknown, api: unknown) => {
          const { dataIndex } = params as { dataIndex: number };
          const at = api as { coord(p: [number, number]): [number, number]; size(p: [number, number]): [number, number] };
          const piece = all[dataIndex] as Piece;
          const [x, y] = at.coord([piece.from, piece.row]);
          const [right] = at.coord([piece.to, piece.row]);
          const height = Math.min(14, at.size([0, 1])[1] * 0.64);
          const thin = piece.kind === "waits";
          const colour = piece.kind === "failed" ? look.bad : piece.step.critical ? look.main : look.second;
          return {
            type: "rect",
            shape: {
              x,
              y: y - (thin ? 1 : height / 2),
              width: Math.max(right - x, thin ? 0 : 1.5),
              height: thin ? 2 : height,
              r: thin ? 0 : 2,
            },
            style: thin
              ? { fill: look.faint }
              : { fill: colour, stroke: piece.step.critical ? look.text : colour, lineWidth: piece.step.critical ? 1 : 0 },
          };
        },
        markLine: finite(data.recovery)
          ? {
              silent: true,
              symbol: "none",
              data: [
                {
                  xAxis: data.recovery,
                  lineStyle: { color: look.text, type: "dashed" },
                  label: { formatter: `back after ${duration(data.recovery)}`, color: look.text, position: "start" },
                },
              ],
            }
          : undefined,
      },
    ],
  };
}
