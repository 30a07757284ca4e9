/** What is drawn over the points, or around them. */

import { path } from "./symbols";

type Pixel = [number, number];
type Context = CanvasRenderingContext2D;

/** Half the extent of the reader's own sentence. */
const STAR = 8;

/** Edges of the box around a space. */
export function box(context: Context, edges: [number, number, number, number][], colour: string) {
  context.strokeStyle = colour;
  context.lineWidth = 0.7;
  context.beginPath();
  for (const [ax, ay, bx, by] of edges) {
    context.moveTo(ax, ay);
    context.lineTo(bx, by);
  }
  context.stroke();
}

export function star(context: Context, [x, y]: Pixel, colour: string): void {
  const shape = new Path2D(path("star"));
  context.save();
  context.translate(x, y);
  context.scale(STAR, STAR);
  context.fillStyle = colour;
  context.strokeStyle = "#ffffff";
  context.lineWidth = 0.25;
  context.fill(shape);
  context.stroke(shape);
  context.restore();
}

/** Around the point that is meant. */
export function ring(context: Context, [x, y]: Pixel, radius: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

/** A lasso or a box that is being drawn. */
export function around(context: Context, line: Pixel[], colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.beginPath();
  for (const [x, y] of line) context.lineTo(x, y);
  context.closePath();
  context.stroke();
  context.setLineDash([]);
}
