/** A text as Python would send it, with similarities of the test's choice. */

import type { Sent, Source } from "../src/token_graph/data/source";
import { decode } from "../src/token_graph/data/source";

export function sent(tokens: string[], upper: number[], changes: Partial<Source> = {}): Sent {
  const size = tokens.length;
  const pi = Float32Array.from({ length: 2 * size }, (_, at) => (at < size ? 1 / size : (at - size + 1) / ((size * (size + 1)) / 2)));
  const meta = {
    version: 1,
    view: "test",
    text: tokens.join(" "),
    backbone: "minilm",
    task: "sst2",
    task_title: "Sentiment",
    layer: null,
    n_layers: 6,
    similarity: "cosine",
    trained_similarity: "cosine",
    special_tokens: true,
    tokens,
    offsets: tokens.map((token, at) => [at, at + token.length]),
    pieces: tokens.map((token) => [" ", token]),
    rest: "",
    n_cut: 0,
    special: [],
    words: tokens.map((_, at) => at),
    word_rule: "",
    taus: [0.2, 0.6],
    training_tau: 0.6,
    labels: ["negative", "positive"],
    notes: [],
    max_poolers: 4,
    max_tokens: 512,
    marked: [],
    first: { nonce: 0, tau: 0.6, poolers: ["glot"], tint: "glot", layout: "force", words: false },
    poolers: [
      {
        name: "glot",
        title: "GLOT",
        colour: "#2B83C6",
        rows: 2,
        predictions: [[0.25, 0.75], [0.9, 0.1]],
        values: null,
        summary: null,
      },
    ],
    ...changes,
  };
  return {
    meta: JSON.stringify(meta),
    upper: Float32Array.from(upper),
    force: new Float32Array(2 * size),
    principal: new Float32Array(2 * size),
    pi_glot: pi,
  };
}

export function source(tokens: string[], upper: number[], changes: Partial<Source> = {}): Source {
  return decode(sent(tokens, upper, changes));
}
