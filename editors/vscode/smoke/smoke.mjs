// Opens a spec with a fault in VS Code itself, in a browser, and looks at what a person sees: the Problems view, code lenses, the graph, a fix, a run.
//
// VS Code's server comes from npm (`code-server`) into `.smoke/`, once. Needed on the PATH: glue-compile (or GLUE_COMPILE names it), Chromium (or CHROMIUM),
// ripgrep (VS Code looks for `workspaceContains` with it), a C++ compiler and Python (for its terminal). What was seen is in `.smoke/*.png`.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const home = path.join(here, ".smoke");
const server = path.join(home, "node_modules/code-server/lib/vscode");
const PACKAGES = ["code-server@4.100.3", "playwright-core@1.65.1"];
const PATIENCE = 120_000;
const VERSION = JSON.parse(readFileSync(path.join(here, "package.json"), "utf8")).version;

const run = (program, args, options = {}) => execFileSync(program, args, { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", ...options });

/** The first of these programs that there is. */
function find(...names) {
  for (const name of names.filter((name) => name !== undefined)) {
    const all = path.isAbsolute(name) ? [name] : process.env.PATH.split(path.delimiter).map((folder) => path.join(folder, name));
    const found = all.find((file) => existsSync(file));
    if (found !== undefined) {
      return found;
    }
  }
  throw new Error(`none of these is on the PATH: ${names.filter(Boolean).join(", ")}`);
}

/** VS Code's server without the program around it, whose password hashes would have to be compiled too. */
function install() {
  if (existsSync(path.join(home, "ready"))) {
    return;
  }
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, "package.json"), "{}\n");
  run("npm", ["install", "--ignore-scripts", ...PACKAGES], { cwd: home });
  run("npm", ["install", "--ignore-scripts", "--omit=dev"], { cwd: server });
  run("npx", ["--yes", "node-gyp", "rebuild"], { cwd: path.join(server, "node_modules/node-pty") });
  symlinkSync("node_modules", path.join(server, "node_modules.asar"));
  mkdirSync(path.join(server, "node_modules/@vscode/ripgrep/bin"), { recursive: true });
  symlinkSync(find("rg"), path.join(server, "node_modules/@vscode/ripgrep/bin/rg"));
  writeFileSync(path.join(home, "ready"), "");
}

const SPEC = `jobs:
  shop:
    sources:
      raw: { type: file, path: raw.csv, format: csv, schema: { mode: declare, columns: [{ name: id, type: bigint }, { name: amount, type: double }] } }
    transforms:
      dq:
        type: evaluate_data_quality
        inputs: [raw]
        ruleset: |
          Rules = [
              IsComplete "id",
              ColumnValues "amount" > 0
          ]
      large:
        type: filter
        inputs: [dq.passed]
        condition: amount > 10 and id is not null
    sinks:
      out: { type: file, inputs: [large.matched], path: out/good, format: csv, mode: overwrite }
      bad: { type: file, inputs: [dq.failed], path: out/bad, format: json, mode: overwrite }
`;

/** A project that has run once, and then somebody mistyped a column. */
function project(program) {
  const folder = mkdtempSync(path.join(tmpdir(), "glue-compile-smoke-"));
  const write = (name, text) => writeFileSync(path.join(folder, name), text);
  write("glue-compile.yaml", "name: shop\n");
  write("raw.csv", "id,amount\n1,20\n2,5\n,7\n");
  write("shop.glue.yaml", SPEC);
  run(program, ["run", folder], { stdio: "ignore" });
  write("shop.glue.yaml", SPEC.replace('"amount"', '"amuont"'));
  return folder;
}

/** Starts the server; answers with its address when it listens. */
function start(folders) {
  const script = path.join(server, "out/server-main.js");
  const common = ["--accept-server-license-terms", "--user-data-dir", folders.user, "--extensions-dir", folders.extensions];
  run(process.execPath, [script, ...common, "--install-extension", folders.vsix]);
  const options = ["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--disable-workspace-trust"];
  const child = spawn(process.execPath, [script, ...common, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (data) => {
      said += data;
      const port = /listening on (\d+)/.exec(said)?.[1];
      if (port !== undefined) {
        resolve({ child, address: `localhost:${port}` });
      }
    });
    child.on("exit", () => reject(new Error(`VS Code's server ended: ${said}`)));
  });
}

