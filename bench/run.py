#!/usr/bin/env python3
"""Measures glue-compile against other programs on the workloads of this folder. See README.md.

    python3 bench/run.py run --rows 1_000_000 --peer duckdb --peer polars
    python3 bench/run.py table results.json
    python3 bench/run.py report results.json > docs/performance.md

Python 3.10 or newer and nothing else; peers need their own packages. Times are only shown once all results are equal.
"""

import argparse
import datetime
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from driver import cases, compiler, figures, machine, measure, programs, tables

BENCH = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(BENCH)
FAILED, WRONG_USE = 1, 2


def main():
    arguments = parser().parse_args()
    try:
        return arguments.action(arguments)
    except programs.Missing as missing:
        say(f"error: {missing}")
        return WRONG_USE
    except figures.Wrong as wrong:
        say(f"error: results differ, so no times are shown\n  {wrong}")
        return FAILED
    except KeyboardInterrupt:
        say("interrupted")
        return FAILED


def parser():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run the workloads, compare the results, print the tables")
    run.set_defaults(action=run_all)
    run.add_argument("--rows", type=number, default=10_000_000, help="orders (default 10_000_000)")
    run.add_argument("--big-rows", type=number, help="orders of the big runs of `linear` and `memory` (default five times --rows)")
    run.add_argument("--w5-rows", type=number, default=1_000_000, help="at most so many orders for w5 (default 1_000_000)")
    run.add_argument("--only", type=groups, default=list(cases.TITLES), metavar="W1,W2,…", help=f"some of: {', '.join(cases.TITLES)}")
    run.add_argument("--rounds", type=number, default=5, help="how often each program does each workload (default 5)")
    run.add_argument("--big-rounds", type=number, help="how often in `memory`, which is about memory and takes long (default: as often as the others)")
    run.add_argument("--peer", action="append", default=[], metavar="NAME", help="a program of bench/peers: duckdb, polars; may be repeated")
    run.add_argument("--python", default=sys.executable, help="the Python that has the packages of the peers")
    run.add_argument("--hand-written", metavar="PROGRAM", help="a hand-written program on the engine: WORK DATA OUT key=value…")
    run.add_argument("--peer-command", action="append", default=[], metavar="NAME=COMMAND", help="any other program, with {work}, {data}, {out}, {ruleset}")
    run.add_argument("--unchecked", action="append", default=[], metavar="NAME", help="a program whose results are known to differ: measured, and marked so")
    run.add_argument("--binary", help="the glue-compile to measure (default: the release build of this checkout)")
    run.add_argument("--generator", help="the program that makes data (default: the example bench_data of this checkout)")
    run.add_argument("--work", default=os.path.join(ROOT, "target", "bench"), metavar="FOLDER", help="data and results go there (default target/bench)")
    run.add_argument("--data", metavar="FOLDER", help="where the data is or will be, a folder for each number of rows (default WORK/data)")
    run.add_argument("--results", metavar="FILE", help="all figures as JSON (default WORK/results.json)")
    run.add_argument("--check-every-round", action="store_true", help="compare what was written in every round, not only in the first")
    run.add_argument("--timeout", type=number, default=1800, help="seconds that one run may take (default 1800)")
    table = commands.add_parser("table", help="print the tables of earlier results")
    table.set_defaults(action=print_tables)
    table.add_argument("results")
    report = commands.add_parser("report", help="print docs/performance.md from earlier results")
    report.set_defaults(action=print_report)
    report.add_argument("results", nargs="+", help="a run's figures; of several, each table is of the last that has it")
    report.add_argument("--template", default=os.path.join(BENCH, "performance.md.in"))
    return top


