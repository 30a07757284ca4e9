/** Edges, components and the largest component against τ, exactly, at the screen's resolution. */

import { clear, element, fit, surface } from "../../shared/dom";
import type { Panel, Scene } from "../scene";

const [LEFT, RIGHT, TOP, BOTTOM] = [8, 8, 8, 20];

const CURVES = [
  { name: "density (edges)", colour: "#2B83C6", dash: [] as number[] },
  { name: "components", colour: "#C96A1E", dash: [6, 3] },
  { name: "largest component", colour: "#009E73", dash: [2, 3] },
];

export class CurvesPanel implements Panel {
  readonly element = element("div", { class: "curves" });
  private readonly plot = element("div", {
    class: "plot",
    role: "img",
    "aria-label": "Density, components and largest component of the token graph against τ",
  });
  private readonly drawing = surface("layer");
  private readonly cursor = element("div", { class: "cursor" });
  private width = 0;
  private height = 0;

  constructor(onTau: (tau: number) => void) {
    this.plot.append(this.drawing.canvas, this.cursor);
    const keys = CURVES.map(({ name, colour, dash }) =>
      element("span", {}, [
        element("span", { class: `line ${dash.length ? "dashed" : ""}`, style: `color:${colour}` }),
        name,
      ]),
    );
    this.element.append(this.plot, element("div", { class: "legend" }, keys));
    this.plot.addEventListener("click", (event) => {
      const box = this.plot.getBoundingClientRect();
      onTau((event.clientX - box.left - LEFT) / (this.width - LEFT - RIGHT));
    });
  }

  build(scene: Scene): void {
    this.width = this.plot.clientWidth;
    this.height = this.plot.clientHeight;
    fit(this.drawing, this.width, this.height);
    this.draw(scene);
    this.step(scene);
  }

  step(scene: Scene): void {
    this.cursor.style.transform = `translateX(${this.x(scene.tau)}px)`;
  }

  light(): void {}

  private x(tau: number): number {
    return LEFT + tau * (this.width - LEFT - RIGHT);
  }

  private y(share: number): number {
    return TOP + (1 - share) * (this.height - TOP - BOTTOM);
  }

  private draw(scene: Scene): void {
    clear(this.drawing);
    const { context } = this.drawing;
    const { theme, source } = scene;
    const { timeline, size } = scene.tokens;
    this.axis(scene);
    const shares = { 0: [] as number[], 1: [] as number[], 2: [] as number[] };
    const steps = Math.max(1, this.width - LEFT - RIGHT);
    for (let pixel = 0; pixel <= steps; pixel++) {
      const counts = timeline.at(pixel / steps);
      shares[0].push(counts.density);
      shares[1].push(counts.components / size);
      shares[2].push(counts.largest / size);
    }
    CURVES.forEach(({ colour, dash }, at) => {
      context.beginPath();
      context.setLineDash(dash);
      shares[at as 0 | 1 | 2].forEach((share, pixel) => {
        const [x, y] = [LEFT + pixel, this.y(share)];
        if (pixel) context.lineTo(x, y);
        else context.moveTo(x, y);
      });
      context.strokeStyle = colour;
      context.lineWidth = 1.8;
      context.stroke();
    });
    context.setLineDash([]);
    if (source.training_tau === null) return;
    const x = this.x(source.training_tau);
    context.strokeStyle = theme.text;
    context.setLineDash([3, 3]);
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, TOP);
    context.lineTo(x, this.height - BOTTOM);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = theme.text;
    context.font = `11px ${theme.font}`;
    context.textAlign = x > this.width / 2 ? "right" : "left";
    context.fillText("training τ", x + (x > this.width / 2 ? -4 : 4), TOP + 10);
  }

  private axis({ theme }: Scene): void {
    const { context } = this.drawing;
    context.strokeStyle = theme.faint;
    context.lineWidth = 0.5;
    context.fillStyle = theme.text;
    context.font = `11px ${theme.font}`;
    context.beginPath();
    for (const tau of [0, 0.25, 0.5, 0.75, 1]) {
      const x = this.x(tau);
      context.moveTo(x, TOP);
      context.lineTo(x, this.height - BOTTOM);
      context.textAlign = tau === 0 ? "left" : tau === 1 ? "right" : "center";
      context.fillText(tau.toString(), x, this.height - 6);
    }
    for (const share of [0, 0.5, 1]) {
      context.moveTo(LEFT, this.y(share));
      context.lineTo(this.width - RIGHT, this.y(share));
    }
    context.stroke();
  }
}
