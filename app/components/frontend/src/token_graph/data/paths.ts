/** Why two tokens are connected. */

import type { Model } from "./model";

export interface Connection {
  similarity: number;
  /** A chain with the fewest edges at τ, both ends included; null where there is none. */
  chain: number[] | null;
  /** The similarity that τ must stay below for the two to be in one component. */
  meeting: number;
}

export function connection(model: Model, from: number, to: number, tau: number): Connection {
  return {
    similarity: model.similarity(from, to),
    chain: shortest(model, from, to, tau),
    meeting: meeting(model, from, to),
  };
}

/** Breadth first; of equally short chains the one whose steps are strongest. */
function shortest(model: Model, from: number, to: number, tau: number): number[] | null {
  const limit = Math.fround(tau);
  const before = new Int32Array(model.size).fill(-1);
  const weakest = new Float32Array(model.size).fill(-2);
  before[from] = from;
  weakest[from] = 1;
  let reached = [from];
  while (reached.length && before[to] < 0) {
    const next = new Set<number>();
    for (const node of reached) {
      for (let other = 0; other < model.size; other++) {
        const similarity = model.similarity(node, other);
        if (similarity <= limit || (before[other] >= 0 && !next.has(other))) continue;
        const link = Math.min(weakest[node], similarity);
        if (next.has(other) && link <= weakest[other]) continue;
        before[other] = node;
        weakest[other] = link;
        next.add(other);
      }
    }
    reached = [...next];
  }
  if (before[to] < 0) return null;
  const chain = [to];
  while (chain[0] !== from) chain.unshift(before[chain[0]]);
  return chain;
}

/** The weakest edge between the two on the maximum spanning tree. */
function meeting(model: Model, from: number, to: number): number {
  if (from === to) return 1;
  const { merges, first, second, similarity } = model.timeline;
  const links: [number, number][][] = Array.from({ length: model.size }, () => []);
  for (const edge of merges) {
    links[first[edge]].push([second[edge], similarity[edge]]);
    links[second[edge]].push([first[edge], similarity[edge]]);
  }
  const stack: [number, number, number][] = [[from, -1, 1]];
  while (stack.length) {
    const [node, parent, weakest] = stack.pop()!;
    if (node === to) return weakest;
    for (const [next, link] of links[node]) {
      if (next !== parent) stack.push([next, node, Math.min(weakest, link)]);
    }
  }
  return -1;
}
