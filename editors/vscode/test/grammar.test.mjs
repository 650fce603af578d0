// The grammars on small texts: which scope each word has. YAML and SQL are the grammars that come with VS Code.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");
const here = (name) => new URL(`../${name}`, import.meta.url);
const read = (url) => readFileSync(url, "utf8");

await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);

const ours = JSON.parse(read(here("package.json"))).contributes.grammars;
const grammars = new Map(ours.map(({ scopeName, path }) => [scopeName, here(path)]));
for (const name of ["yaml", "sql"]) {
  const resources = here(`node_modules/@codingame/monaco-vscode-${name}-default-extension/resources/`);
  for (const file of readdirSync(resources).filter((file) => file.endsWith(".tmLanguage.json"))) {
    grammars.set(JSON.parse(read(new URL(file, resources))).scopeName, new URL(file, resources));
  }
}

/** The grammars, with those that inject themselves or without. */
function registry(injections) {
  return new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) => (grammars.has(scope) ? textmate.parseRawGrammar(read(grammars.get(scope)), `${scope}.json`) : null),
    getInjections: (scope) => (injections ? ours.filter(({ injectTo }) => injectTo?.includes(scope)).map(({ scopeName }) => scopeName) : []),
  });
}
const [all, plain] = [registry(true), registry(false)];

/** Each token with its line and its scopes. */
async function tokens(scope, text, from = all) {
  const grammar = await from.loadGrammar(scope);
  let state = textmate.INITIAL;
  const found = [];
  for (const [number, line] of text.split("\n").entries()) {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    for (const token of result.tokens) {
      found.push({ text: line.slice(token.startIndex, token.endIndex).trim(), line: number + 1, start: token.startIndex, scopes: token.scopes });
    }
  }
  return found;
}

/** `word`, or `line word` where a word is there more than once, with a scope that it has or, after `!`, has not. */
async function check(scope, text, expected) {
  const found = await tokens(scope, text);
  for (const [key, wanted] of Object.entries(expected)) {
    const [, line, word] = /^(?:(\d+) )?(.+)$/s.exec(key);
    const token = found.find((token) => token.text === word && (line === undefined || token.line === Number(line)));
    assert.ok(token, `no token \`${key}\` in ${JSON.stringify(found.map((token) => `${token.line} ${token.text}`))}`);
    const [, not, start] = /^(!?)(.*)$/.exec(wanted);
    assert.equal(token.scopes.some((scope) => scope.startsWith(start)), not === "", `\`${key}\` is ${token.scopes}, wanted ${wanted}`);
  }
}

test("rules", () =>
  check(
    "source.dqdl",
    '# All.\nstates = ["A"]\nRules = [\n  ColumnValues "state" in $states where "x is null" labels=["team"="a"],\n  RowCount >= 10, -- why\n  IsComplete "id" /* and\n  so on */ and DataFreshness "at" <= 24 hours\n]',
    {
      "# All.": "comment.line",
      states: "variable.other.constant",
      Rules: "keyword.other.section",
      ColumnValues: "entity.name.type.rule",
      '"state"': "variable.other.column",
      in: "keyword.operator.word",
      $states: "variable.other.constant",
      where: "keyword.control.where",
      x: "meta.embedded.inline.sql",
      null: "keyword",
      labels: "keyword.control",
      RowCount: "entity.name.type.rule",
      ">=": "keyword.operator",
      10: "constant.numeric",
      "-- why": "comment.line",
      "so on": "comment.block",
      "7 and": "keyword.operator.word",
      DataFreshness: "entity.name.type.rule",
      24: "constant.numeric",
      hours: "keyword.other.unit",
    },
  ));

test("sections are no constants, wherever they stand and however they are written", () =>
  check("source.dqdl", '  Rules = [ RowCount = 1 ]\n  rules = [ RowCount = 2 ]\n  values = ["a"]', {
    Rules: "keyword.other.section",
    rules: "keyword.other.section",
    values: "variable.other.constant",
  }));

test("SQL of a rule, over several lines too", () =>
  check("source.dqdl", 'CustomSql "select count(*)\n  from primary" = 0\nCustomSql "select 1 -- one" = 1\nRowCount > 1', {
    "1 CustomSql": "entity.name.type.rule",
    select: "keyword.other.DML.sql",
    "2 from": "keyword.other.DML.sql",
    "2 =": "keyword.operator",
    one: "comment.line",
    "3 =": "keyword.operator.dqdl",
    RowCount: "entity.name.type.rule",
  }));

test("rules in a spec, until the block ends", () =>
  check(
    "source.yaml",
    'rulesets:\n  a:\n    description: RowCount\n    dqdl: |\n      # All.\n      names = ["a"]\n      Rules = [\n\n        IsComplete "id"\n      ]\n    # Uniqueness\n    other: RowCount\njobs:\n  a: RowCount',
    {
      dqdl: "entity.name.tag",
      "3 RowCount": "!meta.embedded",
      "|": "keyword.control.flow.block-scalar",
      "# All.": "comment.line.number-sign.dqdl",
      names: "variable.other.constant",
      Rules: "keyword.other.section",
      IsComplete: "entity.name.type.rule",
      '"id"': "variable.other.column",
      Uniqueness: "!meta.embedded",
      other: "entity.name.tag",
      "12 RowCount": "!meta.embedded",
      jobs: "entity.name.tag",
      "14 RowCount": "string.unquoted",
    },
  ));

