/** The graph as tables of tokens and edges: for screen readers, and for searching. */

import { element } from "../../shared/dom";
import type { Panel, Scene } from "../scene";

/** Rows shown at once; the search narrows them down, the exports hold all. */
const ROWS = 200;

export class TablePanel implements Panel {
  readonly element = element("details", { class: "tables" });
  private readonly search = element("input", {
    type: "search",
    id: "search",
    placeholder: "part of a token",
  });
  private readonly nodes = element("table", {});
  private readonly edges = element("table", {});
  private scene: Scene | null = null;
  private waiting = 0;

  constructor() {
    const field = element("p", {}, [
      element("label", { for: "search" }, ["Find "]),
      this.search,
    ]);
    const scroll = (table: HTMLElement, name: string) =>
      element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, [
        table,
      ]);
    this.element.append(
      element("summary", {}, ["The same as tables"]),
      field,
      element("div", { class: "two" }, [
        scroll(this.nodes, "Tokens"),
        scroll(this.edges, "Edges"),
      ]),
    );
    this.search.addEventListener("input", () => this.fill());
    this.element.addEventListener("toggle", () => this.fill());
  }

  build(scene: Scene): void {
    this.step(scene);
  }

  /** Tables are filled when τ rests: nobody reads them while it moves. */
  step(scene: Scene): void {
    this.scene = scene;
    if (!this.element.open) return;
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => this.fill(), 150);
  }

  light(): void {}

  private fill(): void {
    if (!this.element.open || !this.scene) return;
    const { model, poolers, row, tau, edges } = this.scene;
    const asked = this.search.value.toLowerCase();
    const fits = (node: number) => model.labels[node].toLowerCase().includes(asked);
    const kind = this.scene.words ? "word" : "token";
    const nodes = model.labels.map((_, node) => node).filter(fits);
    write(
      this.nodes,
      `${nodes.length} of ${model.size} ${kind}s`,
      ["#", kind, "edges", ...poolers.map((pooler) => `π ${pooler.title}`)],
      nodes.slice(0, ROWS).map((node) => [
        String(node + 1),
        model.labels[node],
        String(model.neighbours(node, tau).length),
        ...poolers.map((pooler) => model.weights(pooler, row)[node].toFixed(4)),
      ]),
    );
    const { first, second, similarity } = model.timeline;
    const found: string[][] = [];
    let count = 0;
    for (let edge = 0; edge < edges; edge++) {
      if (!fits(first[edge]) && !fits(second[edge])) continue;
      count++;
      if (found.length >= ROWS) continue;
      found.push([model.labels[first[edge]], model.labels[second[edge]], similarity[edge].toFixed(4)]);
    }
    const shown = found.length < count ? `, the ${found.length} strongest shown` : "";
    write(
      this.edges,
      `${count.toLocaleString("en")} of ${edges.toLocaleString("en")} edges${shown}`,
      [kind, kind, "similarity"],
      found,
    );
  }
}

function write(table: HTMLElement, caption: string, head: string[], rows: string[][]): void {
  const titles = head.map((text) => element("th", { scope: "col" }, [text]));
  const lines = rows.map((cells) =>
    element("tr", {}, cells.map((text) => element("td", {}, [text]))),
  );
  table.replaceChildren(
    element("caption", {}, [caption]),
    element("thead", {}, [element("tr", {}, titles)]),
    element("tbody", {}, lines),
  );
}
