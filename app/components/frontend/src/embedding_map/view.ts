/** All panels: what is pointed at, chosen or hidden in one is so in every one. */

import { element } from "../shared/dom";
import { readTheme, type Theme } from "../shared/theme";
import { Panel, type Together } from "./panel";
import { Choice } from "./choices";
import { decode, type Drag, type Sent, type Source } from "./source";
import css from "./style.css";

const KEYS =
  "Arrow keys go from point to point and Enter chooses one; Shift and a click adds to the choice, " +
  "Escape lets all go. Shift and arrows move a map, or turn a space; +, − and 0, or Ctrl and the " +
  "wheel, change how near it is.";

export interface Host {
  /** Tells Python which rows the reader has chosen, or how he looks at them. */
  report(name: "chosen" | "view", value: string): void;
}

export class View implements Together {
  readonly hidden = new Set<string>();
  readonly chosen = new Set<number>();
  hovered = -1;
  colour = "";
  drag: Drag = "pan";
  private readonly root = element("div", { class: "glot-map" });
  private readonly colours = new Choice("Colour", (name) => this.recolour(name));
  private readonly drags = new Choice("Mouse", (name) => this.steer(name as Drag));
  private readonly grid = element("div", { class: "panels" });
  private readonly problem = element("p", { class: "problem", role: "alert", hidden: "" });
  private readonly panels = new Map<string, Panel>();
  private readonly resized: ResizeObserver;
  private source: Source | null = null;
  private sent: Sent | null = null;
  private theme: Theme | null = null;
  private turn = -1;
  private reports = 0;
  private size = "";
  private lighting = 0;

  constructor(
    parent: ParentNode,
    public host: Host,
  ) {
    this.root.append(
      element("style", {}, [css]),
      this.problem,
      element("div", { class: "choices" }, [this.colours.element, this.drags.element]),
      this.grid,
      element("p", { class: "keys" }, [KEYS]),
    );
    parent.append(this.root);
    this.resized = new ResizeObserver(() => this.refit());
    this.resized.observe(this.root);
  }

  /** A message from Python. */
  update(sent: Sent): void {
    const theme = readTheme(this.root);
    const themed = JSON.stringify(theme) !== JSON.stringify(this.theme);
    if (sent.meta === this.sent?.meta && !themed) return;
    this.theme = theme;
    try {
      const source = decode(sent);
      if (source.map !== this.source?.map) this.hidden.clear();
      this.sent = sent;
      this.source = source;
      this.adopt(source);
      this.show(source);
      this.problem.hidden = true;
    } catch (error) {
      // The last picture stays; what is wrong is told above it.
      this.problem.textContent = `This map could not be drawn: ${(error as Error).message}`;
      this.problem.hidden = false;
    }
  }

  dispose(): void {
    cancelAnimationFrame(this.lighting);
    this.resized.disconnect();
    for (const panel of this.panels.values()) panel.dispose();
    this.root.remove();
  }

  hover(row: number): void {
    if (row === this.hovered) return;
    this.hovered = row;
    this.lighting ||= requestAnimationFrame(() => {
      this.lighting = 0;
      for (const panel of this.panels.values()) panel.light();
    });
  }

  choose(rows: number[], more: boolean): void {
    const before = [...this.chosen];
    if (!more) this.chosen.clear();
    // One that was chosen leaves; several join.
    const [row] = rows;
    if (more && rows.length === 1 && this.chosen.has(row)) this.chosen.delete(row);
    else for (const each of rows) this.chosen.add(each);
    if (before.length === this.chosen.size && before.every((each) => this.chosen.has(each))) return;
    for (const panel of this.panels.values()) panel.again();
    const told = [...this.chosen].sort((a, b) => a - b);
    this.host.report("chosen", JSON.stringify({ turn: this.turn, map: this.source!.map, rows: told }));
  }

  toggle(name: string): void {
    if (!this.hidden.delete(name)) this.hidden.add(name);
    for (const panel of this.panels.values()) {
      panel.filter();
      panel.again();
    }
  }

  /** Python's choice of rows counts where it is newer than what this browser has seen. */
  private adopt(source: Source): void {
    // An answer to an earlier report would undo a later one.
    if (source.heard >= this.reports) {
      this.reports = source.heard;
      this.colour = source.colour;
      this.drag = source.drag;
    }
    if (source.turn === this.turn) return;
    this.turn = source.turn;
    this.chosen.clear();
    for (const row of source.chosen) this.chosen.add(row);
  }

  private recolour(name: string): void {
    this.colour = name;
    for (const panel of this.panels.values()) panel.paint();
    this.told();
  }

  private steer(drag: Drag): void {
    this.drag = drag;
    for (const panel of this.panels.values()) panel.steer();
    this.told();
  }

  /** The picture has changed; Python hears of it for the address. */
  private told(): void {
    this.reports += 1;
    const { colour, drag, reports: heard } = this;
    this.stand();
    this.host.report("view", JSON.stringify({ colour, drag, heard }));
  }

  private show(source: Source): void {
    this.colours.show(source.colours, this.colour);
    this.drags.show(source.drags, this.drag);
    const names = source.panels.map(({ pooler }) => pooler);
    for (const [name, panel] of this.panels) {
      if (names.includes(name)) continue;
      panel.dispose();
      this.panels.delete(name);
    }
    if (this.hovered >= source.rows) this.hovered = -1;
    for (const name of names) {
      if (!this.panels.has(name)) this.panels.set(name, new Panel(this));
    }
    const places = names.map((name) => this.panels.get(name)!.element);
    if (places.some((place, at) => this.grid.children[at] !== place) || this.grid.children.length !== places.length) {
      this.grid.replaceChildren(...places);
    }
    this.root.dataset.panels = String(names.length);
    for (const panel of source.panels) this.panels.get(panel.pooler)!.show(source, panel, this.theme!);
    this.size = this.measured();
    this.stand();
  }

  /** Says that this picture stands on the screen: two frames after it was drawn it does. */
  private stand(): void {
    const name = `${this.source!.id} ${this.turn} ${this.colour} ${this.drag}`;
    requestAnimationFrame(() => requestAnimationFrame(() => (this.root.dataset.drawn = name)));
  }

  private refit(): void {
    // A hidden tab has no width: nothing is drawn until it has one again.
    if (!this.source || !this.root.clientWidth || this.measured() === this.size) return;
    this.size = this.measured();
    for (const panel of this.panels.values()) panel.build();
  }

  private measured(): string {
    return `${this.root.clientWidth} ${globalThis.devicePixelRatio}`;
  }
}