def number(text):
    """`10_000_000` is easier to get right than `10000000`."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def groups(text):
    names = text.lower().split(",")
    for name in names:
        if name not in cases.TITLES:
            raise argparse.ArgumentTypeError(f"there is no workload `{name}`: {', '.join(cases.TITLES)}")
    return names


def run_all(options):
    options.big_rows = options.big_rows or 5 * options.rows
    work = os.path.abspath(options.work)
    options.data = os.path.abspath(options.data or os.path.join(work, "data"))
    results_path = os.path.abspath(options.results or os.path.join(work, "results.json"))
    os.makedirs(work, exist_ok=True)
    project = copied_project(work)
    ours = programs.Ours(os.path.abspath(options.binary or built("glue-compile")), project)
    peers = [programs.PythonPeer(name, options.python) for name in options.peer]
    peers += [programs.CommandPeer(text) for text in options.peer_command]
    if options.hand_written:
        peers.insert(0, programs.HandWritten(os.path.abspath(options.hand_written)))
    make_data(options)
    judge = figures.Judge(ours, os.path.join(project, "verify"))
    results = {
        "version": 1, "started": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": shlex.join(["python3", "bench/run.py", *map(shown, sys.argv[1:])]), "machine": machine.machine(), "revision": machine.revision(ROOT),
        "programs": {program.name: program.version for program in [ours, *peers]}, "rows": options.rows, "big_rows": options.big_rows,
        "rounds": options.rounds, "runs": [],
    }
    for group in options.only:
        if group == "check":
            runs, results["edits"] = compiler.rounds(options, ours.binary, work, say)
            results["runs"] += runs
            write(results_path, results)
            continue
        listed = cases.cases(group, ours, peers, options, work)
        rounds = options.big_rounds or options.rounds if group == "memory" else options.rounds
        for round_ in range(rounds):
            # Each round begins with another program: whoever runs first may find other caches.
            start = round_ % len(listed)
            for case in listed[start:] + listed[:start]:
                say(f"{case}: round {round_ + 1} of {rounds}")
                results["runs"].append(one(case, round_, judge, options, work))
        # A workload is there as a whole or not at all: what a run that was ended had measured can be shown.
        write(results_path, results)
    results["summary"] = {group: tables.with_ratios(lines)[1] for group, lines in tables.summary(results).items()}
    write(results_path, results)
    compared = "all results that were compared" if options.unchecked else "all results"
    say(f"{compared} are equal; every figure is in {results_path}")
    print(tables.markdown(results), end="")
    return 0


def write(path, results):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)


def one(case, round_, judge, options, work):
    """Runs a case and compares what it found."""
    case.data = data_folder(options, case.rows)
    case.out = os.path.join(work, "out")
    spill = os.path.join(work, "spill")
    for folder in (case.out, spill):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    case.stdout, errors = os.path.join(work, "stdout"), os.path.join(work, "stderr")
    # Whatever a program puts aside goes where it can be seen afterwards.
    environment = dict(os.environ, TMPDIR=spill)
    measured = measure.run(case.program.command(case), case.stdout, errors, environment, options.timeout)
    if measured.status not in case.program.statuses:
        late = f" after {options.timeout} s, see --timeout" if measured.status == -9 else ""
        with open(errors, encoding="utf-8", errors="replace") as file:
            raise figures.Wrong(f"{case}: ended with status {measured.status}{late}: {file.read()[-2000:].strip()}")
    checked = case.program.name not in options.unchecked
    if checked:
        judge.check(case, case.program.result(case))
        if round_ == 0 or options.check_every_round:
            judge.contents(case)
        left = left_behind(spill)
        if left and case.program is judge.ours:
            raise figures.Wrong(f"{case}: temporary files were left behind: {', '.join(left)}")
    shutil.rmtree(case.out)
    return {"group": case.group, "label": case.label, "rows": case.rows, "round": round_ + 1, "checked": checked, **measured.json()}


def left_behind(folder):
    """Files below a folder; an empty folder that stays is told, and no more."""
    files = sorted(os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names)
    if not files and os.listdir(folder):
        say("  note: it left an empty temporary folder")
    return files


def copied_project(work):
    """Runs leave a history beside the project: it is not to grow in the checkout, nor from one bench to the next."""
    project = os.path.join(work, "project")
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(BENCH, project, ignore=lambda folder, names: [name for name in names if not keep(folder, name)])
    return project


def keep(folder, name):
    return name.endswith((".yaml", ".dqdl")) or (folder == BENCH and name == "verify")


def make_data(options):
    wanted = {}
    for group in options.only:
        for rows, csv in cases.needs(group, options):
            wanted[rows] = wanted.get(rows, False) or csv
    generator = None
    for rows, csv in wanted.items():
        folder = data_folder(options, rows)
        parts = ["manifest.json", "orders.parquet", *(["orders.csv"] if csv else [])]
        if all(os.path.exists(os.path.join(folder, part)) for part in parts):
            continue
        generator = generator or os.path.abspath(options.generator or built(os.path.join("examples", "bench_data")))
        say(f"generating {rows:,} orders in {folder}")
        formats = "parquet,csv" if csv else "parquet"
        subprocess.run([generator, folder, "--rows", str(rows), "--formats", formats], check=True)


def data_folder(options, rows):
    return os.path.join(options.data, f"rows-{rows}")


def built(name):
    """A program of this checkout's release build."""
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    path = os.path.join(target, "release", name)
    if not os.path.exists(path):
        raise programs.Missing(f"{path} is not there: `cargo build --release --bin glue-compile --example bench_data` builds it")
    return path


def shown(word):
    """A word of the command line as a report shows it: where this machine has its files is nobody's concern."""
    return re.sub(r"(?<![\w}])/(?:[\w.+@-]+/)+([\w.+@-]+)", r"\1", word)


def print_tables(options):
    print(tables.markdown(read(options.results)), end="")
    return 0


def print_report(options):
    runs = [read(path) for path in options.results]
    with open(options.template, encoding="utf-8") as file:
        print(tables.page(file.read(), runs), end="")
    return 0


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise programs.Missing(f"{path} cannot be read: {error}") from None


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
