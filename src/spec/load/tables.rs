//! What jobs and nodes of any type may say.

use crate::spec::param::{Param, ParamType};

/// Settings of a job beside its nodes.
pub const JOB: &[Param] = &[
    Param::default("type", ParamType::OneOf(&["batch"]), "batch", "what kind of job it is"),
    Param::optional("description", ParamType::Text, "what it does"),
    Param::optional("tags", ParamType::Map(&ParamType::Text), "labels"),
    Param::optional("settings", ParamType::Record(SETTINGS), "how the engine runs it"),
    Param::optional("glue_version", ParamType::Text, "AWS: the version of Glue; has no effect locally"),
    Param::optional("worker_type", ParamType::Text, "AWS: the size of a worker, `G.1X`; has no effect locally"),
    Param::optional("number_of_workers", ParamType::Int { min: 1, max: 100_000 }, "AWS: how many workers; has no effect locally"),
    Param::optional("min_workers", ParamType::Int { min: 1, max: 100_000 }, "AWS: how many at least; has no effect locally"),
    Param::optional("auto_scaling", ParamType::Bool, "AWS: whether workers come and go; has no effect locally"),
    Param::optional("execution_class", ParamType::OneOf(&["STANDARD", "FLEX"]), "AWS: STANDARD or FLEX; has no effect locally"),
    Param::optional("max_retries", ParamType::Int { min: 0, max: 10 }, "AWS: how often it is tried again; has no effect locally"),
    Param::optional(
        "max_concurrent_runs",
        ParamType::Int { min: 1, max: 1000 },
        "AWS: runs at the same time; has no effect locally",
    ),
    Param::optional("timeout", ParamType::Duration, "AWS: after how long it is stopped; has no effect locally"),
    Param::optional("notify_delay_after", ParamType::Duration, "AWS: when a delay is notified; has no effect locally"),
    Param::optional("role", ParamType::Text, "AWS: the IAM role; has no effect locally"),
    Param::optional("security", ParamType::Text, "AWS: the security configuration; has no effect locally"),
    Param::optional("temp_dir", ParamType::Path, "AWS: where Glue puts temporary files; has no effect locally"),
    Param::optional(
        "job_bookmark",
        ParamType::OneOf(&["enable", "disable", "pause"]),
        "AWS: whether only new input is read; has no effect locally",
    ),
    Param::optional("metrics", ParamType::Record(METRICS), "AWS: what is recorded; has no effect locally"),
    Param::optional("arguments", ParamType::Map(&ParamType::Text), "AWS: arguments of the job; have no effect locally"),
];

/// How the engine runs a job.
const SETTINGS: &[Param] = &[
    Param::optional("memory_limit", ParamType::Size, "memory that the run may take; what does not fit goes to temporary files"),
    Param::optional(
        "target_partitions",
        ParamType::Int { min: 1, max: 4096 },
        "how many parts are worked on side by side; the number of cores",
    ),
    Param::optional("batch_size", ParamType::Int { min: 1, max: 1_000_000 }, "rows that are handled together"),
    Param::optional(
        "shuffle_partitions",
        ParamType::Int { min: 1, max: 100_000 },
        "AWS: partitions of a shuffle; has no effect locally",
    ),
    Param::optional("adaptive", ParamType::Bool, "AWS: adaptive execution; has no effect locally"),
    Param::optional("skew_join", ParamType::Bool, "AWS: splitting of skewed joins; has no effect locally"),
];

const METRICS: &[Param] = &[
    Param::optional("enable", ParamType::Bool, "job metrics"),
    Param::optional("continuous_log", ParamType::Bool, "continuous logging"),
];

/// One column: of a source, of a pin, of a table.
pub const COLUMN: &[Param] = &[
    Param::required("name", ParamType::Text, "its name"),
    Param::required("type", ParamType::DataType, "its type: string, bigint, double, decimal(10,2), date, timestamp, …"),
    Param::default("nullable", ParamType::Bool, "true", "whether it may be NULL; a NULL in a column that may not is malformed"),
    Param::optional("description", ParamType::Text, "what it holds"),
    Param::optional("tags", ParamType::Map(&ParamType::Text), "labels, `pii: EMAIL`"),
];

