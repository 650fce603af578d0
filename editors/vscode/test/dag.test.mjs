// The layers of the picture of a job. Run after `npm run compile`.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

const { layers, picture } = createRequire(import.meta.url)("../out/dag.js");
const node = (name) => ({ name, role: "transform", type: "filter", columns: 2, severity: null, location: null });
const edge = (from, to) => ({ from, port: null, to, reference: false });

test("a node stands behind all it reads", () => {
  const found = layers({ nodes: ["a", "b", "c"].map(node), edges: [edge("a", "b"), edge("b", "c"), edge("a", "c")] });
  assert.deepEqual([...found], [["a", 0], ["b", 1], ["c", 2]]);
});

test("a circle comes to an end", () => {
  const found = layers({ nodes: ["a", "b"].map(node), edges: [edge("a", "b"), edge("b", "a")] });
  assert.equal(found.size, 2);
});

test("names are no HTML", () => {
  const html = picture({ version: 1, jobs: [{ name: "<b>", nodes: [node("<i>")], edges: [] }] }, "none");
  assert.ok(!html.includes("<b>") && !html.includes("<i>"));
});

test("ports of one node are written apart", () => {
  const ports = ["passed", "failed"].map((port, at) => ({ ...edge("a", at === 0 ? "b" : "c"), port }));
  const html = picture({ version: 1, jobs: [{ name: "job", nodes: ["a", "b", "c"].map(node), edges: ports }] }, "none");
  const places = [...html.matchAll(/<text class="port" x="([\d.]+)" y="([\d.]+)">(\w+)</g)].map(([, x, y]) => `${x} ${y}`);
  assert.equal(new Set(places).size, 2, `${places}`);
});
