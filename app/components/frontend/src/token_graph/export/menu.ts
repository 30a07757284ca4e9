/** Everything that can be taken away from the page. */

import { button, element } from "../../shared/dom";
import { download, pngOf } from "../../shared/save";
import type { Sent } from "../data/source";
import type { Scene } from "../scene";
import { page } from "./page";
import { edgesCsv, graphml, json, python, tokensCsv } from "./records";
import { svg } from "./scene_svg";

export interface Taken {
  scene: Scene;
  sent: Sent;
  program: string;
}

/** What depends on where the view stands. */
export interface Offers {
  /** Source of the bundle, for a page of its own; empty: the view stands on one, or has none. */
  program: string;
  /** Whether a server stands behind the page: only then is there a link to give. */
  served: boolean;
}

export class ExportMenu {
  readonly element = element("details", { class: "exports" });
  private readonly note = element("p", { role: "status", class: "note" });
  private readonly code = element("textarea", {
    readonly: "",
    rows: "10",
    hidden: "",
    "aria-label": "Python that computes this view again",
  });

  /**
   * @param take gives what the reader sees now.
   * @param offers what else there is to take.
   */
  constructor(
    private readonly take: () => Taken,
    { program: source, served }: Offers,
  ) {
    const files: [string, string, string, (taken: Taken) => string][] = [
      ["SVG", "svg", "image/svg+xml", ({ scene }) => svg(scene)],
      ["Tokens (CSV)", "tokens.csv", "text/csv", ({ scene }) => tokensCsv(scene)],
      ["Edges (CSV)", "edges.csv", "text/csv", ({ scene }) => edgesCsv(scene)],
      ["JSON", "json", "application/json", ({ scene }) => json(scene)],
      ["GraphML", "graphml", "application/xml", ({ scene }) => graphml(scene)],
    ];
    if (source) {
      files.push([
        "HTML, works offline",
        "html",
        "text/html",
        ({ sent, scene, program }) => page(sent, scene, program),
      ]);
    }
    const buttons = files.map(([title, ending, type, content]) =>
      button(title, () => {
        const taken = take();
        download(new Blob([content(taken)], { type: `${type};charset=utf-8` }), name(taken, ending));
      }),
    );
    buttons.splice(1, 0, button("PNG", () => void this.png()));
    this.element.append(
      element("summary", {}, ["Take it with you"]),
      element("div", { class: "buttons" }, [
        ...buttons,
        ...(served ? [button("Copy link", () => this.link())] : []),
        button("Copy as Python", () => this.python()),
      ]),
      this.note,
      this.code,
    );
  }

  private async png(): Promise<void> {
    const taken = this.take();
    try {
      download(await pngOf(svg(taken.scene)), name(taken, "png"));
    } catch {
      this.note.textContent = "This browser could not draw the picture: take the SVG instead.";
    }
  }

  /** The address follows τ when Python has answered; the link is right at once. */
  private link(): void {
    const link = new URL(location.href);
    link.searchParams.set("tau", this.take().scene.tau.toFixed(2));
    void this.copy(link.href, "Link copied.");
  }

  private python(): void {
    const text = python(this.take().scene);
    this.code.hidden = false;
    this.code.value = text;
    void this.copy(text, "Copied: it reproduces this view in a notebook.");
  }

  private async copy(text: string, done: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.note.textContent = done;
    } catch {
      // Pages that are not served from this machine or over https have no clipboard.
      this.code.hidden = false;
      this.code.value = text;
      this.code.select();
      this.note.textContent = "The browser gave no access to the clipboard: copy it from here.";
    }
  }
}

function name({ scene }: Taken, ending: string): string {
  return `token-graph-${scene.tau.toFixed(2)}.${ending}`;
}
