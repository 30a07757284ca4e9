import { describe, expect, test } from "vitest";
import { place, Timeline } from "../src/token_graph/data/timeline";
import fixtures from "./fixtures.json";

describe.each(fixtures)("$name", (fixture) => {
  const timeline = new Timeline(Float32Array.from(fixture.upper), fixture.tokens);

  test("counts at every τ are the library's", () => {
    fixture.taus.forEach((tau, row) => {
      expect(timeline.at(tau)).toEqual({
        edges: fixture.edges[row],
        density: fixture.density[row],
        components: fixture.components[row],
        largest: fixture.largest[row],
      });
    });
  });

  test("edges come in the library's order", () => {
    const pairs = fixture.strongest.map((_, at) => [timeline.first[at], timeline.second[at]]);
    expect(pairs).toEqual(fixture.strongest);
  });

  test("the groups are as many, and as large, as counted", () => {
    fixture.taus.forEach((tau) => {
      const { edges, components, largest } = timeline.at(tau);
      const groups = timeline.components(edges);
      const sizes = new Map<number, number>();
      groups.forEach((group) => sizes.set(group, (sizes.get(group) ?? 0) + 1));
      expect(sizes.size).toBe(components);
      expect(Math.max(...sizes.values())).toBe(largest);
      for (let edge = 0; edge < edges; edge++) {
        expect(groups[timeline.first[edge]]).toBe(groups[timeline.second[edge]]);
      }
    });
  });
});

test("pairs are numbered row by row", () => {
  const numbers = [];
  for (let i = 0; i < 7; i++) for (let j = i + 1; j < 7; j++) numbers.push(place(i, j, 7));
  expect(numbers).toEqual(Array.from({ length: 21 }, (_, at) => at));
});

test("130,816 similarities are sorted as a plain sort does", () => {
  let seed = 1;
  const upper = Float32Array.from({ length: (512 * 511) / 2 }, () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return (seed % 2001) / 1000 - 1;
  });
  const timeline = new Timeline(upper, 512);
  expect(timeline.similarity).toEqual(upper.slice().sort().reverse());
});
