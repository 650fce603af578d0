"""A repository of many pipelines, as a team of data engineers has after some years: for the compiler, not for the engine."""

import os
import shutil

STATES = ["PENDING", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED"]


def make(folder, pipelines):
    """Writes `pipelines` jobs, each with a ruleset in a file of its own, forty lines together; returns how many lines there are."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "jobs"))
    lines = write(os.path.join(folder, "glue-compile.yaml"), PROJECT)
    for at in range(pipelines):
        lines += write(os.path.join(folder, "jobs", f"load_{at}.glue.yaml"), pipeline(at))
        lines += write(os.path.join(folder, "jobs", f"load_{at}.dqdl"), ruleset(at))
    return lines


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return text.count("\n")


PROJECT = "name: repository\ninclude: ['jobs/*.glue.yaml']\n"


def pipeline(at):
    return f"""# Loads part {at} of the orders: no two of these are the same.
rulesets:
  rules_{at}: {{ file: jobs/load_{at}.dqdl }}
jobs:
  load_{at}:
    type: batch
    sources:
      orders:
        type: file
        path: raw/orders_{at}/
        format: parquet
        schema:
          columns:
            - {{ name: order_id, type: string }}
            - {{ name: customer_id, type: bigint }}
            - {{ name: total_{at}, type: double }}
            - {{ name: status, type: string }}
    transforms:
      wanted: {{ type: filter, inputs: [orders], condition: "total_{at} > {at % 17} and status <> 'DRAFT'" }}
      priced:
        type: derived_column
        inputs: [wanted]
        columns: [{{ name: gross, expression: "round(total_{at} * 1.{at % 90 + 10}, 2)" }}]
      by_state: {{ type: sql, inputs: [priced], query: "select status, sum(gross) as gross from priced group by status" }}
      dq: {{ type: evaluate_data_quality, inputs: [priced], ruleset: rules_{at} }}
    sinks:
      good: {{ type: file, inputs: [dq.passed], path: out/orders_{at}/, format: parquet, mode: overwrite }}
      bad: {{ type: file, inputs: [dq.failed], path: out/bad_{at}/, format: parquet, mode: overwrite }}
      states: {{ type: file, inputs: [by_state], path: out/states_{at}/, format: parquet, mode: overwrite }}
"""


def ruleset(at):
    states = ", ".join(f'"{state}"' for state in STATES)
    return f"""# What part {at} of the orders must keep to.
Rules = [
    IsComplete "order_id",
    IsUnique "order_id",
    ColumnLength "order_id" <= {20 + at % 9},
    Completeness "customer_id" > 0.{at % 9 + 1},
    ColumnValues "total_{at}" <= {1000 + at},
    ColumnValues "gross" >= 0,
    ColumnValues "status" in [{states}],
    ColumnValues "order_id" matches "[A-Z]{{2,3}}-[0-9]{{{at % 5 + 1},}}",
    RowCount > {at % 100}
]
"""
