/** Giving the reader a file. */

import { element } from "./dom";

/** Pixels of a PNG for each unit of the drawing. */
const SHARPNESS = 2;

export function download(blob: Blob, filename: string): void {
  const url = URL.createObjectURL(blob);
  const link = element("a", { href: url, download: filename });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Draws an SVG as a PNG.
 *
 * @throws Error when this browser cannot.
 */
export async function pngOf(svg: string): Promise<Blob> {
  const source = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = element("canvas");
    canvas.width = image.naturalWidth * SHARPNESS;
    canvas.height = image.naturalHeight * SHARPNESS;
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await blobOf(canvas);
  } finally {
    URL.revokeObjectURL(source);
  }
}

/** A canvas as a PNG. */
export function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("the canvas gave no picture"))));
  });
}
