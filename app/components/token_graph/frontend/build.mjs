// Bundles src/ into ../dist/token_graph.js; with --check, only tells whether the bundle is current.
//
// The bundle is one function whose own source can be read back: the exported HTML file carries it
// along and needs neither a server nor this folder.
import { build } from "esbuild";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = here("../dist/token_graph.js");

const { outputFiles } = await build({
  entryPoints: [here("src/index.ts")],
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  globalName: "glot",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  loader: { ".css": "text" },
});
// What is bundled from others keeps their notice, as their licence asks.
const others = ["d3-force", "d3-dispatch", "d3-quadtree", "d3-timer"];
const licence = await readFile(here("node_modules/d3-force/LICENSE"), "utf8");
const notice = `/*! ${others.join(", ")}\n${licence.trim()}\n*/`;
const body = outputFiles[0].text.trim();
const bundle = `function boot() {
${notice}
${body}
return glot;
}
const { mount, embed } = boot();
export default (component) => mount(component, boot);
export { embed };
`;

if (process.argv.includes("--check")) {
  const stored = await readFile(target, "utf8").catch(() => "");
  if (stored !== bundle) {
    console.error("dist/token_graph.js is not what src/ gives: run `npm run build`.");
    process.exit(1);
  }
  console.log("dist/token_graph.js is what src/ gives.");
} else {
  await mkdir(here("../dist"), { recursive: true });
  await writeFile(target, bundle);
  console.log(`dist/token_graph.js: ${(bundle.length / 1024).toFixed(1)} KiB`);
}
