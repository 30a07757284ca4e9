/** Shapes of points: as paths for pictures, as masks of pixels for the screen. */

/** Around the middle, with a radius of about 1. */
const PATHS: Record<string, string> = {
  circle: "M1,0A1,1 0 1,1 -1,0A1,1 0 1,1 1,0Z",
  diamond: "M0,-1.25L1.25,0L0,1.25L-1.25,0Z",
  square: "M-0.9,-0.9H0.9V0.9H-0.9Z",
  "triangle-up": "M0,-1.2L1.15,0.9H-1.15Z",
  cross: "M-0.4,-1.2H0.4V-0.4H1.2V0.4H0.4V1.2H-0.4V0.4H-1.2V-0.4H-0.4Z",
  star: "M0,-1.4L0.41,-0.57L1.33,-0.43L0.67,0.22L0.82,1.13L0,0.7L-0.82,1.13L-0.67,0.22L-1.33,-0.43L-0.41,-0.57Z",
};

export function path(symbol: string): string {
  return PATHS[symbol] ?? PATHS.circle;
}

/** How much of each pixel of a square a symbol covers, 0 to 255. */
export interface Mask {
  side: number;
  cover: Uint8Array;
}

/** @param diameter in pixels of the screen */
export function mask(symbol: string, diameter: number): Mask {
  const side = Math.max(1, Math.ceil(diameter * 1.4));
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.translate(side / 2, side / 2);
  context.scale(diameter / 2, diameter / 2);
  context.fill(new Path2D(path(symbol)));
  const { data } = context.getImageData(0, 0, side, side);
  return { side, cover: Uint8Array.from({ length: side * side }, (_, at) => data[4 * at + 3]) };
}
