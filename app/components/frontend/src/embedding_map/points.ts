/**
 * Draws points into an array of pixels: a hundred thousand of them in a few milliseconds, with a
 * graphics card or without.
 */

import { channels } from "../shared/theme";
import type { Camera } from "./camera";
import type { Source, Tint } from "./source";
import { mask, type Mask } from "./symbols";

const OPACITY = 0.82;
const FADED = 0.12;
/** Colours between the ends of a scale. */
const STEPS = 64;
/** Layers in which the points of a space are drawn, the farthest first. */
const LAYERS = 256;
/** The farthest points of a space stand back. */
const FAR = 0.45;

interface Ink {
  red: number;
  green: number;
  blue: number;
  mask: Mask;
}

/** The looks of a panel's points: one for each class, or for each step of the scale. */
export class Looks {
  private readonly inks: Ink[];
  private readonly none: Ink;

  constructor(
    private readonly tint: Tint,
    source: Source,
    ratio: number,
  ) {
    const diameter = source.size * ratio;
    const masks = new Map<string, Mask>();
    const ink = (colour: string, symbol: string): Ink => {
      if (!masks.has(symbol)) masks.set(symbol, mask(symbol, diameter));
      const [red, green, blue] = channels(colour);
      return { red, green, blue, mask: masks.get(symbol)! };
    };
    const { classes } = tint;
    this.inks = classes.length
      ? classes.map(({ hue, symbol }) => ink(hue, symbol))
      : Array.from({ length: STEPS }, (_, step) =>
          ink(between(source.scale, step / (STEPS - 1)), "circle"),
        );
    this.none = ink(source.unknown, "circle");
  }

  of(row: number): Ink {
    return this.inks[this.number(row)] ?? this.none;
  }

  /** Number of a row's look; −1 where nothing is known of it. */
  private number(row: number): number {
    const { values, classes, low, high } = this.tint;
    const value = values[row];
    if (classes.length) return value;
    if (!Number.isFinite(value)) return -1;
    const share = (value - low) / (high - low);
    return Math.round(Math.max(0, Math.min(1, share)) * (STEPS - 1));
  }
}

/** A colour between a scale's stops, 0 to 1, as rgb(…). */
export function between(stops: string[], share: number): string {
  const place = share * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  const [from, to] = [channels(stops[low]), channels(stops[low + 1])];
  const mixed = from.map((value, channel) => {
    return Math.round(value + (to[channel] - value) * (place - low));
  });
  return `rgb(${mixed.join(", ")})`;
}

export interface Picture {
  pixels: ImageData;
  /** Pixels of the screen for each of the page. */
  ratio: number;
  /** 1 for rows that are shown. */
  shown: Uint8Array;
  /** 1 for chosen rows; null: all look alike. */
  marked: Uint8Array | null;
  looks: Looks;
}

/** Draw all points over what is there. */
export function draw(camera: Camera, picture: Picture): void {
  const { marked, shown } = picture;
  const order = camera.dimensions === 3 ? farthestFirst(camera.depth) : null;
  const n = shown.length;
  // Those that stand out lie above the others.
  for (const pass of marked ? [0, 1] : [0]) {
    for (let at = 0; at < n; at++) {
      const row = order ? order[at] : at;
      if (!shown[row] || (marked && marked[row] !== pass)) continue;
      const near = order ? FAR + ((1 - FAR) * (camera.depth[row] + 1)) / 2 : 1;
      blend(camera.x[row], camera.y[row], picture, row, (marked && !pass ? FADED : OPACITY) * near);
    }
  }
}

function blend(x: number, y: number, picture: Picture, row: number, opacity: number): void {
  const { width, height, data } = picture.pixels;
  const { red, green, blue, mask } = picture.looks.of(row);
  const { side, cover } = mask;
  const left = Math.round(x * picture.ratio - side / 2);
  const top = Math.round(y * picture.ratio - side / 2);
  if (left < -side || top < -side || left > width || top > height) return;
  const weight = (256 * opacity) / 255;
  for (let line = 0, from = 0; line < side; line++, from += side) {
    const down = top + line;
    if (down < 0 || down >= height) continue;
    for (let across = 0; across < side; across++) {
      const right = left + across;
      const share = (cover[from + across] * weight) | 0;
      if (!share || right < 0 || right >= width) continue;
      const at = 4 * (down * width + right);
      data[at] += ((red - data[at]) * share) >> 8;
      data[at + 1] += ((green - data[at + 1]) * share) >> 8;
      data[at + 2] += ((blue - data[at + 2]) * share) >> 8;
    }
  }
}

/** Rows in the order of their depth, by counting: sorting would take longer than drawing. */
export function farthestFirst(depth: Float32Array): Uint32Array {
  const layer = (row: number) =>
    Math.max(0, Math.min(LAYERS - 1, Math.floor(((depth[row] + 1) / 2) * LAYERS)));
  const starts = new Uint32Array(LAYERS + 1);
  for (let row = 0; row < depth.length; row++) starts[layer(row) + 1]++;
  for (let at = 0; at < LAYERS; at++) starts[at + 1] += starts[at];
  const order = new Uint32Array(depth.length);
  for (let row = 0; row < depth.length; row++) order[starts[layer(row)]++] = row;
  return order;
}
