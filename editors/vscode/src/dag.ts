// A job as a picture: layers from left to right, a box a node, a line an edge. No library draws it.

export interface DagAnswer {
  version: 1;
  jobs: Job[];
}

interface Job {
  name: string;
  nodes: DagNode[];
  edges: { from: string; port: string | null; to: string; reference: boolean }[];
}

interface DagNode {
  name: string;
  role: "source" | "transform" | "sink";
  type: string;
  columns: number | null;
  severity: "error" | "warning" | "hint" | null;
  location: { uri: string; range: { start: { line: number } } } | null;
}

// As wide as `evaluate_data_quality, 100 columns`.
const WIDTH = 220;
const HEIGHT = 46;
const GAP_X = 80;
const GAP_Y = 22;

/** The page of a webview. */
export function picture(answer: DagAnswer, source: string): string {
  const nonce = Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join("");
  const jobs = answer.jobs.map((job) => `<h2>${escaped(job.name)}</h2>${svg(job)}`).join("\n");
  return `<!DOCTYPE html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${source} 'nonce-${nonce}'; script-src 'nonce-${nonce}'">
<style nonce="${nonce}">
  body { color: var(--vscode-foreground); font-family: var(--vscode-font-family); }
  h2 { font-weight: normal; }
  rect { fill: var(--vscode-editorWidget-background); stroke: var(--vscode-editorWidget-border, currentColor); }
  g.source rect { stroke: var(--vscode-charts-green); } g.sink rect { stroke: var(--vscode-charts-blue); }
  g.error rect { stroke: var(--vscode-errorForeground); stroke-width: 2; }
  g.warning rect { stroke: var(--vscode-editorWarning-foreground); stroke-width: 2; }
  text { fill: currentColor; font-size: 13px; } text.type, text.port { font-size: 11px; opacity: 0.75; } text.port { text-anchor: end; }
  path { fill: none; stroke: currentColor; opacity: 0.55; } path.reference { stroke-dasharray: 4 3; }
  g[data-uri] { cursor: pointer; }
</style></head><body>
${jobs}
<script nonce="${nonce}">
  const vscode = acquireVsCodeApi();
  for (const node of document.querySelectorAll("g[data-uri]")) {
    node.addEventListener("click", () => vscode.postMessage({ uri: node.dataset.uri, line: Number(node.dataset.line) }));
  }
</script></body></html>`;
}

/** The layer of every node: one behind the last of those it reads. */
export function layers(job: Pick<Job, "nodes" | "edges">): Map<string, number> {
  const found = new Map<string, number>(job.nodes.map((node) => [node.name, 0]));
  // Of a circle nobody is behind all others: as many rounds as nodes are enough for all the rest.
  for (let round = 0; round < job.nodes.length; round += 1) {
    let moved = false;
    for (const { from, to } of job.edges) {
      const least = (found.get(from) ?? 0) + 1;
      if ((found.get(to) ?? 0) < least && least < job.nodes.length + 1) {
        found.set(to, least);
        moved = true;
      }
    }
    if (!moved) {
      break;
    }
  }
  return found;
}

function svg(job: Job): string {
  const layer = layers(job);
  const places = new Map<string, { x: number; y: number }>();
  const rows = new Map<number, number>();
  for (const node of job.nodes) {
    const column = layer.get(node.name) ?? 0;
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    places.set(node.name, { x: column * (WIDTH + GAP_X) + 4, y: row * (HEIGHT + GAP_Y) + 4 });
  }
  const width = (Math.max(0, ...rows.keys()) + 1) * (WIDTH + GAP_X);
  const height = Math.max(1, ...rows.values()) * (HEIGHT + GAP_Y) + 8;
  const lines = job.edges.map((edge) => {
    const from = places.get(edge.from);
    const to = places.get(edge.to);
    if (from === undefined || to === undefined) {
      return "";
    }
    const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
    const middle = (x1 + x2) / 2;
    // Where the edge arrives: those of several ports leave from one place.
    const port = edge.port === null ? "" : `<text class="port" x="${x2 - 6}" y="${y2 - 5}">${escaped(edge.port)}</text>`;
    const kind = edge.reference ? ' class="reference"' : "";
    return `<path${kind} d="M ${x1} ${y1} C ${middle} ${y1}, ${middle} ${y2}, ${x2} ${y2}"/>${port}`;
  });
  const boxes = job.nodes.map((node) => {
    const place = places.get(node.name) ?? { x: 0, y: 0 };
    const goto = node.location === null ? "" : ` data-uri="${escaped(node.location.uri)}" data-line="${node.location.range.start.line}"`;
    const columns = node.columns === null ? "" : `, ${node.columns} columns`;
    return `<g class="${node.role} ${node.severity ?? ""}"${goto} transform="translate(${place.x} ${place.y})">
<rect width="${WIDTH}" height="${HEIGHT}" rx="5"/><text x="10" y="19">${escaped(node.name)}</text>
<text class="type" x="10" y="36">${escaped(node.type)}${columns}</text></g>`;
  });
  return `<svg width="${width}" height="${height}">${lines.join("")}${boxes.join("")}</svg>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
