/** The page's colours, read from Streamlit's theme variables so that canvases follow them. */

export interface Theme {
  text: string;
  faint: string;
  background: string;
  accent: string;
  font: string;
  dark: boolean;
}

export function readTheme(host: Element): Theme {
  const style = getComputedStyle(host);
  const value = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  const background = value("--st-background-color", "#ffffff");
  return {
    text: value("--st-text-color", "#31333f"),
    faint: "rgba(128, 128, 128, 0.55)",
    background,
    accent: "#d55e00",
    font: value("--st-font", "sans-serif"),
    dark: luminance(background) < 0.4,
  };
}

/** 0 for black, 1 for white. */
export function luminance(colour: string): number {
  const [red, green, blue] = channels(colour);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}

/** Red, green and blue of #rrggbb or rgb(…). */
export function channels(colour: string): [number, number, number] {
  const hex = /^#([0-9a-f]{6})/i.exec(colour);
  if (hex) {
    const value = parseInt(hex[1], 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  }
  const parts = colour.match(/[\d.]+/g)?.map(Number) ?? [];
  return [parts[0] ?? 255, parts[1] ?? 255, parts[2] ?? 255];
}

export function rgba(colour: string, opacity: number): string {
  return `rgba(${channels(colour).join(", ")}, ${opacity.toFixed(3)})`;
}
