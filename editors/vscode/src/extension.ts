// Starts the language server and gives it what an editor has: commands, a terminal, a picture of a job.

import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions, TransportKind } from "vscode-languageclient/node";
import { DagAnswer, picture } from "./dag";

/** The scheme of pages that `explain` shows. */
const PAGES = "glue-compile-page";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const commands: [string, (...args: never[]) => unknown][] = [
    ["glueCompile.restart", () => restart(context)],
    ["glueCompile.runSample", (uri?: string, job?: string) => inTerminal(context, uri, ["run", "--sample", String(sampleRows())], job)],
    ["glueCompile.dryRun", (uri?: string, job?: string) => inTerminal(context, uri, ["run", "--dry-run"], job)],
    ["glueCompile.run", (uri?: string, job?: string) => inTerminal(context, uri, ["run"], job)],
    ["glueCompile.showPlan", (uri?: string, job?: string) => inTerminal(context, uri, ["plan", "--view", "plan"], job)],
    ["glueCompile.showStats", (uri?: string, node?: string, root?: string | null) => stats(context, uri, node, root)],
    // The button above an editor says where it is instead of a job.
    ["glueCompile.showDag", (uri?: string | vscode.Uri, job?: unknown) => showDag(uri, typeof job === "string" ? job : undefined)],
    ["glueCompile.explain", (word?: string) => explain(word)],
  ];
  for (const [name, run] of commands) {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  }
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(PAGES, { provideTextDocumentContent: page }),
    // The link of a diagnostic's code: `vscode://glue-compile.glue-compile/explain/GC0402`.
    vscode.window.registerUriHandler({ handleUri: (uri) => explain(path.posix.basename(uri.path)) }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("glueCompile.server.path")) {
        void restart(context);
      }
    }),
  );
  await start(context);
}

export async function deactivate(): Promise<void> {
  await client?.stop().catch(() => undefined);
}

/** The program: the setting's, else the one beside the extension, else that of the PATH. */
function program(context: vscode.ExtensionContext): string {
  const set = vscode.workspace.getConfiguration("glueCompile").get<string>("server.path", "");
  if (set !== "") {
    return set;
  }
  const name = process.platform === "win32" ? "glue-compile.exe" : "glue-compile";
  const bundled = context.asAbsolutePath(path.join("bin", name));
  return fs.existsSync(bundled) ? bundled : name;
}

async function start(context: vscode.ExtensionContext): Promise<void> {
  const command = program(context);
  const server: ServerOptions = { command, args: ["lsp"], transport: TransportKind.stdio };
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: "dqdl" },
      { scheme: "file", pattern: "**/*.glue.{yaml,yml}" },
      { scheme: "file", pattern: "**/glue-compile.yaml" },
    ],
    initializationOptions: { explainUri: `${vscode.env.uriScheme}://${context.extension.id}/explain/{code}` },
  };
  client = new LanguageClient("glueCompile", "glue-compile", server, options);
  try {
    await client.start();
  } catch (error) {
    const choice = await vscode.window.showErrorMessage(
      `glue-compile: \`${command}\` does not start (${String(error)}).`,
      "Open Settings",
    );
    if (choice !== undefined) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "glueCompile.server.path");
    }
  }
}

async function restart(context: vscode.ExtensionContext): Promise<void> {
  await client?.stop().catch(() => undefined);
  await start(context);
}

/** The file that a command is about: the one it was given, else the one at hand. */
function file(given?: string | vscode.Uri): vscode.Uri | undefined {
  if (given instanceof vscode.Uri) {
    return given;
  }
  return typeof given === "string" ? vscode.Uri.parse(given) : vscode.window.activeTextEditor?.document.uri;
}

/** Runs the program on the file's project, where its output can be read. */
function inTerminal(context: vscode.ExtensionContext, given: string | undefined, args: string[], job?: string): void {
  const uri = file(given);
  if (uri === undefined) {
    void vscode.window.showInformationMessage("glue-compile: open a spec first.");
    return;
  }
  const words = [...args, uri.fsPath, ...(job === undefined ? [] : ["--job", job])];
  execute(context, uri, words);
}

/** How many rows of each source a run on a sample reads. */
function sampleRows(): number {
  return Math.max(1, Math.floor(vscode.workspace.getConfiguration("glueCompile").get<number>("sample.rows", 1000)));
}

function stats(context: vscode.ExtensionContext, given: string | undefined, node?: string, root?: string | null): void {
  const uri = file(given);
  if (uri !== undefined) {
    execute(context, uri, ["quality", "stats", ...(node === undefined ? [] : ["--context", node]), ...(typeof root === "string" ? [root] : [])]);
  }
}

function execute(context: vscode.ExtensionContext, uri: vscode.Uri, words: string[]): void {
  const scope = vscode.workspace.getWorkspaceFolder(uri) ?? vscode.TaskScope.Workspace;
  const run = new vscode.ProcessExecution(program(context), words, { cwd: path.dirname(uri.fsPath) });
  const task = new vscode.Task({ type: "glue-compile", words }, scope, words.slice(0, 2).join(" "), "glue-compile", run);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  void vscode.tasks.executeTask(task);
}

async function showDag(given?: string | vscode.Uri, job?: string): Promise<void> {
  const uri = file(given);
  if (client === undefined || uri === undefined) {
    return;
  }
  const answer = await client.sendRequest<DagAnswer | null>("glueCompile/dag", { textDocument: { uri: uri.toString() }, job });
  if (answer === null || answer.jobs.length === 0) {
    void vscode.window.showInformationMessage("glue-compile: this file belongs to no job.");
    return;
  }
  const panel = vscode.window.createWebviewPanel("glueCompileDag", `Graph: ${job ?? path.basename(uri.fsPath)}`, vscode.ViewColumn.Beside, {
    enableScripts: true,
  });
  panel.webview.html = picture(answer, panel.webview.cspSource);
  panel.webview.onDidReceiveMessage(async (message: { uri: string; line: number }) => {
    const position = new vscode.Position(message.line, 0);
    await vscode.window.showTextDocument(vscode.Uri.parse(message.uri), {
      selection: new vscode.Range(position, position),
      viewColumn: vscode.ViewColumn.One,
    });
  });
}

async function explain(word?: string): Promise<void> {
  const wanted = word ?? (await vscode.window.showInputBox({ prompt: "A code, a rule type or a transform", placeHolder: "GC0402" }));
  if (wanted !== undefined && wanted !== "") {
    await vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.from({ scheme: PAGES, path: `/${wanted}.md` }));
  }
}

async function page(uri: vscode.Uri): Promise<string> {
  const word = path.posix.basename(uri.path, ".md");
  try {
    const answer = await client?.sendRequest<{ markdown: string }>("glueCompile/explain", { word });
    return answer?.markdown ?? "";
  } catch (error) {
    return `${String(error)}\n`;
  }
}
