/** How the graph is drawn: layout, words, poolers, zoom. */

import { button, element } from "../../shared/dom";
import { LAYOUTS, type LayoutName } from "../data/source";
import type { Panel, Scene } from "../scene";

export interface ToolbarActions {
  layout(name: LayoutName): void;
  relax(): void;
  words(on: boolean): void;
  tint(pooler: string): void;
  compare(poolers: string[]): void;
  zoom(direction: number): void;
}

export class ToolbarPanel implements Panel {
  readonly element = element("div", { class: "toolbar", role: "group", "aria-label": "Drawing" });
  readonly comparison = element("div", {
    class: "comparison",
    role: "group",
    "aria-label": "Compare",
  });
  private readonly layouts = element("select", { id: "layout" });
  private readonly tints = element("select", { id: "tint" });
  private readonly words = element("input", { type: "checkbox", id: "words" });
  private readonly rule = element("label", { for: "words" }, ["Words"]);
  /** How tokens are joined to words, while they are. */
  private readonly told = element("p", { class: "hint told" });
  private shown = "";

  constructor(private readonly actions: ToolbarActions) {
    for (const [value, title] of Object.entries(LAYOUTS)) {
      this.layouts.append(element("option", { value }, [title]));
    }
    const field = (id: string, title: string, input: HTMLElement) =>
      element("span", { class: "field" }, [element("label", { for: id }, [title]), input]);
    this.element.append(
      field("layout", "Layout", this.layouts),
      button("Lay out anew", () => actions.relax(), {
        title: "Places follow the edges of the present τ; they stay until you ask again",
      }),
      element("span", { class: "field" }, [this.words, this.rule]),
      field("tint", "Tint and size by π of", this.tints),
      element("span", { class: "zoom" }, [
        button("−", () => actions.zoom(-1), { "aria-label": "Smaller" }),
        button("+", () => actions.zoom(1), { "aria-label": "Larger" }),
        button("⤢", () => actions.zoom(0), { "aria-label": "Whole graph" }),
      ]),
      this.told,
    );
    this.layouts.addEventListener("change", () =>
      actions.layout(this.layouts.value as LayoutName),
    );
    this.tints.addEventListener("change", () => actions.tint(this.tints.value));
    this.words.addEventListener("change", () => actions.words(this.words.checked));
  }

  build(scene: Scene): void {
    const { source, poolers, tint } = scene;
    this.layouts.value = scene.layout;
    this.words.checked = scene.words;
    this.rule.title = source.word_rule;
    this.told.textContent = source.word_rule;
    this.told.hidden = !scene.words;
    const usable = source.poolers.filter((pooler) => pooler.rows);
    const key = JSON.stringify([usable.map((pooler) => pooler.name), poolers.map((p) => p.name)]);
    if (key !== this.shown) {
      this.shown = key;
      this.tints.replaceChildren(
        ...usable.map(({ name, title }) => element("option", { value: name }, [title])),
      );
      this.chips(scene);
    }
    this.tints.value = tint?.name ?? "";
    this.tints.disabled = !usable.length;
  }

  step(): void {}
  light(): void {}

  private chips({ source, poolers }: Scene): void {
    const chosen = poolers.map((pooler) => pooler.name);
    const full = chosen.length >= source.max_poolers;
    const focused = (this.element.getRootNode() as ShadowRoot | Document).activeElement;
    const again = focused?.getAttribute("data-compare");
    const chips = source.poolers.map((pooler) => {
      const on = chosen.includes(pooler.name);
      const chip = button(pooler.title, () => this.toggle(pooler.name, chosen), {
        "aria-pressed": String(on),
        "data-compare": pooler.name,
        class: "chip",
        title: pooler.rows
          ? (pooler.summary ?? pooler.title)
          : "No trained head for this backbone and task",
      });
      chip.style.setProperty("--hue", pooler.colour);
      chip.disabled = !pooler.rows || (!on && full);
      return chip;
    });
    const limit = element("span", { class: "hint" }, [
      `up to ${source.max_poolers}; predictions: ${source.task_title}`,
    ]);
    this.comparison.replaceChildren(element("span", {}, ["Compare π of"]), ...chips, limit);
    chips.find((chip) => chip.getAttribute("data-compare") === again)?.focus();
  }

  private toggle(name: string, chosen: string[]): void {
    const others = chosen.filter((each) => each !== name);
    if (!others.length) return;
    this.actions.compare(others.length < chosen.length ? others : [...chosen, name]);
  }
}
