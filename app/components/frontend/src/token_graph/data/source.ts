/** What Python sends once per text, decoded and checked. */

export interface PoolerTable {
  name: string;
  title: string;
  colour: string;
  /** 1 where π is the same at every τ, else one row for each τ; 0 where there is no π. */
  rows: number;
  /** rows · L token weights π, row by row. */
  weights: Float32Array;
  /** Probabilities of the labels, one list for each row of π's kind. */
  predictions: number[][] | null;
  values: number[] | null;
  summary: string | null;
}

export type LayoutName = "force" | "arc" | "circle" | "components" | "principal";
export const LAYOUTS: Record<LayoutName, string> = {
  force: "Force",
  arc: "Text arc",
  circle: "Circle",
  components: "Components",
  principal: "PCA of the states",
};

/** What the reader's choices start from; a higher nonce sets them anew. */
export interface First {
  nonce: number;
  tau: number;
  poolers: string[];
  tint: string;
  layout: LayoutName;
  words: boolean;
}

export interface Source {
  version: number;
  view: string;
  text: string;
  backbone: string;
  task: string;
  task_title: string;
  layer: number | null;
  n_layers: number;
  similarity: string;
  trained_similarity: string | null;
  special_tokens: boolean;
  tokens: string[];
  offsets: [number, number][];
  pieces: [string, string][];
  rest: string;
  n_cut: number;
  special: number[];
  words: number[];
  word_rule: string;
  taus: number[];
  training_tau: number | null;
  labels: string[];
  notes: string[];
  max_poolers: number;
  max_tokens: number;
  /** Places of the tokens that a link asks to be marked. */
  marked: number[];
  first: First;
  poolers: PoolerTable[];
  upper: Float32Array;
  force: Float32Array;
  principal: Float32Array;
}

/** Arrow tables of one column, or what an exported page has in their place. */
interface Column {
  toArray(): ArrayLike<number>;
}
interface Table {
  getChildAt(index: number): Column | null;
}
export type Sent = { meta: string } & Record<string, unknown>;

/** Decode the message.
 *
 * @throws Error when an array is missing or has another length than the tokens ask for.
 */
export function decode(sent: Sent): Source {
  const source = JSON.parse(sent.meta) as Source;
  const tokens = source.tokens.length;
  source.upper = values(sent, "upper", (tokens * (tokens - 1)) / 2);
  source.force = values(sent, "force", 2 * tokens);
  source.principal = values(sent, "principal", 2 * tokens);
  for (const pooler of source.poolers) {
    const length = pooler.rows * tokens;
    pooler.weights = length ? values(sent, `pi_${pooler.name}`, length) : new Float32Array(0);
  }
  return source;
}

function values(sent: Sent, name: string, length: number): Float32Array {
  const given = sent[name];
  let found: ArrayLike<number> = [];
  if (given instanceof Float32Array) found = given;
  else if (given) found = (given as Table).getChildAt(0)?.toArray() ?? [];
  if (found.length < length) {
    throw new Error(`${name} has ${found.length} values; ${length} are needed.`);
  }
  const numbers = found instanceof Float32Array ? found : Float32Array.from(found);
  return numbers.length === length ? numbers : numbers.subarray(0, length);
}

/** The message with plain arrays in place of Streamlit's tables: what an exported page holds. */
export function arrays(sent: Sent): Sent {
  const { upper, force, principal, poolers } = decode(sent);
  const tables = poolers.filter((pooler) => pooler.rows);
  const weights = tables.map((pooler) => [`pi_${pooler.name}`, pooler.weights]);
  return { meta: sent.meta, upper, force, principal, ...Object.fromEntries(weights) };
}
