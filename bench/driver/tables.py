"""The results of a run as Markdown tables, and `docs/performance.md`."""

import re
import statistics

from driver.cases import TITLES

# A machine that others use for more than this many cores meanwhile is not quiet.
QUIET = 0.2


def summary(results):
    """Medians and ranges of each case, in order: group -> [line]."""
    groups = {}
    for run in results["runs"]:
        lines = groups.setdefault(run["group"], {})
        lines.setdefault((run["label"], run["rows"]), []).append(run)
    return {group: [line(key, runs) for key, runs in lines.items()] for group, lines in groups.items()}


def line(key, runs):
    of = lambda name: [run[name] for run in runs]
    others = [run["others_cores"] for run in runs if run["others_cores"] is not None]
    return {
        "label": key[0], "rows": key[1], "runs": len(runs), "checked": runs[0]["checked"], "wall": spread(of("wall_s")), "cpu": spread(of("cpu_s")),
        "rss": spread(of("rss_mb")), "others": statistics.median(others) if others else None,
    }


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def with_ratios(lines):
    """Ratios of the medians to the hand-written program's, or to the first line's where that one is not there."""
    base = next((one for one in lines if one["label"] == "hand-written"), lines[0])
    for one in lines:
        one["x_wall"] = one["wall"]["median"] / base["wall"]["median"]
        one["x_cpu"] = one["cpu"]["median"] / base["cpu"]["median"]
    return base, lines


def markdown(results):
    """All tables."""
    parts = []
    for group in summary(results):
        parts += [f"## {TITLES[group]}", table(results, group)]
    return "\n\n".join(parts) + "\n"


def table(results, group):
    lines = summary(results).get(group)
    if not lines:
        return "Not part of this run."
    if group == "linear":
        return linear(lines)
    if group == "check":
        return compiler(lines[0], results["edits"])
    base, lines = with_ratios(lines)
    many = len({one["rows"] for one in lines}) > 1
    head = ["program", *(["rows"] if many else []), "wall s (least to most)", "CPU s (least to most)", "peak memory MB", "x wall", "x CPU"]
    rows = [
        [
            one["label"] + ("" if one["checked"] else " (results not compared)"), *([f"{one['rows']:,}"] if many else []), span(one["wall"]),
            span(one["cpu"]), f"{one['rss']['median']:.0f}", f"{one['x_wall']:.2f}", f"{one['x_cpu']:.2f}",
        ]
        for one in lines
    ]
    if many:
        # Ratios of different numbers of rows say nothing.
        head, rows = head[:-2], [row[:-2] for row in rows]
        note = ""
    else:
        note = f" Ratios to {base['label']}."
    note += more_rules(lines)
    count = f"{lines[0]['rows']:,} orders. " if not many else ""
    return f"{grid(head, rows)}\n\n{count}Medians of {lines[0]['runs']} runs.{note}{noise(lines)}"


def more_rules(lines):
    """What twice the rules cost, where that was measured."""
    by_label = {one["label"]: one["cpu"]["median"] for one in lines}
    if "glue-compile, 400 rules" not in by_label:
        return ""
    return f" 400 rules take {by_label['glue-compile, 400 rules'] / by_label['glue-compile']:.2f} times the CPU of 200."


def compiler(cold, edits):
    """One run of `check` from a cold start, and the time from a keystroke to what is said of it."""
    head = ["what", "wall", "CPU s (least to most)", "peak memory MB"]
    rows = [[f"`check` of {edits['lines']:,} lines", f"{span(cold['wall'])} s", span(cold["cpu"]), f"{cold['rss']['median']:.0f}"]]
    rows += [[f"a keystroke, {part} % of {edits['strokes']:,} at most", f"{edits[f'p{part}_ms']:.1f} ms", "", f"{edits['rss_mb']:.0f}"] for part in (50, 95, 99)]
    note = "A keystroke: from the message of the editor to the diagnostics of `glue-compile lsp`, over its pipes; every other one makes a fault."
    return f"{grid(head, rows)}\n\nMedians of {cold['runs']} runs. {note}{noise([cold])}"


def linear(lines):
    """Seconds for a million rows beyond the first size, against the straight line through the least and the greatest size."""
    lines = sorted(lines, key=lambda one: one["rows"])
    first, last = lines[0], lines[-1]
    rows = []
    for one in lines:
        share = (one["rows"] - first["rows"]) / max(last["rows"] - first["rows"], 1)
        off = [one[what]["median"] / (first[what]["median"] + share * (last[what]["median"] - first[what]["median"])) - 1 for what in ("wall", "cpu")]
        million = one["rows"] / 1e6
        rows.append([
            f"{one['rows']:,}", span(one["wall"]), span(one["cpu"]), f"{one['rss']['median']:.0f}", f"{one['wall']['median'] / million:.3f}",
            f"{one['cpu']['median'] / million:.3f}", f"{100 * off[0]:+.0f} %", f"{100 * off[1]:+.0f} %",
        ])
    head = ["rows", "wall s (least to most)", "CPU s (least to most)", "peak memory MB", "wall s a million rows", "CPU s a million rows", "wall off the line", "CPU off the line"]
    note = f"Medians of {first['runs']} runs. The line is the straight one through the least and the greatest number of rows."
    return f"{grid(head, rows)}\n\n{note}{noise(lines)}"


def grid(head, rows):
    text = lambda cells: "| " + " | ".join(cells) + " |"
    return "\n".join([text(head), text(["---"] + ["--:"] * (len(head) - 1)), *map(text, rows)])


def span(values):
    digits = 3 if values["median"] < 1 else 2
    return f"{values['median']:.{digits}f} ({values['min']:.{digits}f} to {values['max']:.{digits}f})"


def noise(lines):
    worst = max((one["others"] for one in lines if one["others"] is not None), default=0)
    return f" The machine was not quiet: others used up to {worst:.1f} cores (median of a program's runs)." if worst > QUIET else ""


def told(run):
    """What a run was: one entry of a list."""
    programs = [f"{name} {version}" for name, version in run["programs"].items()]
    versions = ", ".join([*programs, f"Python {run['machine']['python']}", *([f"commit {run['revision']}"] if run["revision"] else [])])
    return f"- {run['started'][:10]}, {', '.join(TITLES[group] for group in summary(run))}: `{run['command']}`\n  ({versions})"


def page(template, runs):
    """The template with what stands in `{{…}}` filled in. A table is of one run: the last that has it."""
    results = runs[-1]
    machine, fills = results["machine"], {}
    fills["machine"] = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['os']}, {machine['kernel']}"
    fills["rounds"] = " or ".join(sorted({str(run["rounds"]) for run in runs}))
    fills["runs"] = "\n".join(told(run) for run in runs)
    for group in TITLES:
        having = [run for run in runs if group in summary(run)]
        fills[f"table {group}"] = table(having[-1] if having else results, group)

    def fill(match):
        name = match.group(1).strip()
        if name not in fills:
            raise SystemExit(f"the template asks for {{{{{name}}}}}: there is {', '.join(sorted(fills))}")
        return fills[name]

    return re.sub(r"\{\{(.+?)\}\}", fill, template)
