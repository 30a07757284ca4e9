/** The whole component: one scene, the panels that draw it, and what the reader does to it. */

import { Connection, LOST } from "./connection";
import { fitted, layout, relax } from "./data/layouts";
import { compose, type Control, type Parts } from "./compose";
import { Model, nodes } from "./data/model";
import { connection } from "./data/paths";
import { arrays, decode, LAYOUTS, type First, type LayoutName, type Sent } from "./data/source";
import type { Taken } from "./export/menu";
import type { Host, State } from "./host";
import { nearest } from "./panels/threshold";
import type { Panel, Scene } from "./scene";
import { readTheme } from "../shared/theme";

export class View implements Control {
  private readonly parts: Parts;
  private readonly root: HTMLElement;
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
    this.parts = compose(this, () => this.taken(), host);
    this.root = this.parts.root;
    this.panels = this.parts.panels;
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
      this.parts.problem.hidden = true;
    } catch (error) {
      // The last view stays; what is wrong is told above it.
      this.parts.problem.textContent = `This text could not be drawn: ${(error as Error).message}`;
      this.parts.problem.hidden = false;
    }
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    this.watch?.dispose();
    this.resized.disconnect();
    this.parts.graph.dispose();
    this.root.remove();
  }

  /** What the reader has chosen so far goes with him to the next text. */
  private choices(first: First): First {
    if (!this.scene) return first;
    const { tau, poolers, tint, layout, words } = this.state();
    return { ...first, tau, poolers, tint: tint || first.tint, layout, words };
  }

  /** What the reader has chosen; a text must be there. */
  state(): State {
    const { tau, poolers, tint, layout, words, pins, model } = this.scene!;
    return {
      tau,
      poolers: poolers.map((pooler) => pooler.name),
      tint: tint?.name ?? "",
      layout,
      words,
      pinned: pins.flatMap((node) => model.members[node]),
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
      link: null,
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
    scene.places = this.places();
    this.link();
    this.build();
  }

  private places(): Float32Array {
    const { model, layout: name, edges, chosen } = this.scene!;
    const places = layout(model, name, edges);
    // A part of the tokens gets the whole room.
    return chosen.size ? fitted(places) : places;
  }

  private build(): void {
    // Sliders and scroll bars, which the browser draws, follow it.
    this.root.style.colorScheme = this.scene!.theme.dark ? "dark" : "light";
    this.size = this.measured();
    for (const panel of this.panels) panel.build(this.scene!);
  }

  move(row: number): void {
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

  commit(): void {
    this.settle();
    this.host.report("tau", [this.scene!.tau, this.nonce]);
    void this.watch?.check();
  }

  /** What is spoken and reported is what is drawn. */
  private settle(): void {
    if (this.frame) {
      cancelAnimationFrame(this.frame);
      this.step();
    }
    this.parts.threshold.speak();
  }

  /** τ as the host sets it: nothing is reported. */
  setTau(tau: number): void {
    if (!this.scene) return;
    this.move(nearest(this.scene.source.taus, tau));
    this.settle();
  }

  toTau(tau: number): void {
    this.move(nearest(this.scene!.source.taus, tau));
    this.commit();
  }

  hover(node: number): void {
    const { scene } = this;
    if (!scene || scene.hover === node) return;
    scene.hover = node;
    for (const panel of this.panels) panel.light(scene);
  }

  pin(node: number): void {
    const scene = this.scene;
    if (!scene || node < 0) return;
    const others = scene.pins.filter((each) => each !== node);
    this.fix(others.length < scene.pins.length ? others : [...others, node]);
    this.host.pinned?.();
  }

  /** Tokens as the host pins them: nothing is reported. */
  setPins(tokens: number[]): void {
    if (!this.scene) return;
    const { nodeOf } = this.scene.model;
    const found = tokens.map((token) => nodeOf[token] ?? -1).filter((node) => node >= 0);
    this.fix([...new Set(found)]);
  }

  private fix(nodes: number[]): void {
    const scene = this.scene!;
    scene.pins = nodes;
    this.link();
    for (const panel of this.panels) panel.light(scene);
  }

  choose(chosen: number[]): void {
    const scene = this.scene!;
    scene.chosen = new Set(chosen.flatMap((node) => scene.model.members[node]));
    this.remodel();
    // Pinned tokens that are not shown are let go.
    this.host.pinned?.();
  }

  showAll(): void {
    const scene = this.scene!;
    const restricted = scene.chosen.size > 0;
    scene.chosen = new Set();
    this.fix([]);
    if (restricted) this.remodel();
    this.host.pinned?.();
  }

  layout(name: LayoutName): void {
    const scene = this.scene!;
    scene.layout = name;
    scene.places = this.places();
    this.build();
    this.reportView();
  }

  relax(): void {
    const scene = this.scene!;
    scene.places =
      scene.layout === "force" || scene.layout === "principal"
        ? relax(scene.model, scene.places, scene.edges)
        : this.places();
    this.build();
  }

  words(on: boolean): void {
    this.scene!.words = on;
    this.remodel();
    this.reportView();
  }

  tint(name: string): void {
    const scene = this.scene!;
    scene.tint = scene.source.poolers.find((pooler) => pooler.name === name) ?? null;
    this.build();
    this.reportView();
  }

  compare(names: string[]): void {
    const scene = this.scene!;
    scene.poolers = scene.source.poolers.filter((pooler) => names.includes(pooler.name));
    this.build();
    this.reportView();
  }

  private reportView(): void {
    const { layout, words, poolers, tint } = this.state();
    const told = { nonce: this.nonce, layout, words, poolers, tint };
    this.host.report("view", JSON.stringify(told));
  }

  private link(): void {
    const scene = this.scene!;
    const [from, to] = scene.pins.slice(-2);
    scene.link = to === undefined ? null : connection(scene.model, from, to, scene.tau);
  }

  private themed(): void {
    if (!this.scene) return;
    const theme = readTheme(this.root);
    if (JSON.stringify(theme) === JSON.stringify(this.scene.theme)) return;
    this.scene.theme = theme;
    this.build();
  }

  private refit(): void {
    // A hidden tab has no width: nothing is drawn until it has one again.
    if (!this.scene || !this.root.clientWidth || this.measured() === this.size) return;
    this.build();
  }

  /** What decides how large the drawings are. */
  private measured(): string {
    return `${this.root.clientWidth} ${globalThis.devicePixelRatio}`;
  }

  zoom(direction: number): void {
    this.parts.graph.scale(direction);
  }

  private taken(): Taken {
    return { scene: this.scene!, sent: arrays(this.sent!), program: this.host.program };
  }

  private lost(lost: boolean): void {
    this.parts.offline.textContent = lost ? LOST : "";
  }
}
