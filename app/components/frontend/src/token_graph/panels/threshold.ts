/** The τ slider and the numbers that belong to it. */

import { element } from "../../shared/dom";
import type { Source } from "../data/source";
import type { Panel, Scene } from "../scene";
import { percent } from "./prediction";

export interface ThresholdActions {
  /** τ moves: a row of the grid. */
  move(row: number): void;
  /** The reader has let go. */
  commit(): void;
}

/** Milliseconds without a key after which τ rests. */
const REST = 300;

const NUMBERS = ["Tokens", "Edges", "Density", "Components", "Largest"] as const;
type Name = (typeof NUMBERS)[number];

export class ThresholdPanel implements Panel {
  readonly element = element("div", { class: "threshold" });
  private readonly slider = element("input", {
    type: "range",
    min: "0",
    step: "1",
    id: "tau",
    class: "tau",
  });
  private readonly value = element("output", { for: "tau", class: "tau-value" });
  private readonly mark = element("button", { type: "button", class: "trained" });
  private readonly share = element("input", {
    type: "number",
    min: "0",
    max: "100",
    step: "any",
    placeholder: "5",
    id: "density",
    inputmode: "decimal",
  });
  private readonly warning = element("p", { class: "warning", role: "status" });
  private readonly cells: Record<Name, HTMLElement>;
  private readonly spoken = element("p", { class: "sr", role: "status", "aria-live": "polite" });
  private source: Source | null = null;
  private keyed = false;
  private resting = 0;
  private scene: Scene | null = null;

  constructor(private readonly actions: ThresholdActions) {
    const cells = NUMBERS.map((name) => {
      const number = element("dd", { "data-number": name.toLowerCase() });
      return [name, number] as const;
    });
    this.cells = Object.fromEntries(cells) as Record<Name, HTMLElement>;
    const list = element(
      "dl",
      { class: "numbers" },
      cells.map(([name, number]) => element("div", {}, [element("dt", {}, [name]), number])),
    );
    const density = element("form", { class: "density", novalidate: "" }, [
      element("label", { for: "density" }, ["τ for a density of"]),
      this.share,
      "%",
      element("button", { type: "submit" }, ["Set"]),
    ]);
    density.addEventListener("submit", (event) => {
      event.preventDefault();
      this.byDensity();
    });
    this.element.append(
      element("div", { class: "slide" }, [
        element("label", { for: "tau" }, ["Similarity threshold τ"]),
        this.value,
        this.slider,
        element("div", { class: "under" }, [this.mark, density]),
      ]),
      list,
      this.warning,
      this.spoken,
    );
    this.slider.addEventListener("input", () => actions.move(Number(this.slider.value)));
    this.slider.addEventListener("pointerdown", () => (this.keyed = false));
    this.slider.addEventListener("keydown", () => (this.keyed = true));
    this.slider.addEventListener("change", () => this.release());
    this.mark.addEventListener("click", () => this.toTraining());
  }

  build(scene: Scene): void {
    this.source = scene.source;
    this.slider.max = String(scene.source.taus.length - 1);
    const { training_tau: trained } = scene.source;
    this.mark.hidden = trained === null;
    if (trained !== null) this.mark.textContent = `GLOT was trained at τ = ${trained}`;
    this.step(scene);
    this.speak();
  }

  step(scene: Scene): void {
    this.scene = scene;
    const { counts, tau, row, tokens } = scene;
    if (this.slider.value !== String(row)) this.slider.value = String(row);
    const shown = tau.toFixed(2);
    set(this.value, shown);
    this.slider.setAttribute("aria-valuetext", shown);
    set(this.cells.Tokens, String(tokens.size));
    set(this.cells.Edges, counts.edges.toLocaleString("en"));
    set(this.cells.Density, percent(counts.density));
    set(this.cells.Components, counts.components.toLocaleString("en"));
    set(this.cells.Largest, counts.largest.toLocaleString("en"));
    set(this.warning, this.warn(tau));
  }

  light(): void {}

  /** What changed, for those who hear the page: once τ rests. */
  speak(): void {
    const { counts, tau } = this.scene!;
    set(
      this.spoken,
      `τ ${tau.toFixed(2)}: ${counts.edges} edges, density ${percent(counts.density)}, ` +
        `${counts.components} components.`,
    );
  }

  /** A mouse lets go once; keys come one after another, and only the last one counts. */
  private release(): void {
    clearTimeout(this.resting);
    if (!this.keyed) this.actions.commit();
    else this.resting = window.setTimeout(() => this.actions.commit(), REST);
  }

  private warn(tau: number): string {
    const { training_tau: trained } = this.source!;
    if (trained === null || Math.abs(trained - tau) < 1e-9) return "";
    return (
      `The GLOT head was trained at τ = ${trained}: at ${tau.toFixed(2)} its weights and its ` +
      "prediction show what it does with a graph that it was not trained on."
    );
  }

  private toTraining(): void {
    this.actions.move(nearest(this.source!.taus, this.source!.training_tau!));
    this.actions.commit();
  }

  /** The τ of the grid whose density is nearest; of equally near ones the largest. */
  private byDensity(): void {
    const asked = Number(this.share.value) / 100;
    const fits = this.share.value !== "" && asked >= 0 && asked <= 1;
    this.share.setCustomValidity(fits ? "" : "A share of all pairs from 0 to 100 %, such as 5.");
    if (!this.share.reportValidity()) return;
    const { timeline } = this.scene!.tokens;
    let best = 0;
    this.source!.taus.forEach((tau, row) => {
      const distance = Math.abs(timeline.at(tau).density - asked);
      if (distance <= Math.abs(timeline.at(this.source!.taus[best]).density - asked)) best = row;
    });
    this.actions.move(best);
    this.actions.commit();
  }
}

export function nearest(taus: number[], tau: number): number {
  let best = 0;
  taus.forEach((each, row) => {
    if (Math.abs(each - tau) < Math.abs(taus[best] - tau)) best = row;
  });
  return best;
}

/** Writing the same text again would lay out the page again. */
function set(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

