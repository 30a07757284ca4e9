/** One pinned token, or why two of them are connected, in words. */

import { button, element, visible } from "../../shared/dom";
import type { Actions, Panel, Scene } from "../scene";

export class RelationPanel implements Panel {
  readonly element = element("div", { class: "relation", role: "status" });
  private readonly told = element("p", {});
  private readonly clear: HTMLElement;
  private readonly only: HTMLElement;
  private pins: number[] = [];

  constructor(actions: Actions) {
    this.clear = button("Let all go", () => actions.showAll());
    this.only = button("Show only these", () => actions.choose(this.pins), {
      title: "Restricts the view to the pinned tokens",
    });
    this.element.append(this.told, this.only, this.clear);
  }

  build(scene: Scene): void {
    this.step(scene);
  }

  step(scene: Scene): void {
    this.light(scene);
  }

  light(scene: Scene): void {
    const text = sentence(scene);
    if (this.told.textContent !== text) this.told.textContent = text;
    this.pins = scene.pins;
    this.only.hidden = scene.pins.length < 2 || scene.pins.length === scene.model.size;
    this.clear.hidden = !scene.pins.length && !scene.chosen.size;
  }
}

export function sentence(scene: Scene): string {
  const { pins, model, tau, chosen, edges } = scene;
  const shown = parts(scene, edges);
  if (!pins.length) {
    const hint = "Double click two tokens, or press Enter on them, to see why they are connected.";
    return chosen.size || scene.words ? `${shown} ${hint}` : hint;
  }
  const name = (node: number) => `“${visible(model.labels[node])}”`;
  if (pins.length === 1) {
    const near = model.neighbours(pins[0], tau);
    return `${name(pins[0])} has ${near.length} ${near.length === 1 ? "edge" : "edges"} at this τ. Pin a second token to compare.`;
  }
  const [from, to] = pins.slice(-2);
  const { similarity, chain, meeting } = scene.link!;
  const opening = `${name(from)} and ${name(to)}: similarity ${similarity.toFixed(4)}.`;
  if (chain === null) {
    return `${opening} No chain of edges joins them at τ ${tau.toFixed(2)}; they come together when τ falls below ${meeting.toFixed(4)}.`;
  }
  if (chain.length === 2) return `${opening} Joined by an edge, since this exceeds τ ${tau.toFixed(2)}.`;
  const links = chain
    .slice(1)
    .map((node, at) => `${model.similarity(chain[at], node).toFixed(3)} → ${name(node)}`);
  return `${opening} No edge of their own; connected over ${chain.length - 1} edges: ${name(chain[0])} ${links.map((link) => `– ${link}`).join(" ")}.`;
}

/** What is drawn when that is not all tokens. */
function parts({ words, chosen, model }: Scene, edges: number): string {
  const kind = words ? "words" : "tokens";
  const scope = chosen.size ? "Only a part is shown" : "Shown";
  return `${scope}: ${model.size} ${kind}, ${edges.toLocaleString("en")} edges.`;
}
