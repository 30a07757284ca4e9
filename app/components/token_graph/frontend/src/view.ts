/** The whole component: one scene, the panels that draw it, and what the reader does to it. */

import { Connection } from "./connection";
import { fitted, layout, relax } from "./data/layouts";
import { Model, nodes } from "./data/model";
import { connection } from "./data/paths";
import { decode, LAYOUTS, type First, type LayoutName, type Sent } from "./data/source";
import { element } from "./dom";
import { ExportMenu } from "./export/menu";
import { BarsPanel } from "./panels/bars";
import { CurvesPanel } from "./panels/curves";
import { GraphPanel } from "./panels/graph";
import { MatrixPanel } from "./panels/matrix";
import { RelationPanel } from "./panels/relation";
import { TablePanel } from "./panels/table";
import { TextPanel } from "./panels/text";
import { nearest, ThresholdPanel } from "./panels/threshold";
import { ToolbarPanel } from "./panels/toolbar";
import type { Panel, Scene } from "./scene";
import css from "./style.css";
import { readTheme } from "./theme";

export interface Host {
  /**
   * Tells Python a value that the reader has settled on, with the nonce of the choices that it
   * rests on: the same value after an undo is news, and one from before an undo is void.
   */
  report(name: "tau" | "view", value: unknown): void;
  /** Source of this bundle, for the exported page. */
  program: string;
  /** Whether a server stands behind the page. */
  served: boolean;
}

const KEYS =
  "Arrow keys move from token to token, Enter pins one, Escape lets all go. In the graph, drag a " +
  "frame around tokens to see only them; Shift and drag moves a larger graph; Ctrl and the wheel " +
  "make it larger or smaller.";

export class View {
  private readonly root = element("div", { class: "glot" });
  private readonly problem = element("p", { class: "problem", role: "alert", hidden: "" });
  private readonly offline = element("p", { class: "warning", role: "status" });
  private readonly graph: GraphPanel;
  private readonly threshold: ThresholdPanel;
  private readonly panels: Panel[];
  private readonly watch: Connection | null;
  private readonly resized: ResizeObserver;
  private scene: Scene | null = null;
  private sent: Sent | null = null;
  private nonce = -1;
  private frame = 0;
  private size = "";

