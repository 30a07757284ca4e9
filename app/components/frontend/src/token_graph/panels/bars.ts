/** Token weights π of up to four poolers: bars over the same tokens, on one scale. */

import { clear, element, fit, short, surface, visible } from "../../shared/dom";
import type { PoolerTable } from "../data/source";
import { lit, type Actions, type Panel, type Scene } from "../scene";
import { predicted } from "./prediction";

/** More names than this cannot be read side by side. */
const MAX_NAMES = 60;
const NAMES = 64;
const ROW = 78;

interface Row {
  pooler: PoolerTable;
  heading: HTMLElement;
  value: HTMLElement;
}

export class BarsPanel implements Panel {
  readonly element = element("div", { class: "bars" });
  private readonly rows = element("div", { class: "rows" });
  private readonly plot = element("div", { class: "plot" });
  private readonly bars = surface("layer");
  private readonly names = surface("layer");
  private readonly band = element("div", { class: "band", hidden: "" });
  private scene: Scene | null = null;
  private shown: Row[] = [];
  private scale = 1;
  private width = 0;
  private from = -1;

  constructor(private readonly actions: Actions) {
    this.plot.append(this.bars.canvas, this.names.canvas, this.band);
    this.element.append(this.plot);
    this.plot.append(this.rows);
    this.plot.addEventListener("pointermove", (event) => {
      const node = this.at(event);
      this.plot.title = this.tip(node);
      actions.hover(node);
    });
    this.plot.addEventListener("pointerleave", () => actions.hover(-1));
    this.plot.addEventListener("pointerdown", (event) => {
      this.from = event.pointerType === "touch" ? -1 : this.at(event);
    });
    this.plot.addEventListener("pointerup", (event) => this.release(this.at(event)));
    this.plot.addEventListener("dblclick", (event) => actions.pin(this.at(event)));
  }

  build(scene: Scene): void {
    this.scene = scene;
    this.rows.replaceChildren();
    this.shown = scene.poolers.map((pooler) => this.heading(pooler));
    this.plot.style.height = `${ROW * Math.max(1, this.shown.length) + NAMES}px`;
    this.width = this.plot.clientWidth;
    for (const layer of [this.bars, this.names]) fit(layer, this.width, this.plot.clientHeight);
    // One scale for all τ: a bar that grows has grown.
    this.scale = Math.max(1e-9, ...scene.poolers.map((pooler) => scene.model.highest(pooler)));
    this.drawNames(scene);
    this.step(scene);
    this.light(scene);
  }

  step(scene: Scene): void {
    this.scene = scene;
    clear(this.bars);
    const { context } = this.bars;
    const { model, row } = scene;
    const width = this.width / model.size;
    const bar = Math.max(0.5, width * 0.82);
    this.shown.forEach(({ pooler, value }, at) => {
      const weights = model.weights(pooler, row);
      const floor = (at + 1) * ROW;
      context.fillStyle = pooler.colour;
      for (let node = 0; node < model.size; node++) {
        const height = (weights[node] / this.scale) * (ROW - 24);
        context.fillRect(node * width + (width - bar) / 2, floor - height, bar, height);
      }
      const told = predicted(scene.source, pooler, row);
      if (value.textContent !== told) value.textContent = told;
    });
  }

  light(scene: Scene): void {
    this.scene = scene;
    const node = lit(scene).at(-1);
    this.band.hidden = node === undefined;
    if (node === undefined) return;
    const width = 100 / scene.model.size;
    this.band.style.left = `${node * width}%`;
    this.band.style.width = `max(2px, ${width}%)`;
  }

  private heading(pooler: PoolerTable): Row {
    const value = element("span", { class: "prediction", "data-pooler": pooler.name });
    const mark = element("span", { class: "mark", style: `background:${pooler.colour}` });
    const heading = element("div", { class: "row", style: `height:${ROW}px` }, [
      element("span", { class: "name" }, [mark, pooler.title]),
      value,
    ]);
    if (pooler.summary) heading.title = pooler.summary;
    this.rows.append(heading);
    return { pooler, heading, value };
  }

  private drawNames(scene: Scene): void {
    clear(this.names);
    const { context } = this.names;
    const { model, theme } = scene;
    const floor = this.shown.length * ROW;
    context.strokeStyle = theme.faint;
    context.lineWidth = 0.5;
    context.beginPath();
    this.shown.forEach((_, at) => {
      context.moveTo(0, (at + 1) * ROW + 0.5);
      context.lineTo(this.width, (at + 1) * ROW + 0.5);
    });
    context.stroke();
    context.fillStyle = theme.text;
    context.font = `${model.size > 30 ? 10 : 12}px ${theme.font}`;
    const width = this.width / model.size;
    for (const node of this.named(scene)) {
      context.save();
      context.translate((node + 0.5) * width + 3, floor + 5);
      context.rotate(-Math.PI / 3);
      context.textAlign = "right";
      context.fillText(short(visible(model.labels[node]), 9), 0, 6);
      context.restore();
    }
  }

  /** All tokens, or the heaviest ones that do not collide. */
  private named({ model, tint, row }: Scene): number[] {
    const nodes = Array.from({ length: model.size }, (_, node) => node);
    const room = Math.max(model.size / MAX_NAMES, (12 * model.size) / Math.max(1, this.width));
    if (room <= 1 || !tint) return room <= 1 ? nodes : [];
    const weights = model.weights(tint, row);
    const chosen: number[] = [];
    for (const node of nodes.sort((a, b) => weights[b] - weights[a])) {
      if (chosen.every((other) => Math.abs(other - node) >= room)) chosen.push(node);
    }
    return chosen;
  }

  private at(event: PointerEvent | MouseEvent): number {
    const box = this.plot.getBoundingClientRect();
    const size = this.scene?.model.size ?? 1;
    const node = Math.floor(((event.clientX - box.left) / box.width) * size);
    return Math.min(size - 1, Math.max(0, node));
  }

  private tip(node: number): string {
    const { model, poolers, row } = this.scene!;
    const lines = poolers.map((p) => `π ${p.title}: ${model.weights(p, row)[node].toFixed(4)}`);
    return [visible(model.labels[node]), ...lines].join("\n");
  }

  private release(to: number): void {
    const [first, last] = [Math.min(this.from, to), Math.max(this.from, to)];
    if (this.from >= 0 && last > first) {
      this.actions.choose(Array.from({ length: last - first + 1 }, (_, at) => first + at));
    }
    this.from = -1;
  }
}
