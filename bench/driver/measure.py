"""Runs one program and measures it: wall time, CPU time and memory of its whole process tree, and what others used meanwhile."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

# How often the process tree is looked at, in seconds. Looking takes time too: a start-up of 50 ms is hardly looked at.
LOOKS = 0.05
HAS_PROC = os.path.isdir("/proc/self")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Measured:
    """What one run took."""

    status: int
    wall_s: float
    cpu_s: float
    rss_mb: float
    load: float
    others: float | None

    def json(self):
        others = None if self.others is None else round(self.others, 2)
        return {
            "wall_s": round(self.wall_s, 4), "cpu_s": round(self.cpu_s, 3), "rss_mb": round(self.rss_mb, 1),
            "load": round(self.load, 2), "others_cores": others,
        }


def run(argv, stdout, stderr, env, timeout):
    """Runs `argv`; its outputs go to the two files. `timeout` in seconds; a run that takes longer is killed (status -9)."""
    load, busy = os.getloadavg()[0], busy_seconds()
    with open(stdout, "wb") as out, open(stderr, "wb") as err:
        begin = time.perf_counter()
        process = subprocess.Popen(argv, stdout=out, stderr=err, env=env, start_new_session=True)
        tree = Tree(process.pid)
        watcher = threading.Thread(target=tree.watch, daemon=True)
        watcher.start()
        killer = threading.Timer(timeout, kill, [process.pid])
        killer.start()
        # Not `process.wait()`: only this call says what the process and its children used.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        killer.cancel()
        tree.done.set()
        watcher.join()
    cpu = max(usage.ru_utime + usage.ru_stime, tree.cpu_seconds())
    # Linux counts in KiB, macOS in bytes.
    own_peak = usage.ru_maxrss * (1024 if HAS_PROC else 1)
    others = None if busy is None else max(0.0, (busy_seconds() - busy - cpu) / wall)
    return Measured(process.returncode, wall, cpu, max(own_peak, tree.peak) / 2**20, load, others)


def kill(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def busy_seconds():
    """CPU seconds that the whole machine has been busy for; None where nothing says so."""
    if not HAS_PROC:
        return None
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _wait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


class Tree:
    """A process and all that come from it: some programs are a shell or a Python that starts the one that works."""

    def __init__(self, root):
        self.root = root
        self.done = threading.Event()
        self.peak = 0
        self.seen = {}

    def watch(self):
        while HAS_PROC and not self.done.wait(LOOKS):
            self.look()

    def look(self):
        members = [self.root]
        resident = 0
        for pid in members:
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    text = file.read()
                fields = text[text.rindex(")") + 2 :].split()
                self.seen[pid] = int(fields[11]) + int(fields[12])
                resident += int(fields[21]) * PAGE
                members += children(pid)
            except (OSError, ValueError, IndexError):
                continue
        self.peak = max(self.peak, resident)

    def cpu_seconds(self):
        return sum(self.seen.values()) / TICKS


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
        except OSError:
            continue
    return found
