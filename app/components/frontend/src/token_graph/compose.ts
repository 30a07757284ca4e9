/** Which panels there are, and where they stand. */

import type { LayoutName } from "./data/source";
import { element } from "../shared/dom";
import { ExportMenu, type Offers, type Taken } from "./export/menu";
import { BarsPanel } from "./panels/bars";
import { CurvesPanel } from "./panels/curves";
import { GraphPanel } from "./panels/graph";
import { MatrixPanel } from "./panels/matrix";
import { RelationPanel } from "./panels/relation";
import { TablePanel } from "./panels/table";
import { TextPanel } from "./panels/text";
import { ThresholdPanel, type ThresholdActions } from "./panels/threshold";
import { ToolbarPanel, type ToolbarActions } from "./panels/toolbar";
import type { Actions, Panel } from "./scene";
import css from "./style.css";

/** All that panels ask for. */
export interface Control extends Actions, ThresholdActions, ToolbarActions {
  toTau(tau: number): void;
  layout(name: LayoutName): void;
}

export interface Parts {
  root: HTMLElement;
  panels: Panel[];
  graph: GraphPanel;
  threshold: ThresholdPanel;
  /** What went wrong with the last message. */
  problem: HTMLElement;
  /** That the server does not answer. */
  offline: HTMLElement;
}

const KEYS =
  "Arrow keys move from token to token, Enter pins one, Escape lets all go; pinned tokens can be " +
  "shown alone. In the graph, drag a frame around tokens to see only them; Shift and drag moves a " +
  "larger graph; Ctrl and the wheel make it larger or smaller.";

export function compose(control: Control, take: () => Taken, host: Offers): Parts {
  const problem = element("p", { class: "problem", role: "alert", hidden: "" });
  const offline = element("p", { class: "warning", role: "status" });
  const threshold = new ThresholdPanel(control);
  const toolbar = new ToolbarPanel(control);
  const text = new TextPanel(control);
  const graph = new GraphPanel(control);
  const matrix = new MatrixPanel(control);
  const curves = new CurvesPanel((tau) => control.toTau(tau));
  const bars = new BarsPanel(control);
  const relation = new RelationPanel(control);
  const table = new TablePanel();
  const root = element("div", { class: "glot" }, [
    element("style", {}, [css]),
    problem,
    offline,
    threshold.element,
    titled("The text, tinted by π", text.element),
    toolbar.element,
    element("div", { class: "main" }, [
      titled("Token graph", graph.element, relation.element),
      element("div", { class: "side" }, [
        titled("Similarities of all pairs", matrix.element),
        titled("The graph at every τ", curves.element),
      ]),
    ]),
    titled("Token weights π, and what each head predicts", toolbar.comparison, bars.element),
    table.element,
    new ExportMenu(take, host).element,
    element("p", { id: "keys", class: "keys" }, [KEYS]),
  ]);
  const panels = [threshold, toolbar, text, graph, matrix, curves, bars, relation, table];
  return { root, panels, graph, threshold, problem, offline };
}

function titled(title: string, ...children: Node[]): HTMLElement {
  return element("section", { "aria-label": title }, [element("h2", {}, [title]), ...children]);
}
