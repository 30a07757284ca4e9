/** Where a view stands: in the dashboard, in a notebook, or on a page of its own. */

import type { LayoutName } from "./data/source";
import type { Offers } from "./export/menu";

export interface Host extends Offers {
  /**
   * Tells Python a value that the reader has settled on, with the nonce of the choices that it
   * rests on: the same value after an undo is news, and one from before an undo is void.
   */
  report(name: "tau" | "view", value: unknown): void;
  /** Told when other tokens are pinned, where the host asks for it. */
  pinned?(): void;
}

/** What the reader has chosen. */
export interface State {
  tau: number;
  poolers: string[];
  tint: string;
  layout: LayoutName;
  words: boolean;
  /** Tokens, in the order of pinning. */
  pinned: number[];
}
