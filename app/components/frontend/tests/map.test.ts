import { describe, expect, test } from "vitest";
import { Camera } from "../src/embedding_map/camera";
import { inside, nearest, next } from "../src/embedding_map/choice";
import { between, farthestFirst } from "../src/embedding_map/points";
import { decode } from "../src/embedding_map/source";

const SIZE = { width: 600, height: 340 };

/** Numbers between −1 and 1 that are the same in every run. */
function numbers(n: number): Float32Array {
  let state = 42;
  return Float32Array.from({ length: n }, () => {
    state = (1103515245 * state + 12345) % 2147483648;
    return state / 1073741824 - 1;
  });
}

function camera(dimensions: 2 | 3, n = 50): Camera {
  const made = new Camera(numbers(dimensions * n), dimensions);
  made.project(SIZE);
  return made;
}

const all = (n: number) => new Uint8Array(n).fill(1);

describe("the camera", () => {
  test.each([2, 3] as const)("shows every point at first, in %i dimensions", (dimensions) => {
    const { x, y } = camera(dimensions);
    for (let row = 0; row < x.length; row++) {
      expect(x[row]).toBeGreaterThan(0);
      expect(x[row]).toBeLessThan(SIZE.width);
      expect(y[row]).toBeGreaterThan(0);
      expect(y[row]).toBeLessThan(SIZE.height);
    }
  });

  test.each([2, 3] as const)("finds one place where it draws it, in %i dimensions", (dimensions) => {
    const made = camera(dimensions);
    made.turn(0.4, -0.2);
    made.scale(3, 100, 50, SIZE);
    made.move(20, -10);
    made.project(SIZE);
    for (const row of [0, 7, 49]) {
      const place = made.places.subarray(row * dimensions, (row + 1) * dimensions);
      const [x, y] = made.pixel(place, SIZE);
      expect(x).toBeCloseTo(made.x[row], 2);
      expect(y).toBeCloseTo(made.y[row], 2);
    }
  });

  test("up is up and right is right in the plane", () => {
    const made = new Camera(Float32Array.of(0, 0, 1, 2), 2);
    made.project(SIZE);
    expect(made.x[1]).toBeGreaterThan(made.x[0]);
    expect(made.y[1]).toBeLessThan(made.y[0]);
  });

  test("what lies below the pointer stays there when it comes nearer", () => {
    const made = camera(2);
    const [x, y] = [made.x[3], made.y[3]];
    made.scale(4, x, y, SIZE);
    made.project(SIZE);
    expect(made.x[3]).toBeCloseTo(x, 2);
    expect(made.y[3]).toBeCloseTo(y, 2);
    made.reset();
    made.project(SIZE);
    expect(made.x[3]).toBeCloseTo(x, 2);
  });

  test("half a turn brings what was far to the front, a whole one changes nothing", () => {
    const made = camera(3);
    const [x, depth] = [made.x.slice(), made.depth.slice()];
    const middle = made.pixel([0, 0, 0], SIZE);
    made.turn(2 * Math.PI, 0);
    made.project(SIZE);
    made.x.forEach((value, row) => expect(value).toBeCloseTo(x[row], 2));
    // Level with the middle, near and far, left and right change places.
    made.turn(Math.PI, -10);
    made.turn(0, Math.PI / 2);
    made.project(SIZE);
    const level = made.depth.slice();
    made.turn(Math.PI, 0);
    made.project(SIZE);
    expect(middle).toHaveLength(2);
    expect(Math.max(...depth)).toBeLessThanOrEqual(1);
    const centre = (level[0] + made.depth[0]) / 2;
    made.depth.forEach((value, row) => expect(value + level[row]).toBeCloseTo(2 * centre, 4));
  });

  test("points that are all alike stand in the middle", () => {
    const made = new Camera(Float32Array.of(3, 3, 3, 3), 2);
    made.project(SIZE);
    expect([...made.x, ...made.y]).toEqual([300, 300, 170, 170]);
  });
});

describe("the choice", () => {
  test("is the nearest point that is shown, or none", () => {
    const made = camera(2);
    const shown = all(50);
    expect(nearest(made, shown, made.x[9] + 1, made.y[9])).toBe(9);
    shown[9] = 0;
    expect(nearest(made, shown, made.x[9], made.y[9], 0.5)).toBe(-1);
    expect(nearest(made, shown, made.x[9], made.y[9], Infinity)).not.toBe(9);
  });

  test("inside a line are those whose pixels it encloses", () => {
    const made = camera(2);
    const box: [number, number][] = [[0, 0], [300, 0], [300, 340], [0, 340]];
    const expected = [...made.x.keys()].filter((row) => made.x[row] < 300);
    expect(inside(made, all(50), box)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(5);
    // A line that turns inwards leaves out what lies in its bay.
    const bay: [number, number][] = [[0, 0], [600, 0], [300, 170], [600, 340], [0, 340]];
    expect(encloses(bay, 450, 170)).toBe(false);
    expect(encloses(bay, 150, 170)).toBe(true);
  });

  test("arrows lead to a point on that side", () => {
    const made = camera(2);
    const right = next(made, all(50), 0, 1, 0);
    expect(made.x[right]).toBeGreaterThan(made.x[0]);
    const rightmost = made.x.indexOf(Math.max(...made.x));
    expect(next(made, all(50), rightmost, 1, 0)).toBe(rightmost);
  });
});

function encloses(line: [number, number][], x: number, y: number): boolean {
  const made = new Camera(Float32Array.of(0, 0), 2);
  [made.x[0], made.y[0]] = [x, y];
  return inside(made, all(1), line).length === 1;
}

test("points of a space are drawn from far to near", () => {
  const { depth } = camera(3, 400);
  const order = farthestFirst(depth);
  expect([...order].sort((a, b) => a - b)).toEqual([...depth.keys()]);
  for (let at = 1; at < order.length; at++) {
    expect(depth[order[at]]).toBeGreaterThan(depth[order[at - 1]] - 2 / 256);
  }
});

test("a scale's colours lie between its stops", () => {
  const stops = ["#000000", "#ffffff", "#ff0000"];
  expect(between(stops, 0)).toBe("rgb(0, 0, 0)");
  expect(between(stops, 0.25)).toBe("rgb(128, 128, 128)");
  expect(between(stops, 1)).toBe("rgb(255, 0, 0)");
});

test("a message with a wrong array is refused with its name", () => {
  const panel = { pooler: "glot", problem: "", tints: { label: { array: "values_1" } } };
  const meta = JSON.stringify({ rows: 2, dimensions: 2, panels: [panel] });
  const places_glot = Float32Array.of(1, 2, 3);
  expect(() => decode({ meta, places_glot })).toThrow("places_glot has 3 values; 4 are needed.");
  const values_1 = Float32Array.of(0, 1);
  const whole = { meta, places_glot: Float32Array.of(1, 2, 3, 4), values_1 };
  expect(decode(whole).panels[0].tints.label.values).toEqual(values_1);
  expect(() => decode({ ...whole, values_1: places_glot })).toThrow("values_1 has 3 values");
});
