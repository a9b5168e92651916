// Bundles src/page.ts and src/page.css into the folder named on the command line: page.js and page.css.
import { build } from "esbuild";

const folder = process.argv[2] ?? "dist";
await build({
  entryPoints: ["src/page.ts", "src/page.css"],
  outdir: folder,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
