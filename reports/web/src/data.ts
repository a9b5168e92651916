// What the page carries for its charts: the same numbers as in its tables and in the JSON results. Times in seconds.

/** A number, or what JSON has no number for. */
export type Value = number | "never" | null;

export interface Curve {
  /** At 0, 0.005, …, 1. */
  quantiles: Value[];
  /** Shares of replications in bins of `width` that begin at 0; what lies beyond the last is in `beyond`. */
  histogram: { width: number; shares: number[]; beyond: number };
}

export interface ServiceCurves {
  name: string;
  rto: Curve;
  rpo: Curve;
  targets: { rto?: number; rpo?: number; mtpd?: number; confidence: number };
}

export interface GanttStep {
  name: string;
  /** When it could have begun but for people, seats and what it needs. */
  ready: number;
  attempts: { start: number; end: number; failed: boolean }[];
  critical: boolean;
  end: string;
  waited: string;
  by: string;
}

export interface Gantt {
  title: string;
  steps: GanttStep[];
  recovery: Value;
}

export interface TornadoBar {
  label: string;
  low: number;
  high: number;
  text: string;
}

export interface Heat {
  x: { name: string; values: string[] };
  y: { name: string; values: string[] };
  measures: { name: string; kind: "share" | "time" | "money"; better: "more" | "less"; cells: (Value | undefined)[][] }[];
}

export interface FrontierPoint {
  name: string;
  cost: number;
  loss: Value;
  miss: number;
  on: boolean;
  recommended: boolean;
}

/** A law beside what was measured: shares in bins of equal width, and by when so many are over. */
export interface Fit {
  law: string;
  bins: { from: number; to: number; measured: number; law: number }[];
  quantiles: { share: number; law: number; measured: number }[];
}

export interface Charts {
  currency: string;
  distributions: Record<string, ServiceCurves[]>;
  gantts: Record<string, Gantt[]>;
  tornados: Record<string, TornadoBar[]>;
  heats: Record<string, Heat>;
  frontier?: FrontierPoint[];
  exceedance?: { cost: number; probability: number }[];
  fit?: Fit;
}
