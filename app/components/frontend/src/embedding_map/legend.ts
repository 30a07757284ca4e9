/** Which colour means what; a class can be taken out of the picture and put back. */

import { button, element } from "../shared/dom";
import type { Source, Tint } from "./source";
import { path } from "./symbols";
import { plainNumber } from "./words";

export class Legend {
  readonly element = element("div", { class: "legend" });

  constructor(private readonly toggle: (name: string) => void) {}

  /** @param placed whether a sentence of the reader's own is on the map */
  show(source: Source, tint: Tint, placed: boolean): void {
    const whole = tint.classes.length ? this.classes(tint) : scale(source, tint);
    this.element.replaceChildren(...whole);
    if (placed) {
      const own = element("span", { class: "entry" });
      own.append(icon("star", source.star.hue), "your sentence");
      this.element.append(own);
    }
  }

  /** Classes that are not shown. */
  mark(hidden: ReadonlySet<string>): void {
    for (const entry of this.element.querySelectorAll("button")) {
      entry.setAttribute("aria-pressed", String(!hidden.has(entry.dataset.name!)));
    }
  }

  private classes({ classes, values }: Tint): Node[] {
    const counts = new Map<number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    const unknown = values.length - classes.reduce((n, _, at) => n + (counts.get(at) ?? 0), 0);
    const entries: Node[] = classes.flatMap(({ name, hue, symbol }, at) => {
      if (!counts.has(at)) return [];
      const entry = button("", () => this.toggle(name), {
        class: "entry",
        "data-name": name,
        title: "Show or hide these points in every panel",
      });
      entry.append(icon(symbol, hue), `${name} `, count(counts.get(at)!));
      return [entry];
    });
    if (unknown) {
      entries.push(element("span", { class: "entry" }, ["not known ", count(unknown)]));
    }
    return entries;
  }
}

function count(n: number): Node {
  return element("span", { class: "count" }, [n.toLocaleString("en")]);
}

function scale({ scale }: Source, tint: Tint): Node[] {
  const bar = element("span", { class: "bar" });
  bar.style.background = `linear-gradient(to right, ${scale.join(", ")})`;
  return [
    element("span", { class: "entry" }, [
      `${tint.title} ${plainNumber(tint.low)}`,
      bar,
      plainNumber(tint.high),
    ]),
  ];
}

function icon(symbol: string, hue: string): Node {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  for (const [name, value] of [
    ["viewBox", "-1.5 -1.5 3 3"],
    ["width", "14"],
    ["height", "14"],
    ["aria-hidden", "true"],
  ]) {
    picture.setAttribute(name, value);
  }
  const shape = document.createElementNS(space, "path");
  shape.setAttribute("d", path(symbol));
  shape.setAttribute("fill", hue);
  picture.append(shape);
  return picture;
}
