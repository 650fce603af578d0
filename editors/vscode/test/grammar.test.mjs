// The grammars on small texts: which scope each word has.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");
const here = (name) => new URL(`../${name}`, import.meta.url);

await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);

/** Stands for an editor's own grammar: keys, and the words of a block. */
const YAML = {
  scopeName: "source.yaml",
  patterns: [
    { match: "^\\s*#.*$", name: "comment.line.yaml" },
    { match: "(\\w+)(:)", captures: { 1: { name: "entity.name.tag.yaml" } } },
    { match: "[^\\s:]+", name: "string.unquoted.yaml" },
  ],
};
const SQL = {
  scopeName: "source.sql",
  patterns: [{ match: "(?i)\\b(select|from|where|and)\\b", name: "keyword.sql" }, { match: "\\w+", name: "word.sql" }],
};

const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => {
    const files = { "source.dqdl": "syntaxes/dqdl.tmLanguage.json", "glue-compile.injection": "syntaxes/injection.tmLanguage.json" };
    if (scope in files) {
      return textmate.parseRawGrammar(readFileSync(here(files[scope]), "utf8"), `${scope}.json`);
    }
    return { "source.yaml": YAML, "source.sql": SQL }[scope] ?? null;
  },
  getInjections: (scope) => (scope === "source.yaml" ? ["glue-compile.injection"] : undefined),
});

/** Each token with its scopes, line by line. */
async function tokens(scope, text) {
  const grammar = await registry.loadGrammar(scope);
  let state = textmate.INITIAL;
  const found = [];
  for (const line of text.split("\n")) {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    for (const token of result.tokens) {
      found.push({ text: line.slice(token.startIndex, token.endIndex), scopes: token.scopes });
    }
  }
  return found;
}

async function check(scope, text, expected) {
  const all = await tokens(scope, text);
  for (const [word, wanted] of Object.entries(expected)) {
    const token = all.find((token) => token.text.trim() === word);
    assert.ok(token, `no token \`${word}\` in ${JSON.stringify(all.map((token) => token.text))}`);
    assert.ok(token.scopes.some((scope) => scope.startsWith(wanted)), `\`${word}\` is ${token.scopes}, not ${wanted}`);
  }
}

test("rules", () =>
  check("source.dqdl", '# All.\nstates = ["A"]\nRules = [\n  ColumnValues "state" in $states where "x > 0",\n  RowCount >= 10\n]', {
    "# All.": "comment.line",
    states: "variable.other.constant",
    Rules: "keyword.other.section",
    ColumnValues: "entity.name.type.rule",
    '"state"': "variable.other.column",
    in: "keyword.operator.word",
    $states: "variable.other.constant",
    where: "keyword.control.where",
    x: "word.sql",
    RowCount: "entity.name.type.rule",
    ">=": "keyword.operator",
    10: "constant.numeric",
  }));

test("SQL of a rule", () =>
  check("source.dqdl", 'CustomSql "select count(*) from primary" = 0', { CustomSql: "entity.name.type.rule", select: "keyword.sql", "=": "keyword.operator" }));

test("rules in a spec, until the block ends", () =>
  check("source.yaml", "rulesets:\n  a:\n    dqdl: |\n      Rules = [\n\n        IsComplete \"id\"\n      ]\n    description: RowCount", {
    dqdl: "entity.name.tag",
    IsComplete: "entity.name.type.rule",
    '"id"': "variable.other.column",
    description: "entity.name.tag",
    RowCount: "string.unquoted",
  }));

test("SQL in a spec", () =>
  check("source.yaml", "query: |\n  select a\n  from b\ncondition: c and d # why\nname: select", {
    a: "word.sql",
    from: "keyword.sql",
    c: "word.sql",
    and: "keyword.sql",
    "# why": "comment.line",
    name: "entity.name.tag",
  }));

test("rule types of the grammar's language are words that begin with a capital", async () => {
  const folder = new URL("../../../src/stdlib/rule/", import.meta.url);
  const { readdirSync } = await import("node:fs");
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".rs"))
    .flatMap((file) => [...readFileSync(new URL(file, folder), "utf8").matchAll(/^ {4}name: "(\w+)",$/gm)].map((match) => match[1]));
  assert.ok(names.length > 30, `${names.length} rule types`);
  for (const name of names) {
    await check("source.dqdl", `Rules = [ ${name} ]`, { [name]: "entity.name.type.rule" });
  }
});
