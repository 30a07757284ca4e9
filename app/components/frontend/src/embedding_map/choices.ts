/** One of a few: radio buttons in a row. */

import { element } from "../shared/dom";

let groups = 0;

export class Choice {
  readonly element: HTMLFieldSetElement;
  private readonly row = element("div", { class: "row" });
  private readonly name = `glot-choice-${groups++}`;

  constructor(
    title: string,
    private readonly taken: (name: string) => void,
  ) {
    this.element = element("fieldset", {}, [element("legend", {}, [title]), this.row]);
  }

  show(options: [string, string][], chosen: string): void {
    const labels = options.map(([value, title]) => {
      const input = element("input", { type: "radio", name: this.name, value });
      input.checked = value === chosen;
      input.addEventListener("change", () => this.taken(value));
      return element("label", {}, [input, title]);
    });
    const shown = [...this.row.querySelectorAll("input")];
    // The same options stay where they are, and with them the focus.
    if (shown.length === options.length && shown.every((each, at) => each.value === options[at][0])) {
      for (const each of shown) each.checked = each.value === chosen;
    } else this.row.replaceChildren(...labels);
  }
}
