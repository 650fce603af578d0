"""The compiler without the engine: `check` of a repository of many pipelines from a cold start, and keystrokes in one of them."""

import os

from driver import editor, figures, measure, repository

PIPELINES = 1000
STROKES = 200


def rounds(options, binary, work, say):
    """What each round took, in the form of the other groups, and the keystrokes of all rounds."""
    folder = os.path.join(work, "repository")
    lines = repository.make(folder, PIPELINES)
    runs, strokes, peak = [], [], 0
    for round_ in range(options.rounds):
        say(f"check, {PIPELINES:,} pipelines, {lines:,} lines: round {round_ + 1} of {options.rounds}")
        runs.append(cold(binary, folder, lines, round_, work, options.timeout))
        say(f"{STROKES} keystrokes: round {round_ + 1} of {options.rounds}")
        file = f"jobs/load_{PIPELINES // 2}.glue.yaml"
        seconds, memory = editor.keystrokes(binary, folder, file, "dq.passed", "dq.pased", STROKES, os.path.join(work, "stderr"))
        strokes += seconds
        peak = max(peak, memory or 0)
    edits = {"strokes": len(strokes), "lines": lines, "rss_mb": round(peak, 1)}
    return runs, edits | {f"p{part}_ms": round(1000 * editor.share(strokes, part / 100), 1) for part in (50, 95, 99)}


def cold(binary, folder, lines, round_, work, timeout):
    stdout, errors = os.path.join(work, "stdout"), os.path.join(work, "stderr")
    measured = measure.run([binary, "check", folder], stdout, errors, dict(os.environ), timeout)
    with open(errors, encoding="utf-8") as file:
        said = file.read()
    if measured.status != 0 or not said.startswith("no problems"):
        raise figures.Wrong(f"check of {folder}: status {measured.status}, {said[-500:]}")
    return {"group": "check", "label": "check, from a cold start", "rows": lines, "round": round_ + 1, "checked": True, **measured.json()}
