import { expect, test } from "vitest";
import { layout, relax } from "../src/token_graph/data/layouts";
import { Model, nodes } from "../src/token_graph/data/model";
import { connection } from "../src/token_graph/data/paths";
import { LAYOUTS, type LayoutName } from "../src/token_graph/data/source";
import { spread } from "../src/token_graph/panels/edges";
import { sent, source } from "./source";
import { decode } from "../src/token_graph/data/source";

// a-b .9, b-c .8, c-d .7; all others .1
const CHAIN = [0.9, 0.1, 0.1, 0.8, 0.1, 0.7];
const LETTERS = ["a", "b", "c", "d"];
const plain = (of = source(LETTERS, CHAIN)) => new Model(of, nodes(of, false, new Set()));

test("similarities are read from either side", () => {
  const model = plain();
  expect(model.similarity(1, 2)).toBe(model.similarity(2, 1));
  expect(model.similarity(2, 3)).toBeCloseTo(0.7);
  expect(model.similarity(2, 2)).toBe(1);
});

test("words are as similar as their most similar tokens, and π is summed", () => {
  const of = source(LETTERS, CHAIN, { words: [0, 1, 1, 2] });
  const model = new Model(of, nodes(of, true, new Set()));
  expect(model.labels).toEqual(["a", "bc", "d"]);
  expect(model.similarity(0, 1)).toBeCloseTo(0.9);
  expect(model.similarity(0, 2)).toBeCloseTo(0.1);
  expect(model.similarity(1, 2)).toBeCloseTo(0.7);
  expect(Array.from(model.weights(of.poolers[0], 0))).toEqual([0.25, 0.5, 0.25]);
  expect(model.highest(of.poolers[0])).toBeCloseTo(0.5);
});

test("a part of the tokens keeps its edges and weights", () => {
  const of = source(LETTERS, CHAIN);
  const model = new Model(of, nodes(of, false, new Set([1, 2])));
  expect(model.labels).toEqual(["b", "c"]);
  expect(model.timeline.at(0.5).edges).toBe(1);
  expect(model.weights(of.poolers[0], 1)[1]).toBeCloseTo(0.3);
  expect(model.nodeOf[0]).toBe(-1);
});

test("a chain is told with the fewest edges, and the similarity at which two meet", () => {
  const model = plain();
  const found = connection(model, 0, 3, 0.5);
  expect(found.chain).toEqual([0, 1, 2, 3]);
  expect(found.similarity).toBeCloseTo(0.1);
  expect(found.meeting).toBeCloseTo(0.7);
  expect(connection(model, 0, 3, 0.05).chain).toEqual([0, 3]);
  expect(connection(model, 0, 3, 0.75).chain).toBeNull();
});

test("of equally short chains the strongest is told", () => {
  // a-b .6, a-c .9, b-d .6, c-d .9
  const of = source(LETTERS, [0.6, 0.9, 0, 0, 0.6, 0.9]);
  expect(connection(plain(of), 0, 3, 0.5).chain).toEqual([0, 2, 3]);
});

test.each(Object.keys(LAYOUTS) as LayoutName[])("%s gives every node a place", (name) => {
  const places = layout(plain(), name, 2);
  expect(places).toHaveLength(8);
  places.forEach((value) => expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-6));
});

test("the component layout keeps components apart", () => {
  const places = layout(plain(), "components", 1); // a-b, c, d
  const apart = (a: number, b: number) =>
    Math.hypot(places[2 * a] - places[2 * b], places[2 * a + 1] - places[2 * b + 1]);
  expect(apart(0, 1)).toBeLessThan(Math.min(apart(0, 2), apart(1, 2), apart(0, 3), apart(2, 3)));
});

test("laying out anew follows the edges, and is the same each time", () => {
  const model = plain();
  const start = layout(model, "circle", 0);
  const [once, again] = [relax(model, start, 1), relax(model, start, 1)];
  expect(once).toEqual(again);
  expect(Math.hypot(once[0] - once[2], once[1] - once[3])).toBeLessThan(
    Math.hypot(once[0] - once[4], once[1] - once[5]),
  );
});

test("an array that is too short is told", () => {
  const broken = { ...sent(LETTERS, CHAIN), upper: new Float32Array(2) };
  expect(() => decode(broken)).toThrow("upper has 2 values; 6 are needed");
});

test("one token needs no similarities", () => {
  const of = source(["a"], []);
  const model = plain(of);
  expect(model.timeline.at(0.5)).toEqual({ edges: 0, density: 0, components: 1, largest: 1 });
});

test("pictures are spread over the stops, where most edges are", () => {
  const stops = [0, 1, 2, 40, 41, 80, 100];
  expect(spread(stops, 3)).toEqual([40, 80]);
  expect(spread(stops, 100)).toEqual([1, 2, 40, 41, 80, 100]);
  expect(spread([], 5)).toEqual([]);
});
