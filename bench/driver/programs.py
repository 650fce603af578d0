"""The programs that are measured, and how each is told to do a workload.

A peer is called as `PROGRAM WORK DATA OUT [RULESET]`, works on the files below DATA, and writes into OUT:

- `result.json`: w1 `{rows, good, quarantined, fails: {rule: rows}}`, w2 `{rows_out, monthly}`, w3 `{rows, profile: {column: figures}}`,
  w5 `{rows, any_fail, fails: [rows]}`;
- w1: `good/region=…/*.parquet` and `quarantine/*.parquet` with the list `failed_rules`; w2: `orders/region=…` and `monthly/`.
"""

import json
import math
import os
import shlex
import subprocess

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEERS = os.path.join(BENCH, "peers")


class Missing(Exception):
    """Something that has to be there is not; the text says what to do."""


class Ours:
    """glue-compile itself: each workload as a pipeline or a command."""

    name = "glue-compile"
    reasons = "_dq_failures"
    # Rules that fail are found, not wrong: 3 is the status for them.
    statuses = (0, 3)

    def __init__(self, binary, project):
        self.binary, self.project = binary, project
        self.version = output([binary, "--version"], f"{binary} does not run: build it with `cargo build --release`").split()[-1]

    def command(self, case):
        if case.work in ("w1", "w2"):
            words = ["run", case.project or self.project, "--job", case.work, "--var", f"data={case.data}", "--var", f"out={case.out}"]
            if case.memory:
                words += ["--target", "limited"]
        elif case.work == "w3":
            words = ["quality", "profile", f"{case.data}/orders.parquet"]
        else:
            words = ["quality", "eval", case.ruleset, f"{case.data}/orders.parquet"]
        return [self.binary, *words, "--quiet", "--format", "json"]

    def result(self, case):
        """What it says it found, in the form of a peer's `result.json`."""
        with open(case.stdout, encoding="utf-8") as file:
            said = json.load(file)
        if case.work == "w2":
            return {"rows_out": said["sinks"]["curated"]["rows"], "monthly": said["sinks"]["revenue"]["rows"]}
        if case.work == "w3":
            return {"rows": said["rows"], "profile": {column["name"]: profile(column) for column in said["columns"]}}
        quality = said["quality"]["dq"] if case.work == "w1" else said
        fails = [outcome["failed_rows"] for outcome in quality["ruleOutcomes"]]
        rows = quality["rows"]
        if case.work == "w5":
            return {"rows": rows["input"], "any_fail": rows["failed"], "fails": fails}
        # Rules about the data as a whole have no rows that fail.
        return {"rows": rows["input"], "good": rows["passed"], "quarantined": rows["failed"], "fails": [count for count in fails if count is not None]}


def profile(column):
    numbers = column.get("numbers") or {}
    return {
        "nulls": column["nulls"], "distinct": column["distinct"], "min": column["least"], "max": column["greatest"],
        "mean": numbers.get("mean"), "median": (numbers.get("quantiles") or {}).get("0.5"),
    }


class Peer:
    """Another program."""

    reasons = "failed_rules"
    statuses = (0,)

    def result(self, case):
        with open(os.path.join(case.out, "result.json"), encoding="utf-8") as file:
            return json.load(file)


class PythonPeer(Peer):
    """A program of `bench/peers`, for a package of Python."""

    def __init__(self, name, python):
        self.name, self.python = name, python
        self.script = os.path.join(PEERS, f"{name}_peer.py")
        if not os.path.exists(self.script):
            known = sorted(file.removesuffix("_peer.py") for file in os.listdir(PEERS) if file.endswith("_peer.py"))
            raise Missing(f"there is no peer `{name}`: {', '.join(known)} are there; `--peer-command NAME=COMMAND` runs any other")
        how = f"{python} has no package `{name}`: `{python} -m pip install {name}`, or name another Python with --python"
        self.version = output([python, "-c", f"import {name}; print({name}.__version__)"], how)

    def command(self, case):
        limit = ["--memory", case.memory] if case.memory else []
        return [self.python, self.script, case.work, case.data, case.out, *filter(None, [case.ruleset]), *limit]

    def can(self, case):
        return not case.memory or self.name == "duckdb"


class HandWritten(Peer):
    """Hand-written Rust on the same engine: what a compiler of these pipelines could at best emit."""

    name = "hand-written"

    def __init__(self, binary):
        if not os.access(binary, os.X_OK):
            raise Missing(f"--hand-written: {binary} is no program")
        self.binary, self.version = binary, "DataFusion, same version"

    def command(self, case):
        work = "w2fast" if case.work == "w2" else case.work
        words = [self.binary, work, case.data, case.out, "rg=131072", "nulls=dqdl", f"threads={os.cpu_count()}"]
        return words + ([f"rules={self.rules(case)}"] if case.ruleset else [])

    def can(self, case):
        return not case.memory

    def rules(self, case):
        """The rules in the form that it reads: limits are part of a range, a pattern is searched for."""
        import rules

        path = case.ruleset + ".json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump([plain(rule) for rule in rules.read(case.ruleset)], file)
        return path

    def result(self, case):
        found = super().result(case)
        if case.work != "w3":
            return found
        said = found["profile"]
        rows, columns = int(said["count(*)"]), [key[6:-1] for key in said if key.startswith("count(") and key[6] not in "*D"]
        return {"rows": rows, "profile": {name: hand_written_profile(said, name, rows) for name in columns}}


def hand_written_profile(said, name, rows):
    distinct = said.get(f"approx_distinct({name})") or said.get(f"count(DISTINCT {name})")
    median = said.get(f"approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY {name})")
    return {
        "nulls": rows - int(said[f"count({name})"]), "distinct": int(distinct), "min": said[f"min({name})"], "max": said[f"max({name})"],
        "mean": said.get(f"avg({name})"), "median": median,
    }


def plain(rule):
    kinds = {"in": "set", "not in": "notin", "matches": "regex"}
    one = {"col": rule.column, "kind": kinds.get(rule.kind, rule.kind)}
    if rule.kind == "length":
        one |= {"lo": rule.low + 1, "hi": 2**31 if math.isinf(rule.high) else rule.high - 1}
    elif rule.kind == "range" and rule.column == "total_amount":
        one |= {"lo": math.nextafter(rule.low, math.inf), "hi": math.nextafter(rule.high, -math.inf)}
    elif rule.kind == "range":
        one |= {"lo": rule.low + 1, "hi": rule.high - 1}
    elif rule.kind == "matches":
        one |= {"pattern": f"^(?:{rule.pattern})$"}
    elif rule.kind in ("in", "not in"):
        one |= {"values": rule.values}
    return one


class CommandPeer(Peer):
    """Any other program: a command line with {work}, {data}, {out} and {ruleset}."""

    version = "unknown"

    def __init__(self, text):
        self.name, found, self.text = text.partition("=")
        if not found:
            raise Missing("--peer-command is NAME=COMMAND, with {work}, {data}, {out} and {ruleset} in the command")

    def command(self, case):
        words = {"{work}": case.work, "{data}": case.data, "{out}": case.out, "{ruleset}": case.ruleset or ""}
        return [replace(word, words) for word in shlex.split(self.text)]

    def can(self, case):
        return not case.memory


def replace(text, words):
    for placeholder, value in words.items():
        text = text.replace(placeholder, value)
    return text


def output(argv, otherwise):
    """What a command prints; `otherwise` is said if it does not run."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        raise Missing(otherwise) from None
