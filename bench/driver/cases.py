"""What is run: the workloads, each as a list of cases that are run one after the other, round by round."""

import os
import shutil
from dataclasses import dataclass

import rules

# Ten rules cost what they cost; one more, of each kind, on a column that W1 reads anyway. None of them is ever broken.
MORE_RULES = {
    "+ a range": 'ColumnValues "quantity" between 0 and 12',
    "+ a length": 'ColumnLength "order_id" between 13 and 15',
    "+ a set": 'ColumnValues "region" in [{}]'.format(", ".join(f'"{region}"' for region in rules.REGIONS)),
    "+ a regex": 'ColumnValues "region" matches "[a-z]{2}-[a-z]+-[0-9]"',
}
TITLES = {
    "w1": "W1: ten rules, quarantine, partitioned output",
    "w2": "W2: CSV join, latest row, running and monthly sums",
    "w3": "W3: profile of all columns",
    "w4": "W4: start-up, W1 on 100 rows",
    "w5": "W5: 200 rules",
    "rules": "One more rule on W1",
    "linear": "W1 by number of rows",
    "memory": "W6: memory",
    "check": "The compiler on 1,000 pipelines",
}


@dataclass
class Case:
    """One program at one workload."""

    group: str
    label: str
    program: object
    work: str
    rows: int
    data: str = ""
    out: str = ""
    stdout: str = ""
    ruleset: str | None = None
    memory: str | None = None
    project: str | None = None

    def __str__(self):
        return f"{self.group}, {self.label}, {self.rows:,} rows"


def cases(group, ours, peers, options, work_folder):
    """The cases of a group, ours first."""
    programs = [ours, *peers]
    every = lambda work, rows, **more: [Case(group, program.name, program, work, rows, **more) for program in programs]
    if group in ("w1", "w2", "w3"):
        return every(group, options.rows)
    if group == "w4":
        return every("w1", 100)
    if group == "w5":
        few, many = ruleset(work_folder, 200), ruleset(work_folder, 400)
        rows = min(options.rows, options.w5_rows)
        return [*every("w5", rows, ruleset=few), Case(group, "glue-compile, 400 rules", ours, "w5", rows, ruleset=many)]
    if group == "rules":
        more = [
            Case(group, f"glue-compile {label}", ours, "w1", options.rows, project=project_with(ours.project, work_folder, place, rule))
            for place, (label, rule) in enumerate(MORE_RULES.items())
        ]
        return [Case(group, "glue-compile", ours, "w1", options.rows), *more]
    if group == "linear":
        return [Case(group, "glue-compile", ours, "w1", rows) for rows in sizes(options)]
    limited = [Case(group, "glue-compile, W2 in 1 GB", ours, "w2", rows, memory="1GB") for rows in (options.rows, options.big_rows)]
    others = [Case(group, f"{peer.name}, W2 in 1 GB", peer, "w2", options.rows, memory="1GB") for peer in peers]
    unlimited = [Case(group, f"{program.name}, W1", program, "w1", options.big_rows) for program in programs if program is ours or program.name == "hand-written"]
    return [*unlimited, *limited, *(case for case in others if case.program.can(case))]


def sizes(options):
    """A tenth, all, and the big number of rows."""
    return [max(options.rows // 10, 1), options.rows, options.big_rows]


def needs(group, options):
    """The numbers of rows that a group reads, and whether as CSV too."""
    return {
        "check": [], "w4": [(100, False)], "w5": [(min(options.rows, options.w5_rows), False)], "w2": [(options.rows, True)],
        "linear": [(rows, False) for rows in sizes(options)], "memory": [(options.rows, True), (options.big_rows, True)],
    }.get(group, [(options.rows, False)])


def ruleset(folder, count):
    path = os.path.join(folder, f"rules_{count}.dqdl")
    with open(path, "w", encoding="utf-8") as file:
        file.write(rules.write(count))
    return path


def project_with(project, folder, place, rule):
    """A copy of the project whose ruleset has one rule more, at its end."""
    copy = os.path.join(folder, f"project_{place}")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy)
    path = os.path.join(copy, "w1.dqdl")
    with open(path, encoding="utf-8") as file:
        before, end, after = file.read().rpartition("\n]")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before},\n    {rule}{end}{after}")
    return copy