  constructor(
    parent: ParentNode,
    public host: Host,
  ) {
    const actions = {
      hover: (node: number) => this.hover(node),
      pin: (node: number) => this.pin(node),
      choose: (chosen: number[]) => this.choose(chosen),
      showAll: () => this.showAll(),
    };
    this.graph = new GraphPanel(actions);
    this.threshold = new ThresholdPanel({
      move: (row) => this.move(row),
      commit: () => this.commit(),
    });
    const toolbar = new ToolbarPanel({
      layout: (name) => this.lay(name),
      relax: () => this.layAnew(),
      words: (on) => this.words(on),
      tint: (name) => this.tint(name),
      compare: (names) => this.compare(names),
      zoom: (direction) => this.graph.scale(direction),
    });
    const matrix = new MatrixPanel(actions);
    const curves = new CurvesPanel((tau) => this.toTau(tau));
    const bars = new BarsPanel(actions);
    const text = new TextPanel(actions);
    const relation = new RelationPanel(actions);
    const table = new TablePanel();
    this.panels = [
      this.threshold, toolbar, text, this.graph, matrix, curves, bars, relation, table,
    ];
    const exports = new ExportMenu(
      () => ({ scene: this.scene!, sent: arrays(this.sent!), program: this.host.program }),
      host.served,
    );
    this.root.append(
      element("style", {}, [css]),
      this.problem,
      this.offline,
      this.threshold.element,
      titled("The text, tinted by π", text.element),
      toolbar.element,
      element("div", { class: "main" }, [
        titled("Token graph", this.graph.element, relation.element),
        element("div", { class: "side" }, [
          titled("Similarities of all pairs", matrix.element),
          titled("The graph at every τ", curves.element),
        ]),
      ]),
      titled("Token weights π", toolbar.comparison, bars.element),
      table.element,
      exports.element,
      element("p", { id: "keys", class: "keys" }, [KEYS]),
    );
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.scene) this.showAll();
    });
    parent.append(this.root);
    this.watch = host.served ? new Connection((lost) => this.lost(lost)) : null;
    this.resized = new ResizeObserver(() => this.refit());
    this.resized.observe(this.root);
  }

  /** A message from Python: only what changed is drawn again. */
  update(sent: Sent): void {
    if (sent.meta === this.sent?.meta) {
      this.themed();
      return;
    }
    try {
      const source = decode(sent);
      const first = source.first.nonce > this.nonce ? source.first : this.choices(source.first);
      this.nonce = source.first.nonce;
      this.sent = sent;
      this.open(source, first);
      this.problem.hidden = true;
    } catch (error) {
      // The last view stays; what is wrong is told above it.
      this.problem.textContent = `This text could not be drawn: ${(error as Error).message}`;
      this.problem.hidden = false;
    }
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    this.watch?.dispose();
    this.resized.disconnect();
    this.graph.dispose();
    this.root.remove();
  }

  /** What the reader has chosen so far goes with him to the next text. */
  private choices(first: First): First {
    const { scene } = this;
    if (!scene) return first;
    return {
      ...first,
      tau: scene.tau,
      poolers: scene.poolers.map((pooler) => pooler.name),
      tint: scene.tint?.name ?? first.tint,
      layout: scene.layout,
      words: scene.words,
    };
  }

  private open(source: ReturnType<typeof decode>, first: First): void {
    const usable = source.poolers.filter((pooler) => pooler.rows);
    const asked = usable.filter((pooler) => first.poolers.includes(pooler.name));
    const row = nearest(source.taus, first.tau);
    const tokens = new Model(source, nodes(source, false, new Set()));
    const tint = usable.find((pooler) => pooler.name === first.tint);
    this.scene = {
      source,
      tokens,
      model: tokens,
      row,
      tau: source.taus[row],
      counts: tokens.timeline.at(source.taus[row]),
      edges: 0,
      layout: first.layout in LAYOUTS ? first.layout : "force",
      words: first.words,
      places: new Float32Array(0),
      poolers: (asked.length ? asked : usable).slice(0, source.max_poolers),
      tint: tint ?? usable.at(-1) ?? null,
      hover: -1,
      pins: [],
      chosen: new Set(),
      chain: [],
      theme: readTheme(this.root),
    };
    this.remodel();
    // Says that this text stands on the screen: two frames after it was drawn it does.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => (this.root.dataset.view = source.view)),
    );
  }

  /** Another set of nodes: new model, new places, everything drawn. */
  private remodel(): void {
    const scene = this.scene!;
    const pinned = scene.pins.flatMap((node) => scene.model.members[node]?.[0] ?? []);
    const plain = !scene.words && !scene.chosen.size;
    scene.model = plain
      ? scene.tokens
      : new Model(scene.source, nodes(scene.source, scene.words, scene.chosen));
    scene.pins = [...new Set(pinned.map((token) => scene.model.nodeOf[token]))].filter(
      (node) => node >= 0,
    );
    scene.hover = -1;
    scene.edges = scene.model.timeline.edges(scene.tau);
    scene.places = layout(scene.model, scene.layout, scene.edges);
    // A part of the tokens gets the whole room.
    if (scene.chosen.size) scene.places = fitted(scene.places);
    this.link();
    this.build();
  }

  private build(): void {
    for (const panel of this.panels) panel.build(this.scene!);
  }

  private move(row: number): void {
    const scene = this.scene;
    if (!scene) return;
    scene.row = row;
    scene.tau = scene.source.taus[row];
    // Several moves between two frames are one picture.
    this.frame ||= requestAnimationFrame(() => this.step());
  }

  private step(): void {
    this.frame = 0;
    const scene = this.scene!;
    const begun = performance.now();
    scene.counts = scene.tokens.timeline.at(scene.tau);
    scene.edges =
      scene.model === scene.tokens ? scene.counts.edges : scene.model.timeline.edges(scene.tau);
    if (scene.pins.length > 1) this.link();
    for (const panel of this.panels) panel.step(scene);
    // For the benchmark, which listens; nobody else does.
    this.root.dispatchEvent(
      new CustomEvent("glot-step", {
        bubbles: true,
        composed: true,
        detail: performance.now() - begun,
      }),
    );
  }

  private commit(): void {
    this.threshold.speak();
    this.host.report("tau", [this.scene!.tau, this.nonce]);
    void this.watch?.check();
  }

  private toTau(tau: number): void {
    this.move(nearest(this.scene!.source.taus, tau));
    this.threshold.step(this.scene!);
    this.commit();
  }

  private hover(node: number): void {
    const { scene } = this;
    if (!scene || scene.hover === node) return;
    scene.hover = node;
    for (const panel of this.panels) panel.light(scene);
  }

  private pin(node: number): void {
    const scene = this.scene;
    if (!scene || node < 0) return;
    const others = scene.pins.filter((each) => each !== node);
    scene.pins = others.length < scene.pins.length ? others : [...others, node];
    this.link();
    for (const panel of this.panels) panel.light(scene);
  }

  private choose(chosen: number[]): void {
    const scene = this.scene!;
    scene.chosen = new Set(chosen.flatMap((node) => scene.model.members[node]));
    this.remodel();
  }

  private showAll(): void {
    const scene = this.scene!;
    const restricted = scene.chosen.size > 0;
    scene.pins = [];
    scene.chosen = new Set();
    if (restricted) {
      this.remodel();
      return;
    }
    this.link();
    for (const panel of this.panels) panel.light(scene);
  }

  private lay(name: LayoutName): void {
    const scene = this.scene!;
    scene.layout = name;
    scene.places = layout(scene.model, name, scene.edges);
    if (scene.chosen.size) scene.places = fitted(scene.places);
    this.build();
    this.reportView();
  }

  private layAnew(): void {
    const scene = this.scene!;
    scene.places =
      scene.layout === "force" || scene.layout === "principal"
        ? relax(scene.model, scene.places, scene.edges)
        : layout(scene.model, scene.layout, scene.edges);
    this.build();
  }

  private words(on: boolean): void {
    this.scene!.words = on;
    this.remodel();
    this.reportView();
  }

  private tint(name: string): void {
    const scene = this.scene!;
    scene.tint = scene.source.poolers.find((pooler) => pooler.name === name) ?? null;
    this.build();
    this.reportView();
  }

  private compare(names: string[]): void {
    const scene = this.scene!;
    scene.poolers = scene.source.poolers.filter((pooler) => names.includes(pooler.name));
    this.build();
    this.reportView();
  }

  private reportView(): void {
    const { layout, words, poolers, tint } = this.scene!;
    const names = poolers.map((pooler) => pooler.name);
    const { nonce } = this;
    const told = { nonce, layout, words, poolers: names, tint: tint?.name ?? "" };
    this.host.report("view", JSON.stringify(told));
  }

  /** The chain of edges between the last two pinned nodes. */
  private link(): void {
    const scene = this.scene!;
    const [from, to] = scene.pins.slice(-2);
    scene.chain =
      to === undefined ? [] : (connection(scene.model, from, to, scene.tau).chain ?? []);
  }

  private themed(): void {
    if (!this.scene) return;
    const theme = readTheme(this.root);
    if (JSON.stringify(theme) === JSON.stringify(this.scene.theme)) return;
    this.scene.theme = theme;
    this.build();
  }

  private refit(): void {
    const size = `${this.root.clientWidth} ${globalThis.devicePixelRatio}`;
    // A hidden tab has no width: nothing is drawn until it has one again.
    if (!this.scene || !this.root.clientWidth || size === this.size) return;
    this.size = size;
    this.build();
  }

  private lost(lost: boolean): void {
    this.offline.textContent = lost
      ? "The server does not answer. This view still works; a new text, or a link to this τ, needs the server again."
      : "";
  }
}

function titled(title: string, ...children: Node[]): HTMLElement {
  return element("section", { "aria-label": title }, [element("h2", {}, [title]), ...children]);
}

/** Streamlit's tables as plain arrays, which an exported page can hold. */
function arrays(sent: Sent): Sent {
  const out: Sent = { meta: sent.meta };
  const source = decode(sent);
  out.upper = source.upper;
  out.force = source.force;
  out.principal = source.principal;
  for (const pooler of source.poolers) if (pooler.rows) out[`pi_${pooler.name}`] = pooler.weights;
  return out;
}
