"""Whether a program found what is there: against the generator's manifest where that knows, else against another program."""

import glob
import json
import math
import os
import subprocess

# The rules of W1 that judge rows, in the order of bench/w1.dqdl.
ROW_RULES = [
    "customer_id_complete", "order_id_complete", "order_id_unique", "amount_between", "status_in_set", "customer_ref", "email_regex",
    "notes_length",
]
# Sketches of distinct values were seen to be off by a sixth, quantiles are by less; sums of doubles by their last digits.
DISTINCT_TOLERANCE, MEDIAN_TOLERANCE, SUM_TOLERANCE = 0.25, 0.05, 1e-9


class Wrong(Exception):
    """A program found something else. No time is reported then."""


class Judge:
    """Compares results. W3 and W5 have no manifest: there the first program's result is the measure of the others'."""

    def __init__(self, ours, verify):
        self.ours, self.verify = ours, verify
        self.first = {}

    def check(self, case, result):
        """What the program says of itself."""
        with open(os.path.join(case.data, "manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        {"w1": self.w1, "w2": self.w2, "w3": self.w3, "w5": self.w5}[case.work](case, result, manifest)

    def w1(self, case, result, manifest):
        known = manifest["w1"]
        fails = result["fails"]
        if isinstance(fails, list):
            # A variant has a rule more, which no row breaks.
            same(case, "rows that break the rule added", sum(fails[len(ROW_RULES) :]), 0)
            fails = dict(zip(ROW_RULES, fails))
        same(case, "rows", result["rows"], known["input"])
        same(case, "good rows", result["good"], known["good"]["rows"])
        same(case, "rows in quarantine", result["quarantined"], known["quarantine"]["rows"])
        for rule in ROW_RULES:
            same(case, f"rows that break {rule}", fails[rule], known["failed"][rule])

    def w2(self, case, result, manifest):
        same(case, "orders", result["rows_out"], manifest["w2"]["orders"]["rows"])
        same(case, "months of customers", result["monthly"], manifest["w2"]["monthly"]["rows"])

    def w3(self, case, result, manifest):
        same(case, "rows", result["rows"], manifest["rows"])
        first_case, first = self.first.setdefault(("w3", case.data), (case, result))
        for name, figures in first["profile"].items():
            theirs = result["profile"].get(name)
            if theirs is None:
                raise Wrong(f"{case}: says nothing of column {name}")
            nulls = manifest["w3"]["nulls"].get(name, 0)
            if "nulls" in theirs:
                same(case, f"NULLs of {name}", theirs["nulls"], nulls)
            else:
                near(case, f"percent of NULLs of {name}", theirs["null_percent"], 100 * nulls / manifest["rows"], absolute=0.01)
            near(case, f"distinct values of {name} (as {first_case.program.name})", theirs["distinct"], figures["distinct"], DISTINCT_TOLERANCE)
            # Programs write moments, and whole numbers among doubles, in their own ways.
            for figure, tolerance in [("min", 0), ("max", 0), ("mean", 1e-6), ("median", MEDIAN_TOLERANCE)]:
                values = number(theirs.get(figure)), number(figures.get(figure))
                if None not in values:
                    near(case, f"{figure} of {name} (as {first_case.program.name})", *values, tolerance)

    def w5(self, case, result, manifest):
        same(case, "rows", result["rows"], manifest["rows"])
        # 400 rules begin with the 200.
        first_case, first = self.first.setdefault(("w5", case.data), (case, result))
        if len(result["fails"]) == len(first["fails"]):
            same(case, f"rows that break any rule (as {first_case.program.name})", result["any_fail"], first["any_fail"])
        for place, (theirs, known) in enumerate(zip(result["fails"], first["fails"])):
            same(case, f"rows that break rule {place + 1} (as {first_case.program.name})", theirs, known)

    def contents(self, case):
        """What the program wrote, row by row: a pipeline of ours adds up checksums, the generator did the same."""
        if case.work not in ("w1", "w2"):
            return
        with open(os.path.join(case.data, "manifest.json"), encoding="utf-8") as file:
            known = json.load(file)[case.work]
        found = os.path.join(case.out, "figures")
        argv = [self.ours.binary, "run", self.verify, "--job", case.work, "--quiet", "--var", f"data={case.out}", "--var", f"out={found}"]
        argv += ["--var", f"reasons={case.program.reasons}"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Wrong(f"{case}: what it wrote cannot be read: {done.stderr.strip()}")
        for part in {"w1": ["good", "quarantine"], "w2": ["orders", "monthly"]}[case.work]:
            figures = figures_of(os.path.join(found, part))
            wanted = dict(known[part], **({"reasons": known["reasons"]} if part == "quarantine" else {}))
            for name, value in wanted.items():
                if isinstance(value, float):
                    near(case, f"{name} of {part}", figures[name], value, SUM_TOLERANCE)
                else:
                    same(case, f"{name} of {part}", figures.get(name), value)


def figures_of(folder):
    lines = []
    for path in glob.glob(os.path.join(folder, "*.json")):
        with open(path, encoding="utf-8") as file:
            lines += file.read().splitlines()
    if len(lines) != 1:
        raise Wrong(f"{folder} holds {len(lines)} lines instead of one")
    return json.loads(lines[0])


def same(case, what, found, known):
    if found != known:
        raise Wrong(f"{case}: {what}: found {found}, expected {known}")


def near(case, what, found, known, relative=0.0, absolute=0.0):
    if not math.isclose(found, known, rel_tol=relative, abs_tol=absolute):
        raise Wrong(f"{case}: {what}: found {found}, expected {known}")


def number(value):
    """A number, or None: also of a number that came as text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
