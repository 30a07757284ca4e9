/** One pooler's map: its drawing, its legend, and what its vectors are worth. */

import { button, clear, element, fit, pixelRatio, surface } from "../shared/dom";
import { blobOf, download } from "../shared/save";
import { channels, type Theme } from "../shared/theme";
import { Camera, type Size } from "./camera";
import { inside, nearest, next } from "./choice";
import { LARGER, listen } from "./gestures";
import { Legend } from "./legend";
import { around, box, ring, star } from "./overlay";
import { draw, Looks } from "./points";
import type { Drag, MapPanel, Source, Tint } from "./source";
import { MOST_POINTS, svg } from "./svg";
import { describe, Tip, told } from "./words";

/** What a panel asks of all of them. */
export interface Together {
  hover(row: number): void;
  /** Rows become the chosen ones; `more`: they join them, and one that was chosen leaves them. */
  choose(rows: number[], more: boolean): void;
  /** Classes of this name are shown again, or no longer. */
  toggle(name: string): void;
  readonly hidden: ReadonlySet<string>;
  readonly chosen: ReadonlySet<number>;
  readonly hovered: number;
  readonly colour: string;
  readonly drag: Drag;
}

/** Radians that the width of a panel turns a space by, and pixels of an arrow key. */
const [WHOLE_TURN, STEP] = [Math.PI, 30];

export class Panel {
  readonly element = element("section", { class: "panel" });
  private readonly head = element("h2");
  private readonly base = surface("layer");
  private readonly over = surface("layer top");
  private readonly tip = new Tip();
  private readonly stage = element("div", { class: "stage" }, [
    this.base.canvas,
    this.over.canvas,
    this.tip.element,
  ]);
  private readonly legend: Legend;
  private readonly told = element("div", { class: "told" });
  private readonly files = element("div", { class: "files" });
  private source: Source | null = null;
  private panel: MapPanel | null = null;
  private map = "";
  private said = "";
  private camera: Camera | null = null;
  private looks: Looks | null = null;
  private theme!: Theme;
  private shown = new Uint8Array(0);
  private line: [number, number][] = [];
  private frame = 0;

  constructor(private readonly together: Together) {
    const canvas = this.over.canvas;
    canvas.removeAttribute("aria-hidden");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    this.legend = new Legend((name) => together.toggle(name));
    listen(canvas, () => together.drag, {
      hover: (x, y) => together.hover(this.at(x, y)),
      leave: () => together.hover(-1),
      click: (x, y, more) => this.take([this.at(x, y)], more),
      drag: (x, y, other) => this.drag(x, y, other),
      surround: (line, done, more) => this.surround(line, done, more),
      scale: (factor, x, y) => this.scale(factor, x, y),
      arrow: (across, down, other) => this.arrow(across, down, other),
      key: (key) => this.key(key),
    });
    const zoom = (label: string, sign: string, factor: number) =>
      button(sign, () => this.scale(factor, this.size.width / 2, this.size.height / 2), {
        "aria-label": label,
        title: label,
      });
    this.files.append(
      zoom("Larger", "+", LARGER),
      zoom("Smaller", "−", 1 / LARGER),
      button("Whole map", () => this.whole()),
      button("PNG", () => void this.png()),
      button("SVG", () => this.vector(), { class: "vector" }),
    );
    const under = element("div", { class: "under" }, [this.legend.element, this.files]);
    this.element.append(this.head, this.stage, under, this.told);
  }

  /** Another picture; the same map is seen from where it was seen. */
  show(source: Source, panel: MapPanel, theme: Theme): void {
    this.source = source;
    this.panel = panel;
    this.theme = theme;
    const mark = element("span", { class: "mark" });
    mark.style.background = panel.hue;
    this.head.replaceChildren(mark, panel.title);
    this.stage.hidden = this.files.hidden = this.legend.element.hidden = !!panel.problem;
    if (panel.problem) {
      this.say(panel, this.tint);
      this.camera = null;
      return;
    }
    if (this.map !== source.map || !this.camera) this.camera = new Camera(panel.places, source.dimensions);
    this.map = source.map;
    this.files.querySelector<HTMLElement>(".vector")!.hidden = source.rows > MOST_POINTS;
    this.steer();
    this.paint();
  }

  /** What a drag does has changed. */
  steer(): void {
    this.over.canvas.classList.toggle("draws", this.together.drag !== "pan");
  }

  /** Colours have changed. */
  paint(): void {
    const { source, panel, tint } = this;
    if (!source || !panel || !this.camera) return;
    this.over.canvas.setAttribute("aria-label", tint.alt);
    this.say(panel, tint);
    this.legend.show(source, tint, panel.star !== null);
    this.filter();
    this.build();
  }

  /** What is said already stays, and what was opened of it. */
  private say(panel: MapPanel, tint: Tint): void {
    const { problem, measures, notes } = panel;
    const words = JSON.stringify([problem, measures, notes, tint.note]);
    if (words === this.said) return;
    this.said = words;
    this.told.replaceChildren(...told(panel, tint));
  }

  private get tint(): Tint {
    return this.panel!.tints[this.together.colour];
  }

  /** Which classes are shown has changed. */
  filter(): void {
    const { source } = this;
    if (!source || !this.camera) return;
    const { hidden } = this.together;
    const { classes, values } = this.tint;
    this.shown = new Uint8Array(source.rows).fill(1);
    this.legend.mark(hidden);
    if (!hidden.size || !classes.length) return;
    const out = classes.map(({ name }) => hidden.has(name));
    for (let row = 0; row < source.rows; row++) if (out[values[row]]) this.shown[row] = 0;
  }

