/** What Python sends for each picture, decoded and checked. */

export type Drag = "pan" | "lasso" | "select";

/** What points are coloured by: classes, each with a hue and a symbol, or numbers on a scale. */
export interface Tint {
  title: string;
  classes: { name: string; hue: string; symbol: string }[];
  low: number;
  high: number;
  /** What the drawing shows, for those who do not see it. */
  alt: string;
  /** Why there is no such colour; empty: there is. */
  note: string;
  /** Which of the arrays holds its values: several panels can share one. */
  array: string;
  /** A class's number, −1 where none is known, or a number on the scale; one for each row. */
  values: Float32Array;
}

export interface MapPanel {
  pooler: string;
  title: string;
  hue: string;
  /** Why there is no map; empty: there is one. */
  problem: string;
  tints: Record<string, Tint>;
  /** Place of the reader's own sentence. */
  star: number[] | null;
  /** What the vectors are worth: name, value, what the value rests on. */
  measures: [string, string, string][];
  notes: string[];
  /** n · dimensions coordinates, point by point. */
  places: Float32Array;
}

export interface Source {
  version: number;
  /** Name of this picture. */
  id: string;
  /** Name of the map: the same one, otherwise tinted, is seen from where it was seen. */
  map: string;
  rows: number;
  dimensions: 2 | 3;
  /** What points can be coloured by, and what a drag can do: name and title. */
  colours: [string, string][];
  drags: [Drag, string][];
  /** What Python has heard of last, and the number of that report. */
  colour: string;
  drag: Drag;
  heard: number;
  size: number;
  /** Stops of the scale, from low to high. */
  scale: string[];
  unknown: string;
  star: { hue: string; text: string };
  /** One for each row, or none where they are too many. */
  texts: string[];
  panels: MapPanel[];
  /** How often Python's choice of rows has changed. */
  turn: number;
  chosen: number[];
}

interface Table {
  getChildAt(index: number): { toArray(): ArrayLike<number> } | null;
}
export type Sent = { meta: string } & Record<string, unknown>;

/** Decode the message.
 *
 * @throws Error when an array is missing or has another length than the rows ask for.
 */
export function decode(sent: Sent): Source {
  const source = JSON.parse(sent.meta) as Source;
  source.chosen = Array.from(values(sent, "chosen"));
  for (const panel of source.panels) {
    if (panel.problem) continue;
    panel.places = exactly(sent, `places_${panel.pooler}`, source.rows * source.dimensions);
    for (const tint of Object.values(panel.tints)) {
      tint.values = exactly(sent, tint.array, source.rows);
    }
  }
  return source;
}

function exactly(sent: Sent, name: string, length: number): Float32Array {
  const found = values(sent, name);
  if (found.length !== length) {
    throw new Error(`${name} has ${found.length} values; ${length} are needed.`);
  }
  return found;
}

function values(sent: Sent, name: string): Float32Array {
  const given = sent[name];
  if (given instanceof Float32Array) return given;
  const found = (given as Table | undefined)?.getChildAt(0)?.toArray() ?? [];
  return found instanceof Float32Array ? found : Float32Array.from(found);
}
