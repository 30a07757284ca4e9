/** What a token graph looks like at every τ, exactly: the graph at τ is a prefix of one list. */

export interface Counts {
  edges: number;
  density: number;
  components: number;
  largest: number;
}

/** Place of the pair i < j in the upper triangle of n tokens, row by row. */
export function place(i: number, j: number, n: number): number {
  return i * n - (i * (i + 1)) / 2 + j - i - 1;
}

export class Timeline {
  readonly n: number;
  /** Ends of the edges, strongest first. */
  readonly first: Uint16Array;
  readonly second: Uint16Array;
  readonly similarity: Float32Array;
  /** Edges that join two components, strongest first: a maximum spanning tree. */
  readonly merges: Uint32Array;
  private readonly largest: Uint32Array;

  /**
   * @param upper n (n − 1) / 2 similarities, row by row; all finite.
   * @param n number of nodes.
   */
  constructor(upper: Float32Array, n: number) {
    this.n = n;
    const order = strongestFirst(upper);
    const total = order.length;
    this.first = new Uint16Array(total);
    this.second = new Uint16Array(total);
    this.similarity = new Float32Array(total);
    const row = new Uint16Array(total);
    const column = new Uint16Array(total);
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++, at++) {
        row[at] = i;
        column[at] = j;
      }
    }
    for (let at = 0; at < total; at++) {
      const pair = order[at];
      this.first[at] = row[pair];
      this.second[at] = column[pair];
      this.similarity[at] = upper[pair];
    }
    [this.merges, this.largest] = this.join();
  }

  /** Number of edges at τ: similarities that exceed it, strictly, in float32. */
  edges(tau: number): number {
    const limit = Math.fround(tau);
    let low = 0;
    let high = this.similarity.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.similarity[middle] > limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(tau: number): Counts {
    const edges = this.edges(tau);
    const joined = this.joined(edges);
    return {
      edges,
      density: this.similarity.length ? edges / this.similarity.length : 0,
      components: this.n - joined,
      largest: joined ? this.largest[joined - 1] : Math.min(1, this.n),
    };
  }

  /** The component of each node when the first so many edges are there, numbered by first node. */
  components(edges: number): Uint16Array {
    const sets = new Sets(this.n);
    for (let at = 0; at < this.joined(edges); at++) {
      sets.join(this.first[this.merges[at]], this.second[this.merges[at]]);
    }
    const number = new Map<number, number>();
    return Uint16Array.from({ length: this.n }, (_, node) => {
      const root = sets.root(node);
      if (!number.has(root)) number.set(root, number.size);
      return number.get(root)!;
    });
  }

  private joined(edges: number): number {
    let low = 0;
    let high = this.merges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.merges[middle] < edges) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private join(): [Uint32Array, Uint32Array] {
    const merges: number[] = [];
    const largest: number[] = [];
    const sets = new Sets(this.n);
    let most = 1;
    for (let at = 0; at < this.first.length && merges.length < this.n - 1; at++) {
      const size = sets.join(this.first[at], this.second[at]);
      if (!size) continue;
      most = Math.max(most, size);
      merges.push(at);
      largest.push(most);
    }
    return [Uint32Array.from(merges), Uint32Array.from(largest)];
  }
}

/** Disjoint sets of nodes. */
class Sets {
  private readonly parent: Uint16Array;
  private readonly size: Uint16Array;

  constructor(n: number) {
    this.parent = Uint16Array.from({ length: n }, (_, i) => i);
    this.size = new Uint16Array(n).fill(1);
  }

  root(node: number): number {
    while (this.parent[node] !== node) {
      this.parent[node] = this.parent[this.parent[node]];
      node = this.parent[node];
    }
    return node;
  }

  /** Size of the joined set, or 0 where both were in one already. */
  join(a: number, b: number): number {
    let [large, small] = [this.root(a), this.root(b)];
    if (large === small) return 0;
    if (this.size[large] < this.size[small]) [large, small] = [small, large];
    this.parent[small] = large;
    this.size[large] += this.size[small];
    return this.size[large];
  }
}

/**
 * Places of the values in falling order; equal ones keep theirs.
 *
 * Value and place are packed into one double, which the engine sorts without calling back: ten
 * times as fast as a comparison in JavaScript.
 */
function strongestFirst(values: Float32Array): Uint32Array {
  // Adding 0 turns −0 into 0: they are one similarity, but two patterns of bits.
  const bits = new Uint32Array(Float32Array.from(values, (value) => value + 0).buffer);
  const shift = 2 ** Math.ceil(Math.log2(Math.max(2, values.length)));
  const packed = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const pattern = bits[at];
    // Patterns of positive floats rise with the value, those of negative ones fall.
    const rank = pattern >>> 31 ? pattern : ~pattern & 0x7fffffff;
    packed[at] = (rank >>> 0) * shift + at;
  }
  packed.sort();
  return Uint32Array.from(packed, (value) => value % shift);
}
