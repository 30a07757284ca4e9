/** What a head makes of the text, in words. */

import type { PoolerTable, Source } from "../data/source";

export function predicted(source: Source, pooler: PoolerTable, row: number): string {
  if (pooler.predictions) {
    const shares = pooler.predictions[pooler.predictions.length === 1 ? 0 : row];
    let best = 0;
    shares.forEach((share, label) => {
      if (share > shares[best]) best = label;
    });
    return `${source.labels[best]} ${percent(shares[best])}`;
  }
  if (pooler.values) return pooler.values[pooler.values.length === 1 ? 0 : row].toFixed(3);
  return pooler.rows ? "no trained head" : "";
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