/// What `catalog:` has.
pub const CATALOG: &[Param] = &[
    Param::optional(
        "databases",
        ParamType::Map(&ParamType::Record(DATABASE)),
        "databases by name; if there is one, tables need theirs",
    ),
    Param::optional("tables", ParamType::Map(&ParamType::Record(TABLE)), "tables by `database.table`"),
];

/// A database.
pub(super) const DATABASE: &[Param] = &[
    Param::optional("description", ParamType::Text, "what it is for"),
    Param::optional("location", ParamType::Path, "AWS: where its tables lie; has no effect locally"),
    Param::optional("tags", ParamType::Map(&ParamType::Text), "labels"),
];

/// A table: what those who write it and those who read it agree on.
pub(super) const TABLE: &[Param] = &[
    Param::required("columns", ParamType::List(&ParamType::Record(COLUMN)), "the columns, those of folders left out"),
    Param::optional(
        "partition_keys",
        ParamType::List(&ParamType::Record(COLUMN)),
        "the columns that are folders, the outermost first",
    ),
    Param::optional("location", ParamType::Path, "where its files are: `path` of the sources and sinks that name it"),
    Param::optional(
        "classification",
        ParamType::OneOf(&["csv", "json", "parquet"]),
        "how its files are written: `format` of these",
    ),
    Param::optional(
        "format_options",
        ParamType::Map(&ParamType::OneOrMany(&ParamType::Text)),
        "details of the format: `format_options` of these",
    ),
    Param::optional("description", ParamType::Text, "what it holds"),
    Param::optional("tags", ParamType::Map(&ParamType::Text), "labels"),
];

/// The table that a source or sink names.
pub const TABLE_REF: &[Param] =
    &[Param::required("database", ParamType::Text, "its database"), Param::required("table", ParamType::Text, "its name there")];

/// Parts of a job that are read node by node.
pub const PARTS: &[Param] = &[
    Param::optional("sources", ParamType::Map(&ParamType::Text), "what it reads"),
    Param::optional("transforms", ParamType::Map(&ParamType::Text), "what it does with it"),
    Param::optional("sinks", ParamType::Map(&ParamType::Text), "what it writes"),
];

/// Parts of a job that the language has and this version does not act on.
pub const LATER: &[&str] = &["maintenance", "micro_batch", "watermark", "bookmark_range"];

/// Settings of every source.
pub const SOURCE: &[Param] = &[TYPE, DESCRIPTION, TAGS];

/// Settings of every transform and sink.
pub const NODE: &[Param] = &[
    TYPE,
    Param::required("inputs", ParamType::OneOrMany(&ParamType::Node), "the nodes whose rows it takes: `node` or `node.port`"),
    DESCRIPTION,
    TAGS,
];

const TYPE: Param = Param::required("type", ParamType::Text, "what kind of node it is");
const DESCRIPTION: Param = Param::optional("description", ParamType::Text, "what it is for");
const TAGS: Param = Param::optional(
    "tags",
    ParamType::Either(&ParamType::OneOrMany(&ParamType::Text), &ParamType::Map(&ParamType::Text)),
    "labels",
);

/// Node types of the language that later versions have.
pub(super) const LATER_SOURCES: &[&str] =
    &["catalog", "jdbc", "dynamodb", "kinesis", "kafka", "redshift", "snowflake", "mongodb", "athena", "connector", "inline"];
/// See [`LATER_SOURCES`].
pub(super) const LATER_TRANSFORMS: &[&str] = &[
    "merge",
    "split_fields",
    "split_rows",
    "route",
    "spigot",
    "drop_null_fields",
    "drop_null_rows",
    "pivot",
    "unpivot",
    "explode",
    "flatten",
    "relationalize",
    "resolve_choice",
    "parse_json",
    "json_path",
    "regex_extract",
    "lookup",
    "concat",
    "split_string",
    "array_to_columns",
    "add_timestamp",
    "to_timestamp",
    "format_timestamp",
    "uuid",
    "identifier",
    "hash",
    "map",
    "custom",
    "recipe",
    "detect_pii",
    "record_matching",
    "repartition",
    "simplify_dynamodb_json",
    "assert_schema",
];
/// See [`LATER_SOURCES`].
pub(super) const LATER_SINKS: &[&str] =
    &["catalog", "jdbc", "kafka", "kinesis", "dynamodb", "iceberg", "delta", "redshift", "snowflake", "stdout", "blackhole"];
