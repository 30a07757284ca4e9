/** The view as data: JSON, CSV, GraphML, and Python that computes it again. */

import type { PoolerTable, Source } from "../data/source";
import type { Scene } from "../scene";
import { escaped } from "../../shared/xml";

/** The fields of `glot explain --json`, and what the reader chose. */
export function json(scene: Scene): string {
  const { source, tokens, counts, tau, row } = scene;
  const { first, second } = tokens.timeline;
  const weights: Record<string, number[] | null> = {};
  const predictions: Record<string, unknown> = {};
  for (const pooler of source.poolers) {
    weights[pooler.name] = pooler.rows ? Array.from(tokens.weights(pooler, row)) : null;
    predictions[pooler.name] = prediction(source, pooler, row);
  }
  const record = {
    text: source.text,
    backbone: source.backbone,
    task: source.task,
    layer: source.layer,
    similarity: source.similarity,
    special_tokens: source.special_tokens,
    tokens: source.tokens,
    offsets: source.offsets,
    tau,
    training_tau: source.training_tau,
    edges: counts.edges,
    density: counts.density,
    components: counts.components,
    edge_list: Array.from({ length: counts.edges }, (_, at) => [first[at], second[at]]),
    weights,
    predictions,
    n_cut: source.n_cut,
    notes: source.notes,
  };
  return JSON.stringify(record, null, 1);
}

function prediction(source: Source, pooler: PoolerTable, row: number): unknown {
  if (pooler.predictions) {
    const shares = pooler.predictions[pooler.predictions.length === 1 ? 0 : row];
    const best = shares.indexOf(Math.max(...shares));
    const probabilities = Object.fromEntries(source.labels.map((name, at) => [name, shares[at]]));
    return { label: source.labels[best], probabilities };
  }
  if (pooler.values) return { value: pooler.values[pooler.values.length === 1 ? 0 : row] };
  return null;
}

/** One row for each token. */
export function tokensCsv(scene: Scene): string {
  const { source, tokens, tau, row, counts } = scene;
  const poolers = source.poolers.filter((pooler) => pooler.rows);
  const group = tokens.timeline.components(counts.edges);
  const head = ["token", "text", "word", "start", "end", "edges", "component"];
  return table([
    [...head, ...poolers.map((pooler) => `pi_${pooler.name}`)],
    ...source.tokens.map((text, at) => [
      at,
      text,
      source.words[at],
      ...source.offsets[at],
      tokens.neighbours(at, tau).length,
      group[at],
      ...poolers.map((pooler) => tokens.weights(pooler, row)[at]),
    ]),
  ]);
}

/** One row for each edge at τ, strongest first. */
export function edgesCsv({ source, tokens, counts }: Scene): string {
  const { first, second, similarity } = tokens.timeline;
  const rows: (string | number)[][] = [["source", "target", "source_text", "target_text", "similarity"]];
  for (let at = 0; at < counts.edges; at++) {
    const [a, b] = [first[at], second[at]];
    rows.push([a, b, source.tokens[a], source.tokens[b], similarity[at]]);
  }
  return table(rows);
}

/** As RFC 4180 has it. */
function table(rows: (string | number)[][]): string {
  const cell = (value: string | number) =>
    /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  return rows.map((cells) => cells.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** For Gephi, yEd, Cytoscape and networkx. */
export function graphml({ source, tokens, counts, tau, row }: Scene): string {
  const poolers = source.poolers.filter((pooler) => pooler.rows);
  const key = (id: string, on: string, type: string) =>
    `<key id="${id}" for="${on}" attr.name="${id}" attr.type="${type}"/>`;
  const parts = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    key("token", "node", "string"),
    key("word", "node", "int"),
    ...poolers.map((pooler) => key(`pi_${pooler.name}`, "node", "double")),
    key("similarity", "edge", "double"),
    key("tau", "graph", "double"),
    '<graph id="token_graph" edgedefault="undirected">',
    `<data key="tau">${tau}</data>`,
  ];
  source.tokens.forEach((token, at) => {
    const weights = poolers.map(
      (pooler) => `<data key="pi_${pooler.name}">${tokens.weights(pooler, row)[at]}</data>`,
    );
    parts.push(
      `<node id="${at}"><data key="token">${escaped(token)}</data><data key="word">${source.words[at]}</data>${weights.join("")}</node>`,
    );
  });
  const { first, second, similarity } = tokens.timeline;
  for (let at = 0; at < counts.edges; at++) {
    parts.push(
      `<edge source="${first[at]}" target="${second[at]}"><data key="similarity">${similarity[at]}</data></edge>`,
    );
  }
  parts.push("</graph>", "</graphml>", "");
  return parts.join("\n");
}

/** A notebook cell that computes the view again. */
export function python({ source, tau, tint, poolers }: Scene): string {
  const text = (value: string) => JSON.stringify(value);
  const shown = poolers.filter((pooler) => pooler.rows).map((pooler) => pooler.name);
  const options = [
    `    ${text(source.text)},`,
    "    backbone,",
    `    ${text(source.task)},`,
    `    load_heads(backbone, ${text(source.task)}),`,
    source.n_cut ? `    max_tokens=${source.max_tokens},` : "",
    source.layer === null ? "" : `    layer=${source.layer},`,
    source.similarity === "cosine" ? "" : `    similarity=${text(source.similarity)},`,
    source.special_tokens ? "" : "    special_tokens=False,",
  ];
  return [
    "from glot.attributions.readout import explain_text",
    "from glot.backbones import load_backbone",
    "from glot.heads.shelf import load_heads",
    "from glot.plots.token_graph import token_graph_figure",
    "from glot.plots.token_weights import token_weights_figure",
    "",
    `backbone = load_backbone(${text(source.backbone)})`,
    "explanation = explain_text(",
    ...options.filter(Boolean),
    ")",
    `print(explanation.statistics(${tau}))`,
    ...(tint?.rows ? [`token_graph_figure(explanation, ${tau}, ${text(tint.name)}).show()`] : []),
    ...(shown.length
      ? [`token_weights_figure(explanation, ${tau}, [${shown.map(text).join(", ")}]).show()`]
      : []),
    "",
  ].join("\n");
}