/** What a person does, and what has to be there then. */
async function session(page) {
  const seen = async (name) => {
    await page.screenshot({ path: path.join(home, `${name}.png`) });
    console.log(`seen: ${name}`);
  };
  const shown = (locator) => locator.first().waitFor({ timeout: PATIENCE });
  const until = async (what, ask) => {
    for (const end = Date.now() + PATIENCE; Date.now() < end; await page.waitForTimeout(200)) {
      const answer = await ask();
      if (answer) {
        return answer;
      }
    }
    throw new Error(`not seen: ${what}`);
  };
  const input = page.locator(".quick-input-widget input[type=text]").first();
  const command = async (title) => {
    await page.keyboard.press("F1");
    await input.fill(`>${title}`);
    await page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().click();
  };
  const lens = (title) => page.locator(".codelens-decoration a", { hasText: title }).first();
  /** A webview is a page of its own. */
  const frameWith = (selector) =>
    until(selector, async () => {
      for (const frame of page.frames()) {
        if ((await frame.locator(selector).count().catch(() => 0)) > 0) {
          return frame;
        }
      }
    });

  await shown(page.locator(".monaco-editor .view-line"));
  await command("Problems: Focus on Problems View");
  const problem = page.locator(".markers-panel .monaco-list-row", { hasText: "unknown column `amuont`" });
  await shown(problem.filter({ hasText: "GC0402" }));
  await seen("problems");

  for (const title of ["run on sample", "dry run", "plan", "graph", "last evaluation"]) {
    await shown(lens(title));
  }
  await seen("lenses");

  // Both ways to the graph, and from a node to its place.
  for (const [name, button] of [
    ["graph-by-lens", lens("graph")],
    ["graph-by-button", page.locator(".editor-actions a[aria-label*='Show Graph']").first()],
  ]) {
    await button.click();
    const frame = await frameWith("g[data-uri]");
    const names = await frame.locator("g[data-uri] text:not(.type)").allTextContents();
    assert.deepEqual(names.toSorted(), ["bad", "dq", "large", "out", "raw"]);
    await seen(name);
    await frame.locator("g[data-uri]", { hasText: "large" }).click();
    await shown(page.locator(".statusbar-item", { hasText: "Ln 14," }));
    await command("View: Close Editors in Other Groups");
  }

  await problem.first().dblclick();
  await page.keyboard.press("Control+.");
  await shown(page.locator(".action-widget .monaco-list-row.focused", { hasText: "Replace with `amount`" }));
  await page.keyboard.press("Enter");
  await shown(page.locator(".markers-panel", { hasText: "No problems have been detected" }));
  await seen("fixed");

  const terminal = page.locator(".xterm-rows");
  for (const [title, said] of [
    ["run on sample", "SAMPLED"],
    ["dry run", "would read"],
    ["plan", "job shop"],
    ["last evaluation", "Completeness"],
  ]) {
    await lens(title).click();
    await shown(terminal.filter({ hasText: said }));
    await seen(title.replaceAll(" ", "-"));
  }

  await command("glue-compile: Explain");
  await input.fill("GC0402");
  await page.keyboard.press("Enter");
  await frameWith("h1:has-text('unknown-column')");
  await seen("page-of-a-code");
}

const program = find(process.env.GLUE_COMPILE, "glue-compile");
const chromium = find(process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome");
install();
run("npm", ["run", "package"], { cwd: here, stdio: "ignore" });

const folder = project(program);
const rest = mkdtempSync(path.join(tmpdir(), "glue-compile-smoke-vscode-"));
const folders = { user: path.join(rest, "user"), extensions: path.join(rest, "extensions"), vsix: path.join(here, `glue-compile-${VERSION}.vsix`) };
for (const name of [folders.user, folders.extensions]) {
  mkdirSync(name);
}
// VS Code takes the PATH of a login shell, which need not be ours. A terminal that is drawn as a picture has no text to look for.
const settings = { "glueCompile.server.path": program, "terminal.integrated.gpuAcceleration": "off" };
mkdirSync(path.join(folders.user, "Machine"));
writeFileSync(path.join(folders.user, "Machine/settings.json"), JSON.stringify(settings));
const { child, address } = await start(folders);
const browser = await createRequire(path.join(home, "package.json"))("playwright-core").chromium.launch({
  executablePath: chromium,
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(PATIENCE);
try {
  const spec = JSON.stringify([["openFile", `vscode-remote://${address}${folder}/shop.glue.yaml`]]);
  await page.goto(`http://${address}/?folder=${folder}&payload=${encodeURIComponent(spec)}`);
  await session(page);
  console.log("all was there");
} catch (error) {
  await page.screenshot({ path: path.join(home, "failed.png") });
  throw error;
} finally {
  await browser.close();
  child.removeAllListeners("exit");
  child.kill();
  for (const made of [folder, rest]) {
    rmSync(made, { recursive: true, force: true });
  }
}
