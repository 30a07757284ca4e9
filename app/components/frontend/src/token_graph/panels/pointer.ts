/** What a hand does on the graph: point, pin, draw a frame, move, make larger. */

import { element } from "../../shared/dom";

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Gestures {
  hover(x: number, y: number): void;
  leave(): void;
  open(x: number, y: number): void;
  frame(frame: Frame): void;
  move(x: number, y: number): void;
  scale(direction: number): void;
}

/** A smaller frame is a click with an unsteady hand. */
const LEAST = 4;

/** Places are told in pixels from the root's corner. */
export function listen(root: HTMLElement, gestures: Gestures): void {
  const brush = element("div", { class: "brush", hidden: "" });
  root.append(brush);
  let from: { x: number; y: number; moving: boolean } | null = null;
  const local = (event: MouseEvent) => {
    const box = root.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const stop = () => {
    from = null;
    brush.hidden = true;
  };

  root.addEventListener("pointerdown", (event) => {
    // A finger scrolls the page.
    if (event.button !== 0 || event.pointerType === "touch") return;
    from = { ...local(event), moving: event.shiftKey };
    root.setPointerCapture(event.pointerId);
  });
  root.addEventListener("pointermove", (event) => {
    const { x, y } = local(event);
    if (!from) {
      gestures.hover(x, y);
    } else if (from.moving) {
      gestures.move(x - from.x, y - from.y);
      from = { x, y, moving: true };
    } else {
      const frame = between(from, { x, y });
      brush.hidden = tiny(frame);
      for (const side of ["left", "top", "width", "height"] as const) {
        brush.style[side] = `${frame[side]}px`;
      }
    }
  });
  root.addEventListener("pointerup", (event) => {
    if (from && !from.moving) {
      const frame = between(from, local(event));
      if (!tiny(frame)) gestures.frame(frame);
    }
    stop();
  });
  root.addEventListener("pointercancel", stop);
  root.addEventListener("pointerleave", () => {
    if (!from) gestures.leave();
  });
  root.addEventListener("dblclick", (event) => {
    const { x, y } = local(event);
    gestures.open(x, y);
  });
  root.addEventListener(
    "wheel",
    (event) => {
      // Without Ctrl the wheel scrolls the page, as everywhere.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      gestures.scale(event.deltaY < 0 ? 1 : -1);
    },
    { passive: false },
  );
}

function between(a: { x: number; y: number }, b: { x: number; y: number }): Frame {
  return {
    left: Math.min(a.x, b.x),
    top: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}

function tiny({ width, height }: Frame): boolean {
  return width < LEAST && height < LEAST;
}
