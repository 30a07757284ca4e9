/** From where a map is seen: which pixel each point falls on. */

/** Room around the points, as a share of the panel. */
const MARGIN = 0.06;
const NEAREST = 200;
/** How far a space's corners may reach: half the diagonal of a cube with edges of 2. */
const REACH = Math.sqrt(3);
const FIRST = { turn: 0.7, tilt: 0.42 };

export interface Size {
  width: number;
  height: number;
}

export class Camera {
  zoom = 1;
  private moved = { x: 0, y: 0 };
  private turned = FIRST.turn;
  private tilted = FIRST.tilt;
  /** Middle and half the extent of each axis. */
  private readonly middle: number[] = [];
  private readonly half: number[] = [];
  /** Pixels of the points; only those of the last `project` count. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** −1 for the farthest corner of a space to 1 for the nearest; 0 in the plane. */
  readonly depth: Float32Array;

  constructor(
    readonly places: Float32Array,
    readonly dimensions: 2 | 3,
  ) {
    const n = places.length / dimensions;
    this.x = new Float32Array(n);
    this.y = new Float32Array(n);
    this.depth = new Float32Array(n);
    for (let axis = 0; axis < dimensions; axis++) {
      let [low, high] = [Infinity, -Infinity];
      for (let at = axis; at < places.length; at += dimensions) {
        low = Math.min(low, places[at]);
        high = Math.max(high, places[at]);
      }
      this.middle.push((low + high) / 2);
      // All points at one place, or none, still have a middle.
      this.half.push(high > low ? (high - low) / 2 : 1);
    }
  }

  /** Fill `x`, `y` and `depth`. */
  project(size: Size): void {
    const { places, dimensions, x, y, depth } = this;
    const { xs, ys, zs, left, top } = this.matrix(size);
    if (dimensions === 2) {
      for (let row = 0, at = 0; row < x.length; row++, at += 2) {
        x[row] = left + xs[0] * places[at];
        y[row] = top + ys[1] * places[at + 1];
      }
      return;
    }
    for (let row = 0, at = 0; row < x.length; row++, at += 3) {
      const [a, b, c] = [places[at], places[at + 1], places[at + 2]];
      x[row] = left + xs[0] * a + xs[1] * b + xs[2] * c;
      y[row] = top + ys[0] * a + ys[1] * b + ys[2] * c;
      depth[row] = zs[0] * a + zs[1] * b + zs[2] * c + zs[3];
    }
  }

  /** Pixel of one place. */
  pixel(place: ArrayLike<number>, size: Size): [number, number] {
    const { xs, ys, left, top } = this.matrix(size);
    let [x, y] = [left, top];
    for (let axis = 0; axis < this.dimensions; axis++) {
      x += xs[axis] * place[axis];
      y += ys[axis] * place[axis];
    }
    return [x, y];
  }

  /** Edges of the box around a space, as pairs of pixels. */
  box(size: Size): [number, number, number, number][] {
    const corner = (number: number) =>
      this.middle.map((middle, axis) => middle + (number & (1 << axis) ? 1 : -1) * this.half[axis]);
    const edges: [number, number, number, number][] = [];
    for (let from = 0; from < 8; from++) {
      for (const bit of [1, 2, 4]) {
        if (from & bit) continue;
        edges.push([...this.pixel(corner(from), size), ...this.pixel(corner(from | bit), size)]);
      }
    }
    return edges;
  }

  move(x: number, y: number): void {
    this.moved.x += x;
    this.moved.y += y;
  }

  /** By radians: around the upright axis, and towards or away from the reader. */
  turn(around: number, over: number): void {
    this.turned += around;
    this.tilted = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, this.tilted + over));
  }

  /** Make larger by a factor; what lies at this pixel stays there. */
  scale(factor: number, x: number, y: number, size: Size): void {
    const zoom = Math.max(0.5, Math.min(NEAREST, this.zoom * factor));
    const ratio = zoom / this.zoom;
    this.moved.x = (this.moved.x + size.width / 2 - x) * ratio + x - size.width / 2;
    this.moved.y = (this.moved.y + size.height / 2 - y) * ratio + y - size.height / 2;
    this.zoom = zoom;
  }

  reset(): void {
    this.zoom = 1;
    this.moved = { x: 0, y: 0 };
    this.turned = FIRST.turn;
    this.tilted = FIRST.tilt;
  }

  /** A pixel is a row of these times a place: `left + xs · place`, `top + ys · place`. */
  private matrix({ width, height }: Size) {
    const { zoom, moved, middle, half } = this;
    const unit = [0, 1, 2].map((axis) => (axis < this.dimensions ? 1 / half[axis] : 0));
    const room = 1 - 2 * MARGIN;
    let xs: number[];
    let ys: number[];
    let zs = [0, 0, 0];
    if (this.dimensions === 2) {
      xs = [((width * room) / 2) * zoom, 0, 0];
      ys = [0, ((-height * room) / 2) * zoom, 0];
    } else {
      const reach = ((Math.min(width, height) * room) / 2 / REACH) * 1.25 * zoom;
      const [cosine, sine] = [Math.cos(this.turned), Math.sin(this.turned)];
      const [up, over] = [Math.cos(this.tilted), Math.sin(this.tilted)];
      xs = [reach * cosine, reach * -sine, 0];
      ys = [reach * over * -sine, reach * over * -cosine, reach * -up];
      zs = [(-sine * up) / REACH, (-cosine * up) / REACH, over / REACH];
    }
    const scaled = (row: number[]) => row.map((value, axis) => value * unit[axis]);
    const [x, y, z] = [scaled(xs), scaled(ys), scaled(zs)];
    const shift = (row: number[]) =>
      middle.reduce((sum, value, axis) => sum + row[axis] * value, 0);
    return {
      xs: x,
      ys: y,
      zs: [...z, -shift(z)],
      left: width / 2 + moved.x - shift(x),
      top: height / 2 + moved.y - shift(y),
    };
  }
}
