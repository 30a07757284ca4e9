/** What Streamlit calls. */

import type { Sent } from "./source";
import { View } from "./view";

interface Component {
  data: Sent | null;
  parentElement: ParentNode;
  setStateValue(name: string, value: unknown): void;
}

/** Streamlit calls again for every message and every change of theme: one view for each place. */
const views = new WeakMap<ParentNode, View>();

export default function mount(component: Component): (() => void) | undefined {
  const { data, parentElement, setStateValue } = component;
  if (!data) return undefined;
  const host = { report: (name: string, value: unknown) => setStateValue(name, value) };
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
