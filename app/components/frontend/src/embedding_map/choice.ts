/** Which points a hand meant. */

import type { Camera } from "./camera";

/** Pixels around a point that still mean it. */
const REACH = 14;

/** The point nearest to a pixel, −1 where none is near; of two alike the one in front. */
export function nearest(
  camera: Camera,
  shown: Uint8Array,
  x: number,
  y: number,
  reach = REACH,
): number {
  let [found, least] = [-1, reach * reach];
  for (let row = 0; row < shown.length; row++) {
    if (!shown[row]) continue;
    const [across, down] = [camera.x[row] - x, camera.y[row] - y];
    const distance = across * across + down * down - camera.depth[row];
    if (distance < least) [found, least] = [row, distance];
  }
  return found;
}

/** The point that lies next in a direction: near along it, and not far beside it. */
export function next(
  camera: Camera,
  shown: Uint8Array,
  from: number,
  across: number,
  down: number,
): number {
  let [found, least] = [from, Infinity];
  for (let row = 0; row < shown.length; row++) {
    if (!shown[row] || row === from) continue;
    const [x, y] = [camera.x[row] - camera.x[from], camera.y[row] - camera.y[from]];
    const along = x * across + y * down;
    if (along <= 0.5) continue;
    const cost = along + 2 * Math.abs(x * down - y * across);
    if (cost < least) [found, least] = [row, cost];
  }
  return found;
}

/** Points inside a line that is drawn around them. */
export function inside(camera: Camera, shown: Uint8Array, line: [number, number][]): number[] {
  const rows: number[] = [];
  for (let row = 0; row < shown.length; row++) {
    if (shown[row] && encloses(line, camera.x[row], camera.y[row])) rows.push(row);
  }
  return rows;
}

/** Whether a ray from the pixel crosses the line an odd number of times. */
function encloses(line: [number, number][], x: number, y: number): boolean {
  let odd = false;
  for (let at = 0, before = line.length - 1; at < line.length; before = at++) {
    const [ax, ay] = line[at];
    const [bx, by] = line[before];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}
