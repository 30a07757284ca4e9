/** What is said beside the points. */

import { element } from "../shared/dom";
import type { Size } from "./camera";
import type { MapPanel, Source, Tint } from "./source";

/** Pixels between a point and its text. */
const AWAY = 14;

export interface Described {
  head: string;
  text: string;
}

/** A row as it is read beside its point. */
export function describe({ texts }: Source, tint: Tint, row: number): Described {
  const value = tint.values[row];
  const name = tint.classes.length
    ? (tint.classes[value]?.name ?? "not known")
    : plainNumber(value);
  const by = tint.title ? `, ${tint.title.toLowerCase()}: ${name}` : "";
  return { head: `Row ${row}${by}`, text: texts[row] ?? "" };
}

export function plainNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "not known";
}

/** The text of the point that is meant. */
export class Tip {
  readonly element = element("div", { class: "tip", hidden: "", role: "status" });

  show(told: Described | null, [x, y]: [number, number], { width, height }: Size): void {
    const tip = this.element;
    tip.hidden = !told;
    if (!told) return;
    tip.replaceChildren(element("strong", {}, [told.head]), told.text);
    tip.style.left = `${Math.max(4, Math.min(x + AWAY, width - tip.offsetWidth - 4))}px`;
    const below = y + AWAY + tip.offsetHeight < height;
    tip.style.top = `${below ? y + AWAY : Math.max(4, y - AWAY - tip.offsetHeight)}px`;
  }
}

/** What a panel's vectors are worth, what the numbers rest on, and what else is to be known. */
export function told({ problem, measures, notes }: MapPanel, tint: Tint): Node[] {
  if (problem) return [element("p", { class: "problem" }, [problem])];
  const line = element("dl");
  for (const [name, value, basis] of measures) {
    line.append(
      element("div", { title: basis }, [element("dt", {}, [name]), element("dd", {}, [value])]),
    );
  }
  const bases = measures.filter(([, , basis]) => basis);
  const how = element("details", {}, [
    element("summary", {}, ["What these rest on"]),
    ...bases.map(([name, , basis]) => element("p", {}, [`${name}: ${basis}.`])),
  ]);
  const known = [...(tint.note ? [tint.note] : []), ...notes];
  return [line, ...known.map((note) => element("p", {}, [note])), ...(bases.length ? [how] : [])];
}
