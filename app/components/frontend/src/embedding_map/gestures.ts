/** What a hand and the keyboard do on a panel. */

import type { Drag } from "./source";

export interface Gestures {
  hover(x: number, y: number): void;
  leave(): void;
  click(x: number, y: number, more: boolean): void;
  /** A drag by so many pixels; `other`: with Shift. */
  drag(x: number, y: number, other: boolean): void;
  /** The line drawn so far; `done`: it is closed. */
  surround(line: [number, number][], done: boolean, more: boolean): void;
  scale(factor: number, x: number, y: number): void;
  /** An arrow key, with Shift or without. */
  arrow(across: number, down: number, other: boolean): void;
  key(key: string): void;
}

/** A shorter drag is a click with an unsteady hand. */
const LEAST = 4;
export const LARGER = 1.25;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const KEYS = ["Enter", "Escape", "+", "=", "-", "0"];

/** Places are told in pixels from the canvas's corner. */
export function listen(canvas: HTMLElement, mode: () => Drag, gestures: Gestures): void {
  let from: { x: number; y: number; begun: boolean; line: [number, number][] } | null = null;
  const local = (event: MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const line = (x: number, y: number): [number, number][] => {
    const [[left, top]] = from!.line;
    return mode() === "select"
      ? [[left, top], [x, top], [x, y], [left, y]]
      : from!.line;
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { x, y } = local(event);
    from = { x, y, begun: false, line: [[x, y]] };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const { x, y } = local(event);
    if (!from) {
      gestures.hover(x, y);
      return;
    }
    from.begun ||= Math.hypot(x - from.line[0][0], y - from.line[0][1]) >= LEAST;
    if (!from.begun) return;
    if (mode() === "pan") {
      gestures.drag(x - from.x, y - from.y, event.shiftKey);
      [from.x, from.y] = [x, y];
    } else {
      from.line.push([x, y]);
      gestures.surround(line(x, y), false, event.shiftKey);
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!from) return;
    const { x, y } = local(event);
    if (!from.begun) gestures.click(x, y, event.shiftKey || event.ctrlKey || event.metaKey);
    else if (mode() !== "pan") gestures.surround(line(x, y), true, event.shiftKey);
    from = null;
  });
  canvas.addEventListener("pointercancel", () => {
    if (from?.begun && mode() !== "pan") gestures.surround([], false, false);
    from = null;
  });
  canvas.addEventListener("pointerleave", () => {
    if (!from) gestures.leave();
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      // Without Ctrl the wheel scrolls the page, as everywhere.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, y } = local(event);
      gestures.scale(event.deltaY < 0 ? LARGER : 1 / LARGER, x, y);
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow && !KEYS.includes(event.key)) return;
    // The browser's own zoom keeps its keys.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (arrow) gestures.arrow(...arrow, event.shiftKey);
    else gestures.key(event.key);
  });
}
