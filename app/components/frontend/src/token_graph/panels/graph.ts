/** The token graph: edges of the present τ, nodes sized by π, names of the heaviest. */

import { clear, element, fit, short, surface, visible } from "../../shared/dom";
import { lit, type Actions, type Panel, type Scene } from "../scene";
import { rgba } from "../../shared/theme";
import { EdgePainter, trace } from "./edges";
import { listen, type Frame } from "./pointer";

const MARGIN = 34;
/** More names than this hide each other; the pointer and the table tell the others. */
const MAX_NAMES = 60;
/** How near the pointer must come to a node, in pixels. */
const REACH = 16;
const ZOOM = 1.4;

export class GraphPanel implements Panel {
  readonly element = element("div", {
    class: "graph",
    role: "group",
    tabindex: "0",
    "aria-label": "Token graph",
    "aria-describedby": "keys",
  });
  private readonly edges = surface("layer");
  private readonly nodes = surface("layer");
  private readonly names = surface("layer");
  private readonly over = surface("layer");
  private readonly painter = new EdgePainter(this.edges);
  private scene: Scene | null = null;
  private screen: Float32Array = new Float32Array(0);
  /** The strongest similarity of each node: whether it has an edge at τ. */
  private strongest: Float32Array = new Float32Array(0);
  private width = 0;
  private height = 0;
  private zoom = 1;
  private pan = [0, 0];
  private view = "";

  constructor(actions: Actions) {
    const layers = [this.edges, this.nodes, this.names, this.over].map(({ canvas }) => canvas);
    this.element.append(...layers);
    listen(this.element, {
      hover: (x, y) => actions.hover(this.at(x, y)),
      leave: () => actions.hover(-1),
      open: (x, y) => actions.pin(this.at(x, y)),
      frame: (frame) => {
        const inside = this.inside(frame);
        if (inside.length) actions.choose(inside);
      },
      move: (x, y) => this.move(x, y),
      scale: (direction) => this.scale(direction),
    });
  }

  build(scene: Scene): void {
    this.scene = scene;
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    if (!this.width || !this.height) return;
    const view = `${scene.source.view} ${scene.layout} ${scene.model.size}`;
    if (view !== this.view) [this.view, this.zoom, this.pan] = [view, 1, [0, 0]];
    for (const layer of [this.edges, this.nodes, this.names, this.over]) {
      fit(layer, this.width, this.height);
    }
    this.strongest = strongest(scene);
    this.place();
  }

  step(scene: Scene): void {
    this.scene = scene;
    if (!this.width) return;
    this.painter.draw(scene.edges);
    this.drawNodes(scene);
    if (scene.hover >= 0 || scene.pins.length) this.light(scene);
  }

  light(scene: Scene): void {
    this.scene = scene;
    const marked = lit(scene);
    // A layer that is not there costs no frame.
    this.over.canvas.hidden = !marked.length;
    if (!this.width || !marked.length) return;
    clear(this.over);
    const { context } = this.over;
    const { model, theme, tau } = scene;
    for (const node of marked) {
      const neighbours = model.neighbours(node, tau);
      this.lines(neighbours.map((other) => [node, other]), theme.accent, 1.4, 0.8);
      this.rings(neighbours, theme.text, 1.2);
      for (const other of neighbours.length <= 24 ? neighbours : []) this.name(other, theme.text);
    }
    const chain = scene.link?.chain ?? [];
    this.lines(steps(chain), theme.accent, 3.5, 1);
    this.rings([...scene.pins, ...marked], theme.accent, 2.5);
    context.font = `600 13px ${theme.font}`;
    for (const node of new Set([...marked, ...scene.pins, ...chain])) {
      this.name(node, theme.text, true);
    }
  }

  /** Larger, smaller, or as it was. */
  scale(direction: number): void {
    const factor = direction ? ZOOM ** direction : 1;
    this.zoom = direction ? Math.min(12, Math.max(1, this.zoom * factor)) : 1;
    this.pan = this.zoom === 1 ? [0, 0] : this.pan.map((value) => value * factor);
    this.place();
  }

  dispose(): void {
    this.painter.forget();
  }

  private place(): void {
    const scene = this.scene!;
    const scaleX = (this.width / 2 - MARGIN) * this.zoom;
    const scaleY = (this.height / 2 - MARGIN) * this.zoom;
    const round = scene.layout === "circle" || scene.layout === "components";
    const [x, y] = round ? Array(2).fill(Math.min(scaleX, scaleY)) : [scaleX, scaleY];
    this.screen = Float32Array.from(scene.places, (value, at) =>
      at % 2
        ? this.height / 2 + value * y + this.pan[1]
        : this.width / 2 + value * x + this.pan[0],
    );
    const { timeline } = scene.model;
    const stops = scene.source.taus.map((tau) => timeline.edges(tau)).sort((a, b) => a - b);
    this.painter.reset(timeline, this.screen, scene.layout === "arc", scene.edges, stops);
    this.drawNodes(scene);
    this.drawNames(scene);
    this.light(scene);
  }

  /** Radius of the heaviest node: many nodes need room. */
  private most(): number {
    const nodes = this.scene!.model.size;
    return nodes <= 40 ? 15 : nodes <= 120 ? 11 : 7;
  }

  /** How far above a node its name stands: clear of it at every τ. */
  private above(): number {
    return this.most() + 6;
  }

