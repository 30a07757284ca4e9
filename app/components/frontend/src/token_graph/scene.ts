/** What every panel draws from: one text, one τ, the reader's choices. */

import type { Model } from "./data/model";
import type { Connection } from "./data/paths";
import type { LayoutName, PoolerTable, Source } from "./data/source";
import type { Counts } from "./data/timeline";
import type { Theme } from "../shared/theme";

export interface Scene {
  source: Source;
  /** The tokens alone, whatever is drawn: its counts are the library's. */
  tokens: Model;
  model: Model;
  row: number;
  tau: number;
  counts: Counts;
  /** Number of edges of the drawn model at τ. */
  edges: number;
  layout: LayoutName;
  words: boolean;
  /** x and y of each node in turn, in [−1, 1]. */
  places: Float32Array;
  poolers: PoolerTable[];
  tint: PoolerTable | null;
  /** Node under the pointer or the keyboard's focus; −1 for none. */
  hover: number;
  /** Nodes that the reader has fixed, in the order of fixing. */
  pins: number[];
  /** Tokens that the view is restricted to; empty for all. */
  chosen: ReadonlySet<number>;
  /** How the last two pinned nodes are connected; null where fewer are pinned. */
  link: Connection | null;
  theme: Theme;
}

/** What panels ask for when the reader touches them. */
export interface Actions {
  hover(node: number): void;
  pin(node: number): void;
  choose(nodes: number[]): void;
  showAll(): void;
}

export interface Panel {
  readonly element: HTMLElement;
  /** Text, layout, poolers, size or theme changed: draw everything. */
  build(scene: Scene): void;
  /** τ moved: draw what follows it. Runs in every frame of a drag. */
  step(scene: Scene): void;
  /** Another token is lit or pinned. */
  light(scene: Scene): void;
}

/** The nodes to light: the one under the pointer, else the pinned ones. */
export function lit(scene: Scene): number[] {
  return scene.hover >= 0 ? [scene.hover] : scene.pins;
}
