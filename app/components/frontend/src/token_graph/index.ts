/** What Streamlit calls, what a notebook calls, and what an exported page calls. */

import type { Sent } from "./data/source";
import { unpack } from "./export/page";
import { render, type Place } from "./notebook";
import { View } from "./view";

interface Component {
  data: Sent | null;
  parentElement: ParentNode;
  setStateValue(name: string, value: unknown): void;
}

/** Streamlit calls again for every message and every change of theme: one view for each place. */
const views = new WeakMap<ParentNode, View>();

export function mount(component: Component, boot: () => unknown): (() => void) | undefined {
  const { data, parentElement, setStateValue } = component;
  if (!data) return undefined;
  const host = {
    report: (name: string, value: unknown) => setStateValue(name, value),
    program: boot.toString(),
    served: true,
  };
  let view = views.get(parentElement);
  if (view) view.host = host;
  else views.set(parentElement, (view = new View(parentElement, host)));
  view.update(data);
  const mounted = view;
  return () => {
    mounted.dispose();
    views.delete(parentElement);
  };
}

/** What anywidget asks of a module. */
export function widget(boot: () => unknown): { render(place: Place): () => void } {
  return { render: (place) => render(place, boot.toString()) };
}

/** The view on a page of its own, without a server. */
export function embed(place: HTMLElement, data: Record<string, string>): void {
  document.documentElement.classList.add("glot-page");
  new View(place, { report: () => {}, program: "", served: false }).update(unpack(data));
}
