"""The rules of W5: written as DQDL, and read back for programs that do not speak it.

    python3 bench/rules.py 200 > bench/w5.dqdl

Only what the standard library of Python has. The same count always gives the same text.
"""

import json
import math
import random
import re
import sys
from dataclasses import dataclass, field

STATUSES = ["PENDING", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED"]
REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1", "ap-northeast-1", "sa-east-1", "af-south-1"]
# The pattern of W1, and the limits of its other rules.
EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"

# Columns of numbers, with the least and the greatest value that is meant to be there.
NUMBERS = {
    "customer_id": (1, 3_000_000),
    "total_amount": (0, 100_000),
    "quantity": (1, 11),
    "year": (2025, 2026),
    "month": (1, 12),
}
# Columns of texts, with twelve patterns each: six for each 200 rules. A pattern matches the whole text.
TEXTS = {
    "order_id": [
        r"ORD-[0-9]{10}", r"ORD-.*", r".*[0-9]+", r"[A-Z]{3}-\d+", r".{14}", r"ORD-0+[1-9].*",
        r"[A-Z]+-[0-9]+", r"O.*[02468]", r"\S+", r"ORD-0{3}\d{7}", r"[^a-z]+", r".*-.*",
    ],
    "status": [
        r"[A-Z]+", r"PENDING|PROCESSING|SHIPPED|DELIVERED|CANCELLED", r".*(ED|ING)", r"[^a-z]+", r"\w+", r"[PSDC].*",
        r"P.*|S.*|D.*|C.*", r".{7,10}", r"[A-Z]{2,}", r".*[A-Z]", r"[^?/]+", r"(P|S|D|C)[A-Z]+(G|D)",
    ],
    "region": [
        r"[a-z]{2}-[a-z]+-[0-9]", r"(us|eu|ap|sa|af)-.*", r".*-[12]", r"[a-z0-9-]+", r".*(east|west|central|south).*", r"[^A-Z]+",
        r"..-.*-.", r"[a-z]+-[a-z]+-\d", r"(us|eu).*|a.*|sa.*", r"[^ ]+", r".*[a-z]-[0-9]", r"\w\w-\w+-\w",
    ],
    "email": [
        EMAIL, r".*@.*", r"[^@]+@[^@]+", r".*\.(com|org|net|test|example)", r"[a-z]+\.[0-9]+@.*", r"\S+",
        r".*[a-z]", r"[^ ]+@[^ ]+", r".+@.+\..+", r"\w+\.\d+@[\w.]+", r"[a-z].*", r".*@(example|mail|shop|corp|inbox)\..*",
    ],
    "notes": [
        r"[a-z ]+", r"[^0-9]*", r"\w+( \w+)*", r".*\S", r"[a-z].*",
        r".*(gift|wrap|leave|call|door|order|ship|express|review|loyalty).*",
        r".* .*", r"\w+ \w+ .*", r"[a-z]+( [a-z]+){3,}", r"[^A-Z]+", r".{8,}", r".*[a-z]",
    ],
}


def write(count):
    """`count` rules as DQDL: twenty of each column for each 200."""
    rng = random.Random(7)
    lines = []
    for turn in range(count // 200):
        for column, limits in NUMBERS.items():
            lines += numbers(column, limits, turn, rng)
        for column, patterns in TEXTS.items():
            lines += texts(column, patterns[6 * turn : 6 * turn + 6], turn)
    return "Rules = [\n" + ",\n".join("    " + line for line in lines) + "\n]\n"


def numbers(column, limits, turn, rng):
    low, high = limits
    if turn == 0:
        yield f'IsComplete "{column}"'
    # Every fourth range leaves out the greatest value, so that there is something to find. No two ranges are the same.
    for place in range(17 + min(turn, 1)):
        below = 1 + 3 * (18 * turn + place) + rng.randint(0, 2)
        above = 0 if place % 4 == 3 else 1 + rng.randint(0, 50)
        yield f'ColumnValues "{column}" between {low - below} and {high + above}'
    for more in range(2):
        if column in ("customer_id", "total_amount"):
            values = ", ".join(str(-1 - place - 30 * turn) for place in range(20 + more))
            yield f'ColumnValues "{column}" not in [{values}]'
        else:
            first, last = (2024 - 2 * turn, 2027 + more) if column == "year" else (0, 40 + more + 2 * turn)
            yield f'ColumnValues "{column}" in [{", ".join(map(str, range(first, last)))}]'


def texts(column, patterns, turn):
    yield f'IsComplete "{column}"' if turn == 0 else f'ColumnLength "{column}" > 0'
    for place in range(7):
        yield f'ColumnLength "{column}" between {place % 3} and {60 + 20 * place + 7 * turn}'
    known = {"status": STATUSES, "region": REGIONS}.get(column)
    for place in range(6):
        more = [f"extra{number + 10 * turn}" for number in range(place)]
        values = ", ".join(f'"{value}"' for value in (known or ["gift wrap", "leave at door", "none"]) + more + ["x" * (turn + 1)])
        yield f'ColumnValues "{column}" {"in" if known else "not in"} [{values}]'
    for pattern in patterns:
        yield f'ColumnValues "{column}" matches "{pattern}"'


@dataclass
class Rule:
    """A rule. `kind`: complete, range, length (both limits left out; `high` may be infinite), in, not in, matches."""

    column: str
    kind: str
    low: float = 0
    high: float = 0
    values: list = field(default_factory=list)
    pattern: str = ""

    @property
    def null_passes(self):
        """In DQDL NULL has no length to break a rule, and is among none of the values that are ruled out; else it breaks the rule."""
        return self.kind in ("length", "not in")


FORMS = {
    "complete": re.compile(r'IsComplete "(\w+)"'),
    "range": re.compile(r'ColumnValues "(\w+)" between (\S+) and (\S+)'),
    "length": re.compile(r'ColumnLength "(\w+)" between (\S+) and (\S+)'),
    "longer": re.compile(r'ColumnLength "(\w+)" > (\S+)'),
    "in": re.compile(r'ColumnValues "(\w+)" in (\[.*\])'),
    "not in": re.compile(r'ColumnValues "(\w+)" not in (\[.*\])'),
    "matches": re.compile(r'ColumnValues "(\w+)" matches "(.*)"'),
}


def read(path):
    """The rules of a ruleset that `write` wrote."""
    with open(path, encoding="utf-8") as file:
        lines = [line.strip().rstrip(",") for line in file]
    return [rule(line) for line in lines if line and not line.startswith(("#", "Rules", "]"))]


def rule(line):
    for kind, form in FORMS.items():
        match = form.fullmatch(line)
        if not match:
            continue
        column, *rest = match.groups()
        if kind in ("range", "length"):
            return Rule(column, kind, low=int(rest[0]), high=int(rest[1]))
        if kind == "longer":
            return Rule(column, "length", low=int(rest[0]), high=math.inf)
        if kind in ("in", "not in"):
            return Rule(column, kind, values=json.loads(rest[0]))
        return Rule(column, kind, pattern=rest[0] if rest else "")
    raise SystemExit(f"bench/rules.py does not know this form of a rule: {line}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("200", "400"):
        raise SystemExit("usage: rules.py 200|400")
    print("# Two hundred rules on ten columns, for W5. Written by `python3 bench/rules.py " + sys.argv[1] + "`.\n")
    print(write(int(sys.argv[1])), end="")
