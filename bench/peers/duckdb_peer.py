"""The workloads in hand-written SQL for DuckDB.   duckdb_peer.py w1|w2|w3|w5 DATA OUT [RULESET] [--memory 1GB]

NULL is judged as DQDL judges it: it breaks every rule but those about a length and `not in`. Writes OUT/result.json and what it made.
"""

import argparse
import json
import os
import sys

import duckdb

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import rules

STATUSES = ", ".join(f"'{status}'" for status in rules.STATUSES)
# What breaks each rule of W1 that judges rows, in the order of bench/w1.dqdl.
BROKEN = {
    "customer_id_complete": "customer_id IS NULL",
    "order_id_complete": "order_id IS NULL",
    "order_id_unique": "(order_id IS NULL OR order_id IN (SELECT order_id FROM repeated))",
    "amount_between": "coalesce(NOT (total_amount > 0 AND total_amount < 100000), true)",
    "status_in_set": f"coalesce(status NOT IN ({STATUSES}), true)",
    "customer_ref": "(customer_id IS NULL OR customer_id NOT IN (SELECT id FROM customers WHERE id IS NOT NULL))",
    "email_regex": f"coalesce(NOT regexp_full_match(email, '{rules.EMAIL}'), true)",
    "notes_length": "coalesce(length(notes) > 200, false)",
}
CSV_COLUMNS = {
    "order_id": "VARCHAR", "customer_id": "BIGINT", "order_ts": "TIMESTAMP", "total_amount": "DOUBLE", "quantity": "INTEGER",
    "status": "VARCHAR", "region": "VARCHAR", "email": "VARCHAR", "notes": "VARCHAR", "year": "INTEGER", "month": "INTEGER",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=["w1", "w2", "w3", "w5"])
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("ruleset", nargs="?")
    parser.add_argument("--memory", help="what may be held in memory; more goes to disk")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    session = duckdb.connect()
    session.execute("SET preserve_insertion_order = false")
    session.execute("SET enable_progress_bar = false")
    session.execute(f"SET temp_directory = '{arguments.out}/spill'")
    if arguments.memory:
        session.execute(f"SET memory_limit = '{arguments.memory}'")
    for table in ["orders", "customers", "orders_yesterday"]:
        session.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{arguments.data}/{table}.parquet/*.parquet')")
    work = {"w1": w1, "w2": w2, "w3": w3, "w5": w5}[arguments.work]
    result = work(session, arguments)
    with open(os.path.join(arguments.out, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file, default=str)


def w1(session, arguments):
    """Quarantine first: it is small and can be kept. Then the good rows, from a second scan: nothing big is held."""
    out = arguments.out
    os.makedirs(f"{out}/quarantine")
    any_broken = " OR ".join(BROKEN.values())
    names = ", ".join(f"CASE WHEN {broken} THEN '{name}' END" for name, broken in BROKEN.items())
    session.execute(
        "CREATE TEMP TABLE repeated AS SELECT order_id FROM orders WHERE order_id IS NOT NULL GROUP BY order_id HAVING count(*) > 1"
    )
    session.execute(
        f"CREATE TEMP TABLE bad AS SELECT *, list_filter([{names}], lambda name: name IS NOT NULL) AS failed_rules"
        f" FROM orders WHERE {any_broken}"
    )
    session.execute(f"COPY bad TO '{out}/quarantine/part.parquet' (FORMAT parquet, COMPRESSION snappy)")
    session.execute(
        f"COPY (SELECT * FROM orders WHERE NOT ({any_broken})) TO '{out}/good'"
        " (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (region))"
    )
    rows, negative = session.execute("SELECT count(*), count(*) FILTER (WHERE total_amount < 0) FROM orders").fetchone()
    bad = session.execute("SELECT count(*) FROM bad").fetchone()[0]
    yesterday = session.execute("SELECT count(*) FROM orders_yesterday").fetchone()[0]
    counts = dict(session.execute("SELECT name, count(*) FROM (SELECT unnest(failed_rules) AS name FROM bad) GROUP BY name").fetchall())
    return {
        "rows": rows, "good": rows - bad, "quarantined": bad, "fails": {name: counts.get(name, 0) for name in BROKEN},
        "negative": negative, "row_count_match": rows / yesterday,
    }


def w2(session, arguments):
    """Read, join, keep the latest and add up once, into a table that both outputs are written from."""
    data, out = arguments.data, arguments.out
    session.execute(f"""
        CREATE TEMP TABLE done AS
        WITH active AS (
            SELECT o.order_id, o.customer_id, o.order_ts AS order_timestamp, o.total_amount, o.status, o.region,
                   o.email AS customer_email, c.tier
            FROM read_csv('{data}/orders.csv/*.csv', header = true, columns = {CSV_COLUMNS}) o
            JOIN customers c ON o.customer_id = c.id
            WHERE o.status <> 'CANCELLED'),
        latest AS (
            SELECT * EXCLUDE place FROM (
                SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY order_timestamp DESC) AS place FROM active)
            WHERE place = 1)
        SELECT *, sum(total_amount) OVER (PARTITION BY customer_id ORDER BY order_timestamp) AS running_revenue FROM latest""")
    session.execute(f"COPY done TO '{out}/orders' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (region))")
    os.makedirs(f"{out}/monthly")
    session.execute(f"""
        COPY (SELECT customer_id, date_trunc('month', order_timestamp)::TIMESTAMP AS month, sum(total_amount) AS monthly_revenue,
                     count(order_id) AS order_count, avg(total_amount) AS avg_order_value
              FROM done GROUP BY ALL) TO '{out}/monthly/part.parquet' (FORMAT parquet, COMPRESSION snappy)""")
    rows = session.execute("SELECT count(*) FROM done").fetchone()[0]
    monthly = session.execute(f"SELECT count(*) FROM '{out}/monthly/part.parquet'").fetchone()[0]
    return {"rows_out": rows, "monthly": monthly}


def w3(session, _arguments):
    found = session.execute("SUMMARIZE SELECT * FROM orders")
    names = [column[0] for column in found.description]
    lines = found.fetchall()
    rows = session.execute("SELECT count(*) FROM orders").fetchone()[0]
    profile = {}
    for line in lines:
        figures = dict(zip(names, line))
        # SUMMARIZE knows the share of NULL in percent, with two digits.
        profile[figures["column_name"]] = {
            "null_percent": float(figures["null_percentage"]), "distinct": figures["approx_unique"], "min": figures["min"],
            "max": figures["max"], "mean": figures["avg"], "median": figures["q50"],
        }
    return {"rows": rows, "profile": profile}


def w5(session, arguments):
    kept = [condition(rule) for rule in rules.read(arguments.ruleset)]
    counts = ", ".join(f"count(*) FILTER (WHERE NOT {one})" for one in kept)
    found = session.execute(f"SELECT count(*), count(*) FILTER (WHERE NOT ({' AND '.join(kept)})), {counts} FROM orders").fetchone()
    return {"rows": found[0], "any_fail": found[1], "fails": list(found[2:])}


def condition(rule):
    """What keeps the rule; never NULL."""
    column, null = f'"{rule.column}"', "true" if rule.null_passes else "false"
    if rule.kind == "complete":
        return f"{column} IS NOT NULL"
    if rule.kind in ("range", "length"):
        value = column if rule.kind == "range" else f"length({column})"
        high = f" AND {value} < {rule.high}" if rule.high != float("inf") else ""
        return f"coalesce({value} > {rule.low}{high}, {null})"
    if rule.kind == "matches":
        return f"coalesce(regexp_full_match({column}, '{rule.pattern}'), {null})"
    values = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in rule.values)
    return f"coalesce({column} {rule.kind.upper()} ({values}), {null})"


main()