  /** The place on the page has another size, or colours have changed. */
  build(): void {
    if (!this.camera || !this.stage.clientWidth) return;
    const { width, height } = this.size;
    fit(this.base, width, height);
    fit(this.over, width, height);
    this.looks = new Looks(this.tint, this.source!, pixelRatio());
    this.draw();
  }

  /** Soon: several moves between two frames are one picture. */
  again(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
  }

  private get size(): Size {
    return { width: this.stage.clientWidth, height: this.stage.clientHeight };
  }

  private draw(): void {
    const { camera, looks, source } = this;
    if (!camera || !looks || !source) return;
    const { canvas, context } = this.base;
    const pixels = context.createImageData(canvas.width, canvas.height);
    const [red, green, blue] = channels(this.theme.background);
    // One write a pixel: red is the lowest byte, and nothing shines through.
    new Uint32Array(pixels.data.buffer).fill(((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0);
    camera.project(this.size);
    const { chosen } = this.together;
    const marked = chosen.size ? new Uint8Array(source.rows) : null;
    if (marked) for (const row of chosen) marked[row] = 1;
    draw(camera, { pixels, ratio: pixelRatio(), shown: this.shown, marked, looks });
    context.putImageData(pixels, 0, 0);
    if (source.dimensions === 3) box(context, camera.box(this.size), this.theme.faint);
    this.light();
  }

  /** What lies above the points: the reader's sentence, the row that is pointed at, a lasso. */
  light(): void {
    const { camera, panel, source } = this;
    if (!camera || !panel || !source) return;
    const { context } = this.over;
    clear(this.over);
    if (panel.star) star(context, camera.pixel(panel.star, this.size), source.star.hue);
    const row = this.together.hovered;
    const lit = row >= 0 && this.shown[row] === 1;
    const place: [number, number] = lit ? [camera.x[row], camera.y[row]] : [0, 0];
    if (lit) ring(context, place, source.size / 2 + 4, this.theme.text);
    if (this.line.length > 1) around(context, this.line, this.theme.text);
    // The text stands in the panel where its point is meant.
    const here = lit && (this.stage.matches(":hover") || this.focused());
    this.tip.show(here ? describe(source, this.tint, row) : null, place, this.size);
  }

  private focused(): boolean {
    return (this.element.getRootNode() as ShadowRoot).activeElement === this.over.canvas;
  }

  private at(x: number, y: number): number {
    return this.camera ? nearest(this.camera, this.shown, x, y) : -1;
  }

  private take(rows: number[], more: boolean): void {
    const found = rows.filter((row) => row >= 0);
    if (found.length) this.together.choose(found, more);
  }

  private drag(x: number, y: number, other: boolean): void {
    if (this.source!.dimensions === 3 && !other) this.turn(x, y);
    else this.camera!.move(x, y);
    this.together.hover(-1);
    this.again();
  }

  private turn(x: number, y: number): void {
    const { width } = this.size;
    this.camera!.turn((-x / width) * WHOLE_TURN, (y / width) * WHOLE_TURN);
  }

  private surround(line: [number, number][], done: boolean, more: boolean): void {
    this.line = done ? [] : line;
    if (done) this.take(inside(this.camera!, this.shown, line), more);
    this.light();
  }

  private scale(factor: number, x: number, y: number): void {
    this.camera!.scale(factor, x, y, this.size);
    this.again();
  }

  private whole(): void {
    this.camera!.reset();
    this.again();
  }

  private arrow(across: number, down: number, other: boolean): void {
    const { camera, together } = this;
    if (other) {
      if (this.source!.dimensions === 3) this.turn(across * STEP, down * STEP);
      else camera!.move(-across * STEP, -down * STEP);
      this.again();
      return;
    }
    const { width, height } = this.size;
    const at = together.hovered;
    // The first arrow takes the point in the middle.
    const begun = at >= 0 && this.shown[at] === 1;
    together.hover(
      begun
        ? next(camera!, this.shown, at, across, down)
        : nearest(camera!, this.shown, width / 2, height / 2, Infinity),
    );
  }

  private key(key: string): void {
    const { width, height } = this.size;
    if (key === "Enter") this.take([this.together.hovered], false);
    else if (key === "Escape") this.together.choose([], false);
    else if (key === "0") this.whole();
    else this.scale(key === "-" ? 1 / LARGER : LARGER, width / 2, height / 2);
  }

  private name(ending: string): string {
    return `embedding-map-${this.panel!.pooler}.${ending}`;
  }

  private async png(): Promise<void> {
    const { canvas } = this.base;
    const copy = element("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext("2d")!;
    context.drawImage(canvas, 0, 0);
    context.drawImage(this.over.canvas, 0, 0);
    download(await blobOf(copy), this.name("png"));
  }

  private vector(): void {
    const { source, panel, tint, camera, size, shown, theme } = this;
    const chosen = new Set(this.together.chosen);
    const text = svg({
      source: source!,
      panel: panel!,
      tint,
      camera: camera!,
      size,
      shown,
      chosen,
      theme,
    });
    download(new Blob([text], { type: "image/svg+xml;charset=utf-8" }), this.name("svg"));
  }
}
