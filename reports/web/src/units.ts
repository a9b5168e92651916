// Quantities as people say them, as in the text reports.

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "never";
  if (seconds === 0) return "0";
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 100) return `${Number(seconds.toPrecision(3))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) {
    const rest = minutes % 60;
    return `${Math.floor(minutes / 60)} h${rest ? ` ${String(rest).padStart(2, "0")} min` : ""}`;
  }
  const hours = Math.round(seconds / 3600);
  const rest = hours % 24;
  return `${Math.floor(hours / 24)} d${rest ? ` ${rest} h` : ""}`;
}

const steps = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600,
  43200, 86400, 172800, 604800, 1209600, 2592000,
];

/** The distance of ticks on a time axis that people read at a glance; at most `most` of them. */
export function tick(longest: number, most = 8): number {
  return steps.find((step) => longest / step <= most) ?? Math.ceil(longest / most / 2592000) * 2592000;
}

export function percent(share: number): string {
  if (share > 0 && share < 0.001) return "<0.1%";
  if (share < 1 && share > 0.999) return ">99.9%";
  return `${Number((share * 100).toFixed(1))}%`;
}

export function money(amount: number, currency: string): string {
  const size = Math.abs(amount);
  const scaled = size >= 999500 ? `${Number((size / 1e6).toPrecision(3))} M` : size >= 999.5 ? `${Number((size / 1e3).toPrecision(3))} k` : `${Math.round(size)}`;
  return `${amount < 0 ? "−" : ""}${scaled} ${currency}`;
}

/** A tooltip is HTML, and titles are whatever their author wrote. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

export const finite = (value: number | "never" | null | undefined): value is number => typeof value === "number";
