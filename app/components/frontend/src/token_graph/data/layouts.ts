/** Where the nodes stand: x and y in turn, in [−1, 1]. τ never moves them. */

import { forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import type { Model } from "./model";
import type { LayoutName, Source } from "./source";

/** The strongest edges decide a new force layout: more of them say little and take long. */
const PULLING = 20_000;
const STEPS = 120;

/**
 * @param model what is drawn.
 * @param name of the layout.
 * @param edges number of edges at the τ that the layout is made for: `components` groups by it.
 */
export function layout(model: Model, name: LayoutName, edges: number): Float32Array {
  if (name === "arc") return arc(model.size);
  if (name === "circle") return circle(model.size);
  if (name === "components") return components(model, edges);
  return model.gather(stored(model.source, name));
}

/** Force layout anew, on the edges of one τ, from where the nodes stand. */
export function relax(model: Model, places: Float32Array, edges: number): Float32Array {
  const { first, second, similarity } = model.timeline;
  const radius = 100 * Math.sqrt(model.size);
  const points = Array.from({ length: model.size }, (_, node) => ({
    index: node,
    x: places[2 * node] * radius,
    y: places[2 * node + 1] * radius,
  }));
  const links = Array.from({ length: Math.min(edges, PULLING) }, (_, edge) => ({
    source: first[edge] as number,
    target: second[edge] as number,
    similarity: similarity[edge],
  }));
  const simulation = forceSimulation(points)
    .force("links", forceLink(links).distance(40))
    .force("apart", forceManyBody().strength(-120))
    .force("x", forceX().strength(0.06))
    .force("y", forceY().strength(0.06))
    .stop();
  simulation.tick(STEPS);
  return fitted(Float32Array.from(points.flatMap((point) => [point.x, point.y])));
}

function stored(source: Source, name: "force" | "principal"): Float32Array {
  return name === "force" ? source.force : source.principal;
}

/** In reading order on a line; the edges are drawn as arcs above it. */
function arc(size: number): Float32Array {
  const out = new Float32Array(2 * size);
  for (let node = 0; node < size; node++) {
    out[2 * node] = size > 1 ? (2 * node) / (size - 1) - 1 : 0;
    out[2 * node + 1] = 0.8;
  }
  return out;
}

/** In reading order around a circle, from the top. */
function circle(size: number): Float32Array {
  const out = new Float32Array(2 * size);
  for (let node = 0; node < size; node++) {
    const angle = (2 * Math.PI * node) / size - Math.PI / 2;
    out[2 * node] = Math.cos(angle);
    out[2 * node + 1] = Math.sin(angle);
  }
  return out;
}

/** Each component a disc of its own, the largest first, row after row. */
function components(model: Model, edges: number): Float32Array {
  const groups: number[][] = [];
  model.timeline.components(edges).forEach((group, node) => (groups[group] ??= []).push(node));
  groups.sort((a, b) => b.length - a.length);
  const out = new Float32Array(2 * model.size);
  const radii = groups.map((group) => Math.sqrt(group.length));
  const area = radii.reduce((sum, radius) => sum + (2 * radius + 1) ** 2, 0);
  const width = Math.max(1.3 * Math.sqrt(area), 2 * (radii[0] ?? 1) + 1);
  let [x, y, height] = [0, 0, 0];
  groups.forEach((group, at) => {
    const room = 2 * radii[at] + 1;
    if (x > 0 && x + room > width) [x, y, height] = [0, y + height, 0];
    spiral(group, x + room / 2, y + room / 2, radii[at], out);
    x += room;
    height = Math.max(height, room);
  });
  return fitted(out);
}

/** Nodes evenly over a disc (Vogel's sunflower), in reading order from its middle. */
function spiral(nodes: number[], x: number, y: number, radius: number, out: Float32Array): void {
  const turn = Math.PI * (3 - Math.sqrt(5));
  nodes.forEach((node, at) => {
    const distance = nodes.length > 1 ? radius * Math.sqrt((at + 0.5) / nodes.length) : 0;
    out[2 * node] = x + distance * Math.cos(at * turn);
    out[2 * node + 1] = y + distance * Math.sin(at * turn);
  });
}

/** Moved and scaled into [−1, 1], proportions kept. */
export function fitted(places: Float32Array): Float32Array {
  if (!places.length) return places;
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  places.forEach((value, at) => {
    low[at % 2] = Math.min(low[at % 2], value);
    high[at % 2] = Math.max(high[at % 2], value);
  });
  const half = Math.max(high[0] - low[0], high[1] - low[1], 1e-9) / 2;
  return places.map((value, at) => (value - (low[at % 2] + high[at % 2]) / 2) / half);
}
