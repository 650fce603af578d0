"""The workloads for Polars' lazy API and its streaming engine.   polars_peer.py w1|w2|w3|w5 DATA OUT [RULESET]

NULL is judged as DQDL judges it: it breaks every rule but those about a length and `not in`. Writes OUT/result.json and what it made.
"""

import argparse
import json
import os
import sys

import polars as pl

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import rules

ENGINE = "streaming"
CSV_COLUMNS = {
    "order_id": pl.String, "customer_id": pl.Int64, "order_ts": pl.String, "total_amount": pl.Float64, "quantity": pl.Int32,
    "status": pl.String, "region": pl.String, "email": pl.String, "notes": pl.String, "year": pl.Int32, "month": pl.Int32,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=["w1", "w2", "w3", "w5"])
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("ruleset", nargs="?")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    work = {"w1": w1, "w2": w2, "w3": w3, "w5": w5}[arguments.work]
    result = work(lambda table: pl.scan_parquet(f"{arguments.data}/{table}.parquet/*.parquet"), arguments)
    with open(os.path.join(arguments.out, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file, default=str)


def broken(repeated, customers):
    """What breaks each rule of W1 that judges rows, in the order of bench/w1.dqdl."""
    column = pl.col
    amount = column("total_amount")
    return {
        "customer_id_complete": column("customer_id").is_null(),
        "order_id_complete": column("order_id").is_null(),
        "order_id_unique": column("order_id").is_in(repeated.implode()).fill_null(True),
        "amount_between": (~((amount > 0) & (amount < 100000))).fill_null(True),
        "status_in_set": (~column("status").is_in(rules.STATUSES)).fill_null(True),
        "customer_ref": (~column("customer_id").is_in(customers.implode())).fill_null(True),
        "email_regex": (~column("email").str.contains(f"^(?:{rules.EMAIL})$")).fill_null(True),
        "notes_length": (column("notes").str.len_chars() > 200).fill_null(False),
    }


def w1(scan, arguments):
    """One scan for both outputs and all counts; only the repeated ids are found before."""
    out = arguments.out
    orders = scan("orders")
    copies = orders.select("order_id").drop_nulls().group_by("order_id").len()
    repeated = copies.filter(pl.col("len") > 1).select("order_id").collect(engine=ENGINE)["order_id"]
    flags = broken(repeated, scan("customers").select("id").collect(engine=ENGINE)["id"])
    hidden = [f"_{name}" for name in flags]
    judged = orders.with_columns([flag.alias(f"_{name}") for name, flag in flags.items()])
    judged = judged.with_columns(pl.any_horizontal(hidden).alias("_bad"))
    good = judged.filter(~pl.col("_bad")).drop([*hidden, "_bad"])
    good = good.sink_parquet(
        pl.PartitionBy(f"{out}/good", key="region", include_key=False), compression="snappy", mkdir=True, lazy=True
    )
    names = pl.concat_list([pl.when(f"_{name}").then(pl.lit(name)) for name in flags]).list.drop_nulls()
    bad = judged.filter(pl.col("_bad")).with_columns(names.alias("failed_rules")).drop([*hidden, "_bad"])
    bad = bad.sink_parquet(f"{out}/quarantine/part.parquet", compression="snappy", mkdir=True, lazy=True)
    counts = judged.select(
        [pl.len().alias("rows"), (pl.col("total_amount") < 0).sum().alias("negative"), pl.col("_bad").sum(), *[pl.col(name).sum() for name in hidden]]
    )
    yesterday = scan("orders_yesterday").select(pl.len())
    _, _, counts, yesterday = pl.collect_all([good, bad, counts, yesterday], engine=ENGINE)
    counts = counts.row(0, named=True)
    return {
        "rows": counts["rows"], "good": counts["rows"] - counts["_bad"], "quarantined": counts["_bad"],
        "fails": {name: counts[f"_{name}"] for name in flags}, "negative": counts["negative"],
        "row_count_match": counts["rows"] / yesterday.item(),
    }


def w2(scan, arguments):
    """One sort by time; the latest of an order and the running sums follow from it."""
    data, out = arguments.data, arguments.out
    done = (
        pl.scan_csv(f"{data}/orders.csv/*.csv", schema=CSV_COLUMNS)
        .filter(pl.col("status") != "CANCELLED")
        .join(scan("customers").select("id", "tier"), left_on="customer_id", right_on="id")
        .select(
            "order_id", "customer_id", pl.col("order_ts").str.to_datetime("%Y-%m-%d %H:%M:%S%.f").alias("order_timestamp"),
            "total_amount", "status", "region", pl.col("email").alias("customer_email"), "tier",
        )
        .sort("order_timestamp", descending=True)
        .unique("order_id", keep="first", maintain_order=True)
        .reverse()
        .with_columns(pl.col("total_amount").fill_null(0.0).cum_sum().over("customer_id").alias("running_revenue"))
    )
    orders = done.sink_parquet(
        pl.PartitionBy(f"{out}/orders", key="region", include_key=False), compression="snappy", mkdir=True, lazy=True
    )
    months = done.group_by("customer_id", pl.col("order_timestamp").dt.truncate("1mo").alias("month")).agg(
        pl.col("total_amount").sum().alias("monthly_revenue"), pl.col("order_id").count().alias("order_count"),
        pl.col("total_amount").mean().alias("avg_order_value"),
    )
    monthly = months.sink_parquet(f"{out}/monthly/part.parquet", compression="snappy", mkdir=True, lazy=True)
    counted = pl.collect_all([orders, monthly, done.select(pl.len())], engine=ENGINE)
    rows = pl.scan_parquet(f"{out}/monthly/part.parquet").select(pl.len()).collect().item()
    return {"rows_out": counted[2].item(), "monthly": rows}


def w3(scan, _arguments):
    orders = scan("orders")
    figures = [pl.len().alias("rows")]
    for name, kind in orders.collect_schema().items():
        column = pl.col(name)
        figures += [column.null_count().alias(f"{name}|nulls"), column.approx_n_unique().alias(f"{name}|distinct")]
        figures += [column.min().alias(f"{name}|min"), column.max().alias(f"{name}|max")]
        if kind.is_numeric():
            figures += [column.mean().alias(f"{name}|mean"), column.std().alias(f"{name}|deviation"), column.median().alias(f"{name}|median")]
            figures += [column.quantile(share).alias(f"{name}|{share}") for share in (0.25, 0.75)]
        elif kind == pl.String:
            figures += [column.str.len_chars().min().alias(f"{name}|shortest"), column.str.len_chars().max().alias(f"{name}|longest")]
    found = orders.select(figures).collect(engine=ENGINE).row(0, named=True)
    profile = {}
    for key, value in found.items():
        if "|" in key:
            name, figure = key.split("|")
            profile.setdefault(name, {})[figure] = value
    return {"rows": found["rows"], "profile": profile}


def w5(scan, arguments):
    fails = [(~kept(rule)).fill_null(not rule.null_passes).alias(str(place)) for place, rule in enumerate(rules.read(arguments.ruleset))]
    names = [str(place) for place in range(len(fails))]
    counts = [pl.len().alias("rows"), pl.any_horizontal(names).sum().alias("any"), *[pl.col(name).sum() for name in names]]
    found = scan("orders").select(fails).select(counts).collect(engine=ENGINE).row(0)
    return {"rows": found[0], "any_fail": found[1], "fails": list(found[2:])}


def kept(rule):
    """What keeps the rule; NULL where there is nothing to judge."""
    column = pl.col(rule.column)
    if rule.kind == "complete":
        return column.is_not_null()
    if rule.kind in ("range", "length"):
        value = column if rule.kind == "range" else column.str.len_chars().cast(pl.Int64)
        return (value > rule.low) & (value < rule.high) if rule.high != float("inf") else value > rule.low
    if rule.kind == "matches":
        return column.str.contains(f"^(?:{rule.pattern})$")
    # Polars compares like with like only.
    values = [float(value) for value in rule.values] if rule.column == "total_amount" else rule.values
    among = column.is_in(values)
    return among if rule.kind == "in" else ~among


main()
