/** The graph that is drawn: all tokens, or words, or the part that the reader has chosen. */

import type { PoolerTable, Source } from "./source";
import { place, Timeline } from "./timeline";

export class Model {
  readonly timeline: Timeline;
  readonly upper: Float32Array;
  readonly labels: string[];
  /** Tokens of each node. */
  readonly members: number[][];
  /** Node of each token; −1 where the token is not shown. */
  readonly nodeOf: Int32Array;
  private readonly cache = new Map<string, Float32Array>();

  /**
   * @param source the text.
   * @param nodeOf node of each token, −1 for those left out; nodes in reading order.
   */
  constructor(
    readonly source: Source,
    nodeOf: Int32Array,
  ) {
    this.nodeOf = nodeOf;
    this.members = [];
    nodeOf.forEach((node, token) => {
      if (node >= 0) (this.members[node] ??= []).push(token);
    });
    this.labels = this.members.map((tokens) => label(source, tokens));
    this.upper = this.plain ? source.upper : this.strongest();
    this.timeline = new Timeline(this.upper, this.size);
  }

  get size(): number {
    return this.members.length;
  }

  /** Whether nodes are the tokens themselves. */
  get plain(): boolean {
    return this.members.length === this.source.tokens.length;
  }

  similarity(a: number, b: number): number {
    if (a === b) return 1;
    return this.upper[a < b ? place(a, b, this.size) : place(b, a, this.size)];
  }

  /** π of each node at a row of the grid: the sum over its tokens. */
  weights(pooler: PoolerTable, row: number): Float32Array {
    const tokens = this.source.tokens.length;
    const at = pooler.rows === 1 ? 0 : row;
    const given = pooler.weights.subarray(at * tokens, (at + 1) * tokens);
    if (this.plain) return given;
    const key = `${pooler.name} ${at}`;
    let sums = this.cache.get(key);
    if (!sums) {
      sums = new Float32Array(this.size);
      for (let token = 0; token < tokens; token++) {
        if (this.nodeOf[token] >= 0) sums[this.nodeOf[token]] += given[token];
      }
      this.cache.set(key, sums);
    }
    return sums;
  }

  /** The largest π of a node at any τ. */
  highest(pooler: PoolerTable): number {
    let most = 0;
    for (let row = 0; row < pooler.rows; row++) {
      for (const weight of this.weights(pooler, row)) if (weight > most) most = weight;
    }
    return most;
  }

  /** Places of the nodes, x and y in turn: the means of their tokens' places. */
  gather(places: Float32Array): Float32Array {
    const out = new Float32Array(2 * this.size);
    this.members.forEach((tokens, node) => {
      for (const token of tokens) {
        out[2 * node] += places[2 * token] / tokens.length;
        out[2 * node + 1] += places[2 * token + 1] / tokens.length;
      }
    });
    return out;
  }

  /** Neighbours of a node at τ. */
  neighbours(node: number, tau: number): number[] {
    const limit = Math.fround(tau);
    const found = [];
    for (let other = 0; other < this.size; other++) {
      if (other !== node && this.similarity(node, other) > limit) found.push(other);
    }
    return found;
  }

  /** Two words are as similar as their most similar tokens: joined when any of those are. */
  private strongest(): Float32Array {
    const tokens = this.source.tokens.length;
    const out = new Float32Array((this.size * (this.size - 1)) / 2).fill(-2);
    for (let i = 0, at = 0; i < tokens; i++) {
      for (let j = i + 1; j < tokens; j++, at++) {
        const [a, b] = [this.nodeOf[i], this.nodeOf[j]];
        if (a < 0 || b < 0 || a === b) continue;
        const to = a < b ? place(a, b, this.size) : place(b, a, this.size);
        if (this.source.upper[at] > out[to]) out[to] = this.source.upper[at];
      }
    }
    return out;
  }
}

function label(source: Source, tokens: number[]): string {
  if (tokens.length === 1) return source.tokens[tokens[0]];
  return tokens.map((token) => source.pieces[token][1]).join("");
}

/** Nodes for the tokens: words when asked, only those of the chosen tokens when there are some. */
export function nodes(source: Source, words: boolean, chosen: ReadonlySet<number>): Int32Array {
  const numbers = new Map<number, number>();
  return Int32Array.from(source.tokens, (_, token) => {
    if (chosen.size && !chosen.has(token)) return -1;
    const group = words ? source.words[token] : token;
    if (!numbers.has(group)) numbers.set(group, numbers.size);
    return numbers.get(group)!;
  });
}
