// Bundles src/NAME/ for each component, where Python looks for it; with --check, only tells whether the bundles are current.
import { build } from "esbuild";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const SHARED = {
  bundle: true,
  minify: true,
  write: false,
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  loader: { ".css": "text" },
};

async function compiled(entry, options) {
  const { outputFiles } = await build({ ...SHARED, entryPoints: [here(entry)], ...options });
  return outputFiles[0].text.trim();
}

/**
 * One function whose own source can be read back: the exported HTML file carries it along and needs
 * neither a server nor this folder.
 */
async function tokenGraph() {
  // What is bundled from others keeps their notice, as their licence asks.
  const others = ["d3-force", "d3-dispatch", "d3-quadtree", "d3-timer"];
  const licence = await readFile(here("node_modules/d3-force/LICENSE"), "utf8");
  const notice = `/*! ${others.join(", ")}\n${licence.trim()}\n*/`;
  const body = await compiled("src/token_graph/index.ts", { format: "iife", globalName: "glot" });
  return `function boot() {
${notice}
${body}
return glot;
}
const { mount, embed, widget } = boot();
// Streamlit calls it with a component; a notebook's anywidget with nothing, and takes what renders.
export default (component) => (component ? mount(component, boot) : widget(boot));
export { embed };
`;
}

async function embeddingMap() {
  return `${await compiled("src/embedding_map/index.ts", { format: "esm" })}\n`;
}

const BUNDLES = {
  "glot/live/static/token_graph.js": tokenGraph,
  "app/components/embedding/dist/embedding_map.js": embeddingMap,
};

for (const [name, make] of Object.entries(BUNDLES)) {
  const target = here(`../../../${name}`);
  const bundle = await make();
  if (process.argv.includes("--check")) {
    const stored = await readFile(target, "utf8").catch(() => "");
    if (stored !== bundle) {
      console.error(`${name} is not what src/ gives: run \`npm run build\`.`);
      process.exit(1);
    }
    console.log(`${name} is what src/ gives.`);
  } else {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bundle);
    console.log(`${name}: ${(bundle.length / 1024).toFixed(1)} KiB`);
  }
}