  private drawNodes(scene: Scene): void {
    clear(this.nodes);
    const { context } = this.nodes;
    const { model, tint, tau, row } = scene;
    const weights = tint ? model.weights(tint, row) : null;
    let most = 1e-12;
    if (weights) for (const weight of weights) if (weight > most) most = weight;
    const colour = tint?.colour ?? "#808080";
    const filled = rgba(colour, 0.9);
    const limit = Math.fround(tau);
    const heaviest = this.most();
    // One path for each node: filling a single path of 512 circles takes the browser half a frame.
    for (let node = 0; node < model.size; node++) {
      const [x, y] = [this.screen[2 * node], this.screen[2 * node + 1]];
      // Area, not diameter, is in proportion to π.
      const radius = 2.5 + heaviest * Math.sqrt(weights ? weights[node] / most : 0.15);
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      // A token without an edge is a ring: the graph leaves it alone.
      const open = this.strongest[node] <= limit;
      context.fillStyle = open ? scene.theme.background : filled;
      context.fill();
      if (!open) continue;
      context.strokeStyle = colour;
      context.lineWidth = 1.5;
      context.stroke();
    }
    // Clear of the largest node, so that a ring stays where it is while τ moves.
    this.rings(asked(scene), scene.theme.text, 2, this.nodes, heaviest + 5);
  }

  /** Names stay where they are while τ moves: those of the tokens that can weigh most. */
  private drawNames(scene: Scene): void {
    clear(this.names);
    const { model, tint } = scene;
    const order = Array.from({ length: model.size }, (_, node) => node);
    if (tint && model.size > MAX_NAMES) {
      const weights = model.weights(tint, scene.row);
      order.sort((a, b) => weights[b] - weights[a]);
    }
    const { context } = this.names;
    context.font = `${model.size > 40 ? 11 : 13}px ${scene.theme.font}`;
    context.fillStyle = scene.theme.text;
    context.textAlign = "center";
    const angled = scene.layout === "arc" && model.size > 12;
    const taken: [number, number, number][] = [];
    for (const node of order.slice(0, MAX_NAMES)) {
      const text = short(visible(model.labels[node]), 14);
      const [x, y] = [this.screen[2 * node], this.screen[2 * node + 1]];
      if (angled) this.slanted(context, text, x, y);
      else if (free(taken, x, y, context.measureText(text).width)) context.fillText(text, x, y - this.above());
    }
  }

  private slanted(context: CanvasRenderingContext2D, text: string, x: number, y: number): void {
    context.save();
    context.translate(x, y + 12);
    context.rotate(Math.PI / 3);
    context.textAlign = "left";
    context.fillText(short(text, 8), 0, 0);
    context.restore();
  }

  private name(node: number, colour: string, plate = false): void {
    const { context } = this.over;
    const text = short(visible(this.scene!.model.labels[node]), 28);
    const x = this.screen[2 * node];
    const y = this.screen[2 * node + 1] - this.above();
    context.textAlign = "center";
    if (plate) {
      const width = context.measureText(text).width + 8;
      context.fillStyle = rgba(this.scene!.theme.background, 0.85);
      context.fillRect(x - width / 2, y - 12, width, 16);
    } else {
      context.font = `12px ${this.scene!.theme.font}`;
    }
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  private lines(pairs: number[][], colour: string, width: number, opacity: number): void {
    const { context } = this.over;
    context.beginPath();
    const arcs = this.scene!.layout === "arc";
    for (const [a, b] of pairs) trace(context, this.screen, a, b, arcs);
    context.strokeStyle = rgba(colour, opacity);
    context.lineWidth = width;
    context.stroke();
  }

  private rings(
    nodes: number[],
    colour: string,
    width: number,
    { context } = this.over,
    radius = 9,
  ): void {
    context.beginPath();
    for (const node of nodes) {
      const [x, y] = [this.screen[2 * node], this.screen[2 * node + 1]];
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  /** The node at a place of the drawing; −1 where there is none in reach. */
  private at(x: number, y: number): number {
    let [best, nearest] = [-1, REACH ** 2];
    for (let node = 0; node < this.screen.length / 2; node++) {
      const distance = (this.screen[2 * node] - x) ** 2 + (this.screen[2 * node + 1] - y) ** 2;
      if (distance < nearest) [best, nearest] = [node, distance];
    }
    return best;
  }

  private inside({ left, top, width, height }: Frame): number[] {
    const found = [];
    for (let node = 0; node < this.screen.length / 2; node++) {
      const [x, y] = [this.screen[2 * node] - left, this.screen[2 * node + 1] - top];
      if (x >= 0 && x <= width && y >= 0 && y <= height) found.push(node);
    }
    return found;
  }

  private move(x: number, y: number): void {
    this.pan = [this.pan[0] + x, this.pan[1] + y];
    this.place();
  }
}

/** Nodes that hold a token which the link asks to be marked. */
function asked({ source, model }: Scene): number[] {
  const nodes = source.marked.map((token) => model.nodeOf[token]);
  return [...new Set(nodes)].filter((node) => node >= 0);
}

function strongest({ model }: Scene): Float32Array {
  const out = new Float32Array(model.size).fill(-2);
  const { first, second, similarity } = model.timeline;
  let missing = model.size;
  for (let edge = 0; edge < similarity.length && missing; edge++) {
    for (const node of [first[edge], second[edge]]) {
      if (out[node] > -2) continue;
      out[node] = similarity[edge];
      missing--;
    }
  }
  return out;
}

function steps(chain: number[]): number[][] {
  return chain.slice(1).map((node, at) => [chain[at], node]);
}

/** Whether a name of this width, in the middle above (x, y), hides no other; then its place is taken. */
function free(taken: [number, number, number][], x: number, y: number, width: number): boolean {
  for (const [left, top, wide] of taken) {
    if (Math.abs(top - y) < 13 && Math.abs(left - x) < (wide + width) / 2 + 3) return false;
  }
  taken.push([x, y, width]);
  return true;
}
