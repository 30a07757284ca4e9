/** The view in a notebook: anywidget's model, which Python holds too, is what it follows and tells. */

import { element } from "../shared/dom";
import { luminance } from "../shared/theme";
import type { Sent } from "./data/source";
import type { State } from "./host";
import { View } from "./view";

/** As anywidget hands it over. */
interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(name: string, callback: () => void): void;
  off(name: string, callback: () => void): void;
}

export interface Place {
  model: Model;
  el: HTMLElement;
}

/** Traits of the widget, and what they are of the view; `layout` is taken by all Jupyter widgets. */
const TRAITS: Record<string, keyof State> = {
  tau: "tau",
  poolers: "poolers",
  tint: "tint",
  arrangement: "layout",
  words: "words",
  pinned: "pinned",
};

const FOLLOW: { [Name in keyof State]: (view: View, value: State[Name]) => void } = {
  tau: (view, tau) => view.setTau(tau),
  poolers: (view, names) => view.compare(names),
  tint: (view, name) => view.tint(name),
  layout: (view, name) => view.layout(name),
  words: (view, on) => view.words(on),
  pinned: (view, tokens) => view.setPins(tokens),
};

/** Draws the view; what it gives back takes it away again. */
export function render({ model, el }: Place, program: string): () => void {
  const frame = element("div");
  const shell = sealed(frame);
  el.append(shell);
  const tell = () => told(model, view.state());
  const view = new View(frame, { report: tell, pinned: tell, program, served: false });
  const sent = opening(model);
  view.update(sent);
  view.setPins(model.get("pinned") as number[]);
  const unfollow = Object.keys(TRAITS).map((trait) => follow(model, trait, view));
  const unwatch = watchTheme(el, (dark) => {
    frame.classList.toggle("glot-dark", dark);
    view.update(sent);
  });
  return () => {
    unwatch();
    for (const each of unfollow) each();
    view.dispose();
    shell.remove();
  };
}

/**
 * A place of its own: the notebook's styles stay outside, several views do not share ids, and keys
 * pressed in it are no commands to the notebook.
 */
function sealed(frame: HTMLElement): HTMLElement {
  const shell = element("div", { "data-lm-suppress-shortcuts": "true" });
  shell.attachShadow({ mode: "open" }).append(frame);
  for (const kind of ["keydown", "keypress", "keyup"]) {
    shell.addEventListener(kind, (event) => event.stopPropagation());
  }
  return shell;
}

/** The message, opened with what the widget's traits say now: a reloaded page goes on from there. */
function opening(model: Model): Sent {
  const { meta, ...columns } = model.get("_message") as Record<string, unknown>;
  const first = Object.entries(TRAITS).map(([trait, name]) => [name, model.get(trait)]);
  const words = { ...JSON.parse(meta as string), first: { nonce: 0, ...Object.fromEntries(first) } };
  const sent: Sent = { meta: JSON.stringify(words) };
  for (const [name, column] of Object.entries(columns)) {
    const { buffer, byteOffset, byteLength } = column as DataView;
    // A copy: in the message it need not begin where a float may.
    sent[name] = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  }
  return sent;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function told(model: Model, state: State): void {
  const changed = Object.entries(TRAITS).filter(
    ([trait, name]) => !same(model.get(trait), state[name]),
  );
  for (const [trait, name] of changed) model.set(trait, state[name]);
  if (changed.length) model.save_changes();
}

/** Whatever sets a trait, Python or another view of the same widget, moves this view. */
function follow(model: Model, trait: string, view: View): () => void {
  const name = TRAITS[trait];
  const act = FOLLOW[name] as (view: View, value: unknown) => void;
  const heard = () => {
    const value = model.get(trait);
    if (!same(value, view.state()[name])) act(view, value);
  };
  model.on(`change:${trait}`, heard);
  return () => model.off(`change:${trait}`, heard);
}

/** Milliseconds after which a theme's styles are there, when it was named before they were. */
const LATE = 500;

/** Tells whether the notebook is dark: once it is on the page, and whenever that changes. */
function watchTheme(place: HTMLElement, tell: (dark: boolean) => void): () => void {
  let shown = false;
  let late = 0;
  const look = () => {
    const dark = place.isConnected ? isDark(place) : shown;
    if (dark === shown) return;
    shown = dark;
    tell(dark);
  };
  const again = () => {
    look();
    clearTimeout(late);
    late = window.setTimeout(look, LATE);
  };
  const attributes = new MutationObserver(again);
  for (const each of [document.documentElement, document.body]) {
    attributes.observe(each, { attributes: true });
  }
  // Jupyter puts the place on the page after this; it has a size from then on.
  const size = new ResizeObserver(look);
  size.observe(place);
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", again);
  again();
  return () => {
    clearTimeout(late);
    attributes.disconnect();
    size.disconnect();
    system.removeEventListener("change", again);
  };
}

/** By the first background below the view; where there is none, by the text's colour. */
function isDark(place: HTMLElement): boolean {
  for (let each: Element | null = place; each; each = each.parentElement) {
    const { backgroundColor } = getComputedStyle(each);
    if (!/^transparent$|[,/]\s*0\)$/.test(backgroundColor)) return luminance(backgroundColor) < 0.4;
  }
  return luminance(getComputedStyle(place).color) > 0.6;
}
