/** The graph and the bars as one vector picture. */

import { short, visible } from "../../shared/dom";
import { escaped } from "../../shared/xml";
import { INKS } from "../panels/edges";
import { predicted } from "../panels/prediction";
import type { Scene } from "../scene";

const [WIDTH, GRAPH, ROW, NAMES, MARGIN] = [1200, 760, 90, 80, 50];

export function svg(scene: Scene): string {
  const height = GRAPH + 40 + ROW * scene.poolers.length + NAMES;
  const title = `Token graph on ${scene.source.backbone}, τ = ${scene.tau.toFixed(2)}: ${scene.counts.edges} edges`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="${scene.theme.background}"/>`,
    `<text x="20" y="28" font-size="15" fill="${scene.theme.text}">${escaped(title)}</text>`,
    graph(scene),
    bars(scene),
    "</svg>",
  ].join("\n");
}

function graph(scene: Scene): string {
  const { model, tint, row, theme } = scene;
  const round = scene.layout === "circle" || scene.layout === "components";
  const half = [round ? GRAPH / 2 - MARGIN : WIDTH / 2 - MARGIN, GRAPH / 2 - MARGIN];
  const places = scene.places.map((value, at) =>
    at % 2 ? GRAPH / 2 + 20 + value * half[1] : WIDTH / 2 + value * half[0],
  );
  const weights = tint ? model.weights(tint, row) : null;
  const most = weights ? Math.max(1e-12, ...weights) : 1;
  const circles = model.labels.map((label, node) => {
    const [x, y] = [fixed(places[2 * node]), fixed(places[2 * node + 1])];
    const radius = fixed(3 + 14 * Math.sqrt((weights?.[node] ?? 0) / most));
    const name = escaped(short(visible(label)));
    return (
      `<circle cx="${x}" cy="${y}" r="${radius}" fill="${tint?.colour ?? "#808080"}" fill-opacity="0.9"><title>${escaped(label)}</title></circle>` +
      (model.size <= 120
        ? `<text x="${x}" y="${fixed(places[2 * node + 1] - 14)}" font-size="12" text-anchor="middle" fill="${theme.text}">${name}</text>`
        : "")
    );
  });
  return [...lines(scene, places), `<g class="nodes">${circles.join("")}</g>`].join("\n");
}

function lines(scene: Scene, places: Float32Array): string[] {
  const { first, second } = scene.model.timeline;
  const found: string[] = [];
  let at = 0;
  for (const ink of INKS) {
    const parts: string[] = [];
    for (; at < Math.min(scene.edges, ink.until); at++) {
      const [a, b] = [first[at], second[at]];
      const [x, y, u, v] = [places[2 * a], places[2 * a + 1], places[2 * b], places[2 * b + 1]];
      const way =
        scene.layout === "arc"
          ? `Q${fixed((x + u) / 2)} ${fixed(y - 0.9 * Math.abs(u - x))} ${fixed(u)} ${fixed(v)}`
          : `L${fixed(u)} ${fixed(v)}`;
      parts.push(`M${fixed(x)} ${fixed(y)}${way}`);
    }
    if (!parts.length) continue;
    found.push(
      `<path class="edges" d="${parts.join("")}" fill="none" stroke="#808080" stroke-opacity="${ink.opacity}" stroke-width="${ink.width}"/>`,
    );
  }
  return found;
}

function bars(scene: Scene): string {
  const { model, poolers, row, theme } = scene;
  const scale = Math.max(1e-9, ...poolers.map((pooler) => model.highest(pooler)));
  const width = (WIDTH - 2 * MARGIN) / model.size;
  const parts: string[] = [];
  poolers.forEach((pooler, at) => {
    const floor = GRAPH + 40 + (at + 1) * ROW;
    const heading = `${pooler.title}: ${predicted(scene.source, pooler, row)}`;
    parts.push(
      `<text x="${MARGIN}" y="${floor - ROW + 14}" font-size="13" fill="${theme.text}">${escaped(heading)}</text>`,
    );
    model.weights(pooler, row).forEach((weight, node) => {
      const tall = (weight / scale) * (ROW - 26);
      parts.push(
        `<rect x="${fixed(MARGIN + node * width + 0.1 * width)}" y="${fixed(floor - tall)}" width="${fixed(0.8 * width)}" height="${fixed(tall)}" fill="${pooler.colour}"/>`,
      );
    });
  });
  const floor = GRAPH + 40 + poolers.length * ROW;
  if (model.size <= 80) {
    model.labels.forEach((label, node) => {
      const x = fixed(MARGIN + (node + 0.5) * width);
      parts.push(
        `<text transform="translate(${x} ${floor + 12}) rotate(-60)" font-size="11" text-anchor="end" fill="${theme.text}">${escaped(short(visible(label), 10))}</text>`,
      );
    });
  }
  return `<g class="bars">${parts.join("")}</g>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
