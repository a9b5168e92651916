// Colours that people with any colour vision tell apart (after Okabe and Ito), on light and on dark paper.

export interface Look {
  text: string;
  faint: string;
  line: string;
  paper: string;
  main: string;
  second: string;
  good: string;
  bad: string;
  warn: string;
  heat: string[];
}

const light: Look = {
  text: "#1b1f24",
  faint: "#57606a",
  line: "#d0d7de",
  paper: "#ffffff",
  main: "#0072b2",
  second: "#56b4e9",
  good: "#007a5a",
  bad: "#c04a00",
  warn: "#9a6700",
  heat: ["#fde8d7", "#f3b57c", "#c98a4b", "#5f8fb4", "#0072b2"],
};

const dark: Look = {
  text: "#e6edf3",
  faint: "#9da7b3",
  line: "#3d444d",
  paper: "#14181d",
  main: "#56b4e9",
  second: "#2f6f9e",
  good: "#3ecf9f",
  bad: "#ff9e57",
  warn: "#e6c04a",
  heat: ["#5a3015", "#a35a1f", "#8b7a63", "#3f7fa8", "#56b4e9"],
};

export const paperOnly = window.matchMedia("print");
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

/** The look of now; print is always light. */
export function look(printing: boolean): Look {
  return prefersDark.matches && !printing ? dark : light;
}

export function onLookChange(act: () => void): void {
  prefersDark.addEventListener("change", act);
}
