/** All similarities: pairs above τ in colour, the others faded. */

import { element, surface } from "../../shared/dom";
import { place } from "../data/timeline";
import { lit, type Actions, type Panel, type Scene } from "../scene";

/** Hue of the pairs above τ and of the others, as red, green, blue. */
const ABOVE = [0, 114, 178];
const BELOW = [128, 128, 128];

export class MatrixPanel implements Panel {
  readonly element = element("div", {
    class: "matrix",
    role: "img",
    "aria-label": "Similarity matrix: all pairs of tokens, those above τ in colour",
  });
  private readonly picture = surface("pixels");
  private readonly row = element("div", { class: "cross" });
  private readonly column = element("div", { class: "cross" });
  private readonly tip = element("div", { class: "tip", hidden: "" });
  private scene: Scene | null = null;
  private image: ImageData | null = null;
  private pixels = new Uint32Array(0);
  private above = new Uint32Array(0);
  private below = new Uint32Array(0);
  private shown = 0;

  constructor(private readonly actions: Actions) {
    this.element.append(this.picture.canvas, this.row, this.column, this.tip);
    this.element.addEventListener("pointermove", (event) => this.point(event));
    this.element.addEventListener("pointerleave", () => {
      this.tip.hidden = true;
      actions.hover(-1);
    });
    this.element.addEventListener("dblclick", () => {
      if (this.scene && this.scene.hover >= 0) actions.pin(this.scene.hover);
    });
  }

  build(scene: Scene): void {
    this.scene = scene;
    const { model } = scene;
    const { canvas, context } = this.picture;
    canvas.width = canvas.height = model.size;
    this.image = context.createImageData(model.size, model.size);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.shade(scene);
    const { first, second } = model.timeline;
    for (let edge = 0; edge < first.length; edge++) {
      this.set(first[edge], second[edge], this.below[edge]);
    }
    for (let node = 0; node < model.size; node++) {
      this.pixels[node * model.size + node] = pack(BELOW, 120);
    }
    this.shown = 0;
    this.step(scene);
    this.light(scene);
  }

  /** Only the pairs that τ has passed change their colour. */
  step(scene: Scene): void {
    this.scene = scene;
    if (!this.image) return;
    const { first, second } = scene.model.timeline;
    const joined = scene.edges > this.shown;
    const [from, to] = joined ? [this.shown, scene.edges] : [scene.edges, this.shown];
    const colours = joined ? this.above : this.below;
    for (let edge = from; edge < to; edge++) this.set(first[edge], second[edge], colours[edge]);
    this.shown = scene.edges;
    this.picture.context.putImageData(this.image, 0, 0);
  }

  light(scene: Scene): void {
    this.scene = scene;
    const nodes = lit(scene);
    const size = 100 / scene.model.size;
    const [vertical, horizontal] = nodes.length > 1 ? nodes.slice(-2) : [nodes[0], nodes[0]];
    for (const [band, node, side] of [
      [this.row, horizontal, "top"],
      [this.column, vertical, "left"],
    ] as const) {
      band.hidden = node === undefined;
      if (node === undefined) continue;
      const [across, along] = side === "top" ? ["width", "height"] : ["height", "width"];
      band.style.cssText = `${side}:${node * size}%;${along}:max(2px, ${size}%);${across}:100%`;
    }
  }

  /** Stronger pairs in fuller ink, from the weakest of this text to 1. */
  private shade({ model }: Scene): void {
    const { similarity } = model.timeline;
    const low = similarity.at(-1) ?? 0;
    const span = Math.max(1e-6, 1 - low);
    this.above = new Uint32Array(similarity.length);
    this.below = new Uint32Array(similarity.length);
    for (let edge = 0; edge < similarity.length; edge++) {
      const share = (similarity[edge] - low) / span;
      this.above[edge] = pack(ABOVE, Math.round(110 + 145 * share));
      this.below[edge] = pack(BELOW, Math.round(8 + 70 * share));
    }
  }

  private set(a: number, b: number, colour: number): void {
    const { size } = this.scene!.model;
    this.pixels[a * size + b] = this.pixels[b * size + a] = colour;
  }

  private point(event: PointerEvent): void {
    const { scene } = this;
    if (!scene) return;
    const box = this.element.getBoundingClientRect();
    const { model } = scene;
    const [column, row] = [event.clientX - box.left, event.clientY - box.top].map((value) =>
      Math.min(model.size - 1, Math.max(0, Math.floor((value / box.width) * model.size))),
    );
    this.tip.hidden = false;
    this.tip.textContent =
      row === column
        ? model.labels[row]
        : `${model.labels[row]} · ${model.labels[column]}: ${this.value(row, column)}`;
    this.tip.style.left = `${Math.min(event.clientX - box.left + 12, box.width - 120)}px`;
    this.tip.style.top = `${event.clientY - box.top + 14}px`;
    this.actions.hover(row);
    if (row !== column) {
      const size = 100 / model.size;
      this.column.style.cssText = `left:${column * size}%;width:max(2px, ${size}%);height:100%`;
    }
  }

  private value(row: number, column: number): string {
    const { upper, size } = this.scene!.model;
    const at = row < column ? place(row, column, size) : place(column, row, size);
    return upper[at].toFixed(4);
  }
}

/** Red, green, blue and opacity in the byte order of image data. */
function pack([red, green, blue]: number[], opacity: number): number {
  return ((opacity << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
