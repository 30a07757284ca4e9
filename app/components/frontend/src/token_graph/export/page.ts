/** One HTML file that holds the text, the tables and this program: it works without a network. */

import type { First, Sent } from "../data/source";
import type { Scene } from "../scene";

/**
 * @param sent the message as Python sent it, with its tables as arrays.
 * @param scene what the reader sees: the file opens with it.
 * @param program source of this bundle.
 */
export function page(sent: Sent, scene: Scene, program: string): string {
  const meta = JSON.parse(sent.meta);
  const first: First = {
    nonce: meta.first.nonce,
    tau: scene.tau,
    poolers: scene.poolers.map((pooler) => pooler.name),
    tint: scene.tint?.name ?? "",
    layout: scene.layout,
    words: scene.words,
  };
  const data: Record<string, string> = { meta: JSON.stringify({ ...meta, first }) };
  for (const [name, value] of Object.entries(sent)) {
    if (value instanceof Float32Array) data[name] = base64(value);
  }
  const title = `Token graph: ${scene.source.text.slice(0, 60)}`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${title.replace(/[&<>]/g, (mark) => `&#${mark.charCodeAt(0)};`)}</title></head>`,
    '<body><main id="view"></main>',
    `<script type="application/json" id="data">${inert(JSON.stringify(data))}</script>`,
    `<script type="module">${program.replaceAll("</script", "<\\/script")}`,
    'boot().embed(document.getElementById("view"), JSON.parse(document.getElementById("data").textContent));',
    "</script></body></html>",
    "",
  ].join("\n");
}

/** The arrays of an exported page. */
export function unpack(data: Record<string, string>): Sent {
  const sent: Sent = { meta: data.meta };
  for (const [name, value] of Object.entries(data)) {
    if (name === "meta") continue;
    const bytes = Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
    sent[name] = new Float32Array(bytes.buffer);
  }
  return sent;
}

function base64(values: Float32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let letters = "";
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) {
    letters += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(letters);
}

/** A token may hold "</script>": nothing in the data may end it, or open a comment. */
function inert(text: string): string {
  return text.replaceAll("<", "\\u003c");
}
