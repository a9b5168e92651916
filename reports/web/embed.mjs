// Writes page.js and page.css of a folder into a C++ source: node embed.mjs FOLDER FILE
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const [folder, file] = process.argv.slice(2);
const script = readFileSync(`${folder}/page.js`, "utf8").trimEnd().replaceAll("</script", "<\\/script");
const style = readFileSync(`${folder}/page.css`, "utf8").trimEnd();
const hash = createHash("sha256").update(script, "utf8").digest("base64");
// In pieces, because compilers bound the length of one literal.
const literal = (text) => {
  const bytes = Buffer.from(text, "utf8");
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 8000)
    pieces.push(
      `"${[...bytes.subarray(at, at + 8000)]
        .map((b) => (b === 34 || b === 92 ? `\\${String.fromCharCode(b)}` : b >= 32 && b < 127 && b !== 63 ? String.fromCharCode(b) : `\\${b.toString(8).padStart(3, "0")}`))
        .join("")}"`,
    );
  return `std::string_view(\n    ${pieces.join("\n    ")},\n    ${bytes.length})`;
};
writeFileSync(
  file,
  `#include "reports/web_assets.h"

namespace muster {

std::string_view page_script() { return ${literal(script)}; }

std::string_view page_style() { return ${literal(style)}; }

std::string_view page_script_hash() { return "sha256-${hash}"; }

}  // namespace muster
`,
);
