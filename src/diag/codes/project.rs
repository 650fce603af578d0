//! GC00: project, files, variables, targets.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &NO_PROJECT,
    &UNREADABLE_FILE,
    &EMPTY_INCLUDE,
    &DUPLICATE_DEFINITION,
    &UNKNOWN_VARIABLE,
    &UNKNOWN_REFERENCE,
    &MISSING_VALUE,
    &VARIABLE_TYPE,
    &UNKNOWN_TARGET,
    &SEVERAL_DEFAULTS,
    &UNSUPPORTED_SECTION,
    &UNKNOWN_OVERRIDE,
    &UNSET_ENVIRONMENT,
    &UNKNOWN_RULESET,
    &UNKNOWN_TEMPLATE,
    &SUPPRESSION_WITHOUT_REASON,
    &UNKNOWN_SUPPRESSION,
    &SUPPRESSED_ERROR,
    &UNUSED_SUPPRESSION,
];

/// A path that is no project.
pub static NO_PROJECT: Code = code!(Error, "GC0001", "no-project", "there is no project where one was looked for");

/// `include: [pipelines/orders.glue.yaml]`, and the file may not be read.
pub static UNREADABLE_FILE: Code = code!(Error, "GC0002", "unreadable-file", "a file of the project cannot be read");

/// `include: ["piplines/**/*.glue.yaml"]`
pub static EMPTY_INCLUDE: Code = code!(Warning, "GC0003", "empty-include", "an `include` pattern matches no file");

/// Two files that both define the job `orders`.
pub static DUPLICATE_DEFINITION: Code = code!(Error, "GC0004", "duplicate-definition", "a name is defined twice in the project");

/// `${var.laek}`
pub static UNKNOWN_VARIABLE: Code = code!(Error, "GC0005", "unknown-variable", "a variable that the project does not declare");

/// `${lake}`, `${job.name}`
pub static UNKNOWN_REFERENCE: Code = code!(Error, "GC0006", "unknown-reference", "a `${…}` that stands for nothing");

/// A variable without a default that nobody set.
pub static MISSING_VALUE: Code = code!(Error, "GC0007", "missing-value", "a variable is used and has no value");

/// `rate: { type: float, default: high }`
pub static VARIABLE_TYPE: Code = code!(Error, "GC0008", "variable-type", "the value of a variable is not of its type");

/// `--target prd`
pub static UNKNOWN_TARGET: Code = code!(Error, "GC0009", "unknown-target", "a target that the project does not have");

/// Two targets that say `default: true`.
pub static SEVERAL_DEFAULTS: Code = code!(Error, "GC0010", "several-defaults", "more than one target is the default");

/// `workflows:`, in a version that does not run them.
pub static UNSUPPORTED_SECTION: Code =
    code!(Warning, "GC0011", "unsupported-section", "a part of the language that this version ignores");

/// `overrides: { jobs.ordres.sources.raw.path: … }`
pub static UNKNOWN_OVERRIDE: Code = code!(Error, "GC0012", "unknown-override", "an override of something that is not there");

/// `${env.LAKE}`, and nobody set LAKE.
pub static UNSET_ENVIRONMENT: Code = code!(Error, "GC0013", "unset-environment", "an environment variable is used and not set");

/// `ruleset: ordres`
pub static UNKNOWN_RULESET: Code = code!(Error, "GC0014", "unknown-ruleset", "a ruleset that the project does not have");

/// `use: csv_defualts`
pub static UNKNOWN_TEMPLATE: Code = code!(Error, "GC0015", "unknown-template", "a template that the project does not have");

/// `# glue-compile: allow GC0804` and nothing after it.
pub static SUPPRESSION_WITHOUT_REASON: Code =
    code!(Warning, "GC0080", "suppression-without-reason", "a comment allows a diagnostic and does not say why");

/// `# glue-compile: allow GC0008 -- why`, and there is no such code.
pub static UNKNOWN_SUPPRESSION: Code =
    code!(Warning, "GC0081", "unknown-suppression", "a comment allows a code that does not exist");

/// `# glue-compile: allow GC0402 -- why`, and that one is an error.
pub static SUPPRESSED_ERROR: Code =
    code!(Warning, "GC0082", "suppressed-error", "a comment allows a code that is an error by nature");

/// `# glue-compile: allow GC0804 -- why`, and nothing there needs it.
pub static UNUSED_SUPPRESSION: Code =
    code!(Warning, "GC0083", "unused-suppression", "a comment allows what is not reported there");
