/** A panel as a vector picture. */

import type { Theme } from "../shared/theme";
import { escaped } from "../shared/xml";
import type { Camera, Size } from "./camera";
import { farthestFirst, between } from "./points";
import type { MapPanel, Source, Tint } from "./source";
import { path } from "./symbols";

/** Beyond it the picture would be larger than programs can open. */
export const MOST_POINTS = 20_000;
const [HEAD, LINE] = [34, 22];

export interface Seen {
  source: Source;
  panel: MapPanel;
  tint: Tint;
  camera: Camera;
  size: Size;
  shown: Uint8Array;
  chosen: Set<number>;
  theme: Theme;
}

export function svg({ source, panel, tint, camera, size, shown, chosen, theme }: Seen): string {
  const legend = entries(source, tint, panel.star !== null);
  const height = size.height + HEAD + LINE * legend.length + 8;
  camera.project(size);
  const order = camera.dimensions === 3 ? farthestFirst(camera.depth) : shown.keys();
  const rows = [...order].filter((row) => shown[row]);
  const points = rows.map((row) => {
    const { hue, symbol } = look(source, tint, row);
    const opacity = !chosen.size || chosen.has(row) ? 0.82 : 0.12;
    return shape(symbol, camera.x[row], camera.y[row], source.size / 2, hue, opacity);
  });
  const star = panel.star ? camera.pixel(panel.star, size) : null;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${height}" viewBox="0 0 ${size.width} ${height}" font-family="sans-serif" font-size="13" fill="${theme.text}">`,
    `<title>${escaped(tint.alt)}</title>`,
    `<rect width="100%" height="100%" fill="${theme.background}"/>`,
    `<circle cx="14" cy="17" r="6" fill="${panel.hue}"/><text x="26" y="22" font-size="15">${escaped(panel.title)}</text>`,
    `<svg y="${HEAD}" width="${size.width}" height="${size.height}">`,
    ...points,
    star ? shape("star", star[0], star[1], 8, source.star.hue, 1) : "",
    "</svg>",
    ...legend.map(({ name, hue, symbol }, line) => {
      const y = HEAD + size.height + LINE * line + 16;
      return `${shape(symbol, 14, y - 4, 5, hue, 1)}<text x="26" y="${y}">${escaped(name)}</text>`;
    }),
    "</svg>",
  ].join("\n");
}

interface Entry {
  name: string;
  hue: string;
  symbol: string;
}

function entries({ scale, star }: Source, tint: Tint, placed: boolean): Entry[] {
  const ends = [tint.low, tint.high].map((value, at) => ({
    name: `${tint.title} ${Number(value.toPrecision(4))}`,
    hue: scale.at(-at)!,
    symbol: "circle",
  }));
  const own = placed ? [{ name: "your sentence", hue: star.hue, symbol: "star" }] : [];
  return [...(tint.classes.length ? tint.classes : ends), ...own];
}

function look({ scale, unknown }: Source, tint: Tint, row: number): Entry {
  const none = { name: "", hue: unknown, symbol: "circle" };
  const value = tint.values[row];
  if (tint.classes.length) return tint.classes[value] ?? none;
  if (!Number.isFinite(value)) return none;
  const share = (value - tint.low) / (tint.high - tint.low);
  return { ...none, hue: between(scale, Math.max(0, Math.min(1, share))) };
}

function shape(symbol: string, x: number, y: number, radius: number, hue: string, opacity: number) {
  return `<path transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${radius})" d="${path(symbol)}" fill="${hue}" fill-opacity="${opacity}"/>`;
}
