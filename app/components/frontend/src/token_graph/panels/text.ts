/** The text itself, each token tinted by π. */

import { clear, element, fit, surface, visible } from "../../shared/dom";
import type { Source } from "../data/source";
import type { Actions, Panel, Scene } from "../scene";
import { lit } from "../scene";

/** Strongest tint: letters on it keep a contrast of 7:1 on the light and the dark page. */
const OPACITY = 0.45;

export class TextPanel implements Panel {
  readonly element = element("div", { class: "text" });
  private readonly tints = surface("layer");
  private readonly words = element("div", {
    class: "words",
    dir: "auto",
    role: "listbox",
    "aria-label": "Tokens of the text",
    "aria-multiselectable": "true",
    "aria-describedby": "keys",
  });
  private tokens: HTMLElement[] = [];
  private boxes: { node: number; x: number; y: number; width: number; height: number }[] = [];
  private scene: Scene | null = null;
  private built = "";
  private marked: HTMLElement[] = [];
  /** Token that the keyboard is on. */
  private current = 0;

  constructor(private readonly actions: Actions) {
    this.element.append(this.tints.canvas, this.words);
    this.words.addEventListener("pointerover", (event) => this.over(event.target));
    this.words.addEventListener("pointerleave", () => actions.hover(-1));
    this.words.addEventListener("dblclick", (event) => {
      const token = this.token(event.target);
      if (token >= 0) actions.pin(this.scene!.model.nodeOf[token]);
    });
    this.words.addEventListener("focusin", (event) => this.over(event.target));
    this.words.addEventListener("focusout", () => actions.hover(-1));
    this.words.addEventListener("keydown", (event) => this.key(event));
  }

  build(scene: Scene): void {
    this.scene = scene;
    if (this.built !== name(scene.source)) this.write(scene);
    this.tokens.forEach((token, at) => {
      token.classList.toggle("out", scene.model.nodeOf[at] < 0);
    });
    this.measure();
    this.step(scene);
    this.light(scene);
  }

  /** Tints lie on a canvas behind the letters: restyling 512 spans would cost a frame. */
  step(scene: Scene): void {
    this.scene = scene;
    clear(this.tints);
    const { tint, model, row } = scene;
    if (!tint) return;
    const weights = model.weights(tint, row);
    let most = 1e-12;
    for (const weight of weights) if (weight > most) most = weight;
    const { context } = this.tints;
    context.fillStyle = tint.colour;
    for (const box of this.boxes) {
      context.globalAlpha = (OPACITY * weights[box.node]) / most;
      context.fillRect(box.x, box.y, box.width, box.height);
    }
    context.globalAlpha = 1;
  }

  light(scene: Scene): void {
    this.scene = scene;
    for (const token of this.marked) token.classList.remove("lit", "near", "pinned");
    this.marked = [];
    const mark = (node: number, name: string) => {
      for (const token of scene.model.members[node]) {
        this.tokens[token].classList.add(name);
        this.marked.push(this.tokens[token]);
      }
    };
    for (const node of lit(scene)) {
      mark(node, "lit");
      for (const other of scene.model.neighbours(node, scene.tau)) mark(other, "near");
    }
    for (const node of scene.pins) mark(node, "pinned");
    this.tokens.forEach((token, at) => {
      const pinned = scene.pins.includes(scene.model.nodeOf[at]);
      if ((token.getAttribute("aria-selected") === "true") !== pinned) {
        token.setAttribute("aria-selected", String(pinned));
      }
    });
  }

  /** The keyboard's token: focus goes to it. */
  focus(token: number): void {
    this.tokens[this.current]?.setAttribute("tabindex", "-1");
    this.current = Math.min(this.tokens.length - 1, Math.max(0, token));
    this.tokens[this.current].setAttribute("tabindex", "0");
    this.tokens[this.current].focus();
  }

  private write({ source }: Scene): void {
    this.built = name(source);
    this.current = 0;
    const parts: (Node | string)[] = [];
    this.tokens = source.pieces.map(([gap, shown], at) => {
      const token = element("span", {
        class: classes(source, at),
        role: "option",
        "aria-selected": "false",
        tabindex: at ? "-1" : "0",
        "data-token": String(at),
      });
      token.textContent = /\S/u.test(shown) ? shown : visible(shown || source.tokens[at]);
      parts.push(gap, token);
      return token;
    });
    this.words.replaceChildren(...parts);
    if (source.n_cut) {
      const told = `✂ cut here: ${source.n_cut.toLocaleString("en")} tokens were not read`;
      const rest = element("span", { class: "rest" }, [source.rest.slice(0, 2000)]);
      this.words.append(element("span", { class: "cut" }, [told]), rest);
    } else {
      this.words.append(source.rest);
    }
  }

  private measure(): void {
    const { scene } = this;
    if (!scene) return;
    const home = this.words.getBoundingClientRect();
    this.boxes = [];
    this.tokens.forEach((token, at) => {
      const node = scene.model.nodeOf[at];
      if (node < 0) return;
      for (const box of token.getClientRects()) {
        this.boxes.push({
          node,
          x: box.left - home.left,
          y: box.top - home.top,
          width: box.width,
          height: box.height,
        });
      }
    });
    // As high as the tokens reach: what was cut has no tint.
    const height = Math.max(1, ...this.boxes.map((box) => box.y + box.height));
    fit(this.tints, home.width, height);
    this.tints.canvas.style.width = `${home.width}px`;
    this.tints.canvas.style.height = `${height}px`;
  }

  private token(target: EventTarget | null): number {
    const found = target instanceof HTMLElement ? target.closest("[data-token]") : null;
    return found ? Number(found.getAttribute("data-token")) : -1;
  }

  private over(target: EventTarget | null): void {
    const token = this.token(target);
    const node = token < 0 ? -1 : this.scene!.model.nodeOf[token];
    if (token >= 0) this.tokens[token].title = this.tip(token, node);
    this.actions.hover(node);
  }

  private tip(token: number, node: number): string {
    const { source, poolers, row, model, tau } = this.scene!;
    if (node < 0) return `${source.tokens[token]}: not in the part that is shown`;
    const lines = poolers.map((p) => `π ${p.title}: ${model.weights(p, row)[node].toFixed(4)}`);
    const edges = `${model.neighbours(node, tau).length} edges`;
    const marked = source.marked.includes(token) ? ["marked by the link"] : [];
    const told = `${visible(model.labels[node])} (token ${token + 1})`;
    return [told, ...marked, edges, ...lines].join("\n");
  }

  private key(event: KeyboardEvent): void {
    const at = this.token(event.target);
    if (at < 0) return;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1 }[
      event.key
    ] ?? { Home: 0, End: this.tokens.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.focus(to);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.actions.pin(this.scene!.model.nodeOf[at]);
    }
  }
}

/** What is written: the text, and which of its tokens are marked. */
function name({ view, marked }: Source): string {
  return [view, ...marked].join(" ");
}

function classes({ special, marked }: Source, token: number): string {
  const own = [special.includes(token) ? "special" : "", marked.includes(token) ? "asked" : ""];
  return ["token", ...own].filter(Boolean).join(" ");
}