for (const header of ["|", ">", "|-", ">-", "|+", "|2", "|2-", ">-2", "| # why", "&rules |", "!text >-"]) {
  test(`a block that begins with ${header}`, () =>
    check("source.yaml", `a:\n  ruleset: ${header}\n    Rules = [ RowCount > 1 ]\n  query: ${header}\n    select 1\n  name: select`, {
      RowCount: "entity.name.type.rule",
      "5 select": "keyword.other.DML.sql",
      name: "entity.name.tag",
      "6 select": "string.unquoted",
    }));
}

test("what is never closed ends with its block", () =>
  check("source.yaml", 'a:\n  dqdl: |\n    Rules = [ CustomSql "select \'a\n  b: select /*\n  query: |\n    select /* \'\n  c: select', {
    CustomSql: "entity.name.type.rule",
    b: "entity.name.tag",
    "4 select /*": "string.unquoted",
    c: "entity.name.tag",
    "7 select": "string.unquoted",
  }));

test("rules in a line", () =>
  check(
    "source.yaml",
    `a: { ruleset: 'Rules = [ IsComplete "id" ]', next: RowCount }\nb:\n  ruleset: "Rules = [ IsUnique \\"key\\" ]" # RowCount\n  c: { ruleset: orders }\n  dqdl: RowCount`,
    {
      IsComplete: "entity.name.type.rule",
      '"id"': "variable.other.column",
      next: "entity.name.tag",
      "1 RowCount": "string.unquoted",
      IsUnique: "entity.name.type.rule",
      '\\"key\\"': "variable.other.column",
      "3 RowCount": "comment.line.number-sign.yaml",
      orders: "string.unquoted",
      "5 RowCount": "string.unquoted",
    },
  ));

test("SQL in a spec", () =>
  check(
    "source.yaml",
    "query: |\n  select a\n  from b\ncondition: c and d # why\nname: select\nf: { condition: e or f, g: select }\nh: { expression: \"a like 'x, \\\"y' -- z\", i: select }\nexpression: 'j = ''k'' and l'",
    {
      "2 select": "keyword.other.DML.sql",
      "3 from": "keyword.other.DML.sql",
      c: "meta.embedded.inline.sql",
      "4 and": "keyword.other",
      why: "comment.line.number-sign.yaml",
      name: "entity.name.tag",
      "5 select": "string.unquoted",
      "6 e": "meta.embedded.inline.sql",
      g: "entity.name.tag",
      "6 select": "string.unquoted",
      'x, \\"y': "string.quoted.single.sql",
      z: "comment.line.double-dash.sql",
      i: "entity.name.tag",
      "7 like": "keyword.other",
      "7 select": "string.unquoted",
      "''k''": "string.quoted.single.sql",
      "8 and": "keyword.other",
    },
  ));

test("SQL in items of a list", () =>
  check(
    "source.yaml",
    "columns:\n  - expression: |\n      a and b\n    name: and\n  -   expression: >-\n        c and d\n      name: and\n  - name: e\n    expression: f and g\n  - expression: h and i\n  - { name: and, expression: 'j and k' }\nlast: and",
    Object.fromEntries([
      ...[3, 6, 9, 10].map((line) => [`${line} and`, "keyword.other"]),
      ...[4, 7, 12].map((line) => [`${line} and`, "string.unquoted"]),
      ["11 expression", "entity.name.tag"],
      ["last", "entity.name.tag"],
    ]),
  ));

test("other keys are left alone", () =>
  check("source.yaml", "description: |\n  query: select\nmy_query: select\nqueries: |\n  select", {
    "2 query: select": "!meta.embedded",
    "3 select": "!meta.embedded",
    "5 select": "!meta.embedded",
  }));

test("around rules and SQL the shipped pipelines look as they do without us", async () => {
  const folder = new URL("../../../pipelines/", import.meta.url);
  const specs = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".glue.yaml"));
  assert.ok(specs.length > 1, `${specs}`);
  for (const spec of specs) {
    const text = read(new URL(spec, folder));
    const before = new Map((await tokens("source.yaml", text, plain)).map((token) => [`${token.line}:${token.start}`, token]));
    const now = await tokens("source.yaml", text);
    const embedded = (token) => token.scopes.some((scope) => scope.startsWith("meta.embedded"));
    assert.ok(now.some(embedded), `nothing is embedded in ${spec}`);
    const keys = (found) => found.filter(({ scopes }) => scopes.some((scope) => scope === "entity.name.tag.yaml")).map(({ line, text }) => `${line} ${text}`);
    assert.deepEqual(keys(now), keys([...before.values()]), spec);
    for (const token of now.filter((token) => !embedded(token))) {
      assert.ok(!token.scopes.some((scope) => scope.startsWith("invalid")), `${spec}:${token.line} \`${token.text}\` is ${token.scopes}`);
    }
  }
});

test("rule types of the grammar's language are words that begin with a capital", async () => {
  const folder = new URL("../../../src/stdlib/rule/", import.meta.url);
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".rs"))
    .flatMap((file) => [...read(new URL(file, folder)).matchAll(/^ {4}name: "(\w+)",$/gm)].map((match) => match[1]));
  assert.ok(names.length > 30, `${names.length} rule types`);
  for (const name of names) {
    await check("source.dqdl", `Rules = [ ${name} ]`, { [name]: "entity.name.type.rule" });
  }
});
