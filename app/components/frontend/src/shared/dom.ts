/** Small helpers for building the page. Text only ever goes in as text. */

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  children: (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(text: string, onClick: () => void, attributes = {}): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, [text]);
  made.addEventListener("click", onClick);
  return made;
}

export interface Surface {
  canvas: HTMLCanvasElement;
  context: CanvasRenderingContext2D;
}

export function surface(className: string): Surface {
  const canvas = element("canvas", { class: className, "aria-hidden": "true" });
  return { canvas, context: canvas.getContext("2d")! };
}

/** Sharper than this, snapshots of the edges would fill memory and nobody would see it. */
const MAX_RATIO = 2;

/** Gives a canvas the size of its place on the page, at the screen's resolution, and clears it. */
export function fit({ canvas, context }: Surface, width: number, height: number): void {
  const ratio = pixelRatio();
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

export function pixelRatio(): number {
  return Math.min(MAX_RATIO, globalThis.devicePixelRatio || 1);
}

export function clear({ canvas, context }: Surface): void {
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.restore();
}

/** Long tokens are shortened where room is short; lists and tips show them whole. */
export function short(text: string, most = 18): string {
  const letters = Array.from(text);
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

/** A token as people read it: blank and invisible ones get a name. */
export function visible(text: string): string {
  if (/\S/u.test(text) && !/^[\p{Cf}\p{Cc}\p{Mn}]+$/u.test(text)) return text;
  const codes = Array.from(text, (c) => `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`);
  return codes.length ? codes.slice(0, 3).join(" ") : "(empty)";
}
