/**
 * Draws the first so many edges on a canvas, fast enough for every frame of a drag.
 *
 * Pictures of some prefixes of the edge list are kept. A frame is the nearest smaller picture, or
 * what the canvas shows already, and the few edges that come after it.
 */

import { clear, type Surface } from "../../shared/dom";
import type { Timeline } from "../data/timeline";

/** Memory that all pictures together may take. */
const MEMORY = 64 * 2 ** 20;
/** Fewer edges than this are drawn without pictures. */
const FEW = 3000;
/** Lines in one stroke: longer paths are slower to fill. */
const CHUNK = 400;

interface Ink {
  /** Up to this rank among the edges. */
  until: number;
  opacity: number;
  width: number;
}
/** Strong edges come first and in full ink; many weak ones would hide them and the tokens. */
export const INKS: Ink[] = [
  { until: 150, opacity: 0.75, width: 1.8 },
  { until: 600, opacity: 0.5, width: 1.3 },
  { until: 2500, opacity: 0.3, width: 0.9 },
  { until: 10_000, opacity: 0.14, width: 0.7 },
  { until: 40_000, opacity: 0.07, width: 0.6 },
  { until: Infinity, opacity: 0.035, width: 0.6 },
];

export type Path = Pick<CanvasRenderingContext2D, "moveTo" | "lineTo" | "quadraticCurveTo">;

/** Adds one edge to a path, from and to places on the screen. */
export function trace(path: Path, places: Float32Array, a: number, b: number, arcs: boolean): void {
  const [x, y, u, v] = [places[2 * a], places[2 * a + 1], places[2 * b], places[2 * b + 1]];
  path.moveTo(x, y);
  if (arcs) path.quadraticCurveTo((x + u) / 2, y - 0.9 * Math.abs(u - x), u, v);
  else path.lineTo(u, v);
}

export class EdgePainter {
  private shown = 0;
  private pictures: { count: number; canvas: HTMLCanvasElement }[] = [];
  private building = 0;
  private timeline: Timeline | null = null;
  private places: Float32Array = new Float32Array(0);
  private arcs = false;

  constructor(private readonly target: Surface) {}

  /**
   * New places on the screen: forget all pictures and draw.
   *
   * @param stops numbers of edges at the grid's τ, rising: pictures are kept of these alone, so
   *     that where τ moves most edges a step is one copy.
   */
  reset(
    timeline: Timeline,
    places: Float32Array,
    arcs: boolean,
    edges: number,
    stops: number[],
  ): void {
    this.forget();
    this.timeline = timeline;
    this.places = places;
    this.arcs = arcs;
    this.shown = 0;
    clear(this.target);
    this.draw(edges);
    if (timeline.first.length > FEW) this.buildLater(stops);
  }

  draw(edges: number): void {
    if (!this.timeline || edges === this.shown) return;
    const near = this.nearest(edges);
    const from = near?.count ?? 0;
    // The canvas as it is serves best when it lies below, and nearer than any picture.
    if (edges < this.shown || from > this.shown) {
      const { context, canvas } = this.target;
      clear(this.target);
      if (near) {
        context.save();
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.drawImage(near.canvas, 0, 0, canvas.width, canvas.height);
        context.restore();
      }
      this.shown = from;
    }
    this.stroke(this.target.context, this.shown, edges);
    this.shown = edges;
  }

  /** Frees the pictures' memory now, not when the collector comes by. */
  forget(): void {
    clearTimeout(this.building);
    for (const { canvas } of this.pictures) canvas.width = canvas.height = 0;
    this.pictures = [];
  }

  stroke(context: CanvasRenderingContext2D, from: number, to: number): void {
    const { first, second } = this.timeline!;
    let at = from;
    for (const ink of INKS) {
      const end = Math.min(to, ink.until);
      if (at >= end) continue;
      context.strokeStyle = `rgba(128, 128, 128, ${ink.opacity})`;
      context.lineWidth = ink.width;
      while (at < end) {
        context.beginPath();
        for (const stop = Math.min(end, at + CHUNK); at < stop; at++) {
          trace(context, this.places, first[at], second[at], this.arcs);
        }
        context.stroke();
      }
    }
  }

  private nearest(edges: number): { count: number; canvas: HTMLCanvasElement } | null {
    let best = null;
    for (const picture of this.pictures) if (picture.count <= edges) best = picture;
    return best;
  }

  /** One picture after another, each in a turn of its own, so that the page stays responsive. */
  private buildLater(stops: number[]): void {
    const { width, height } = this.target.canvas;
    const chosen = spread(stops, Math.max(2, Math.floor(MEMORY / (4 * width * height))));
    const next = () => {
      const count = chosen[this.pictures.length];
      if (count === undefined) return;
      const last = this.pictures.at(-1);
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width, height];
      // Pictures are copied, never scaled: they are best kept in main memory.
      const context = canvas.getContext("2d", { willReadFrequently: true })!;
      if (last) context.drawImage(last.canvas, 0, 0);
      context.setTransform(this.target.context.getTransform());
      this.stroke(context, last?.count ?? 0, count);
      this.pictures.push({ count, canvas });
      this.building = window.setTimeout(next, 4);
    };
    this.building = window.setTimeout(next, 60);
  }
}

/** At most so many of the stops, none nearer to the one before than the edges' even share. */
export function spread(stops: number[], most: number): number[] {
  const share = (stops.at(-1) ?? 0) / most;
  const chosen: number[] = [];
  for (const stop of stops) if (stop - (chosen.at(-1) ?? 0) >= Math.max(1, share)) chosen.push(stop);
  return chosen;
}
