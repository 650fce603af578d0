//! What the tests of the file connector share: settings from a line of YAML, without spans.

use serde_yaml::Value as Yaml;

use crate::source::{FileId, Span, Text};
use crate::spec::param::{Arg, Args, Param, ParamType, Presence, Value};

/// The settings of a source from YAML that is known to fit; `format` may be left out.
pub(super) fn source(yaml: &str) -> Args {
    record(&serde_yaml::from_str(yaml).unwrap(), super::source::PARAMS)
}

fn span() -> Span {
    Span::new(FileId(0), 10, 20)
}

fn record(yaml: &Yaml, table: &'static [Param]) -> Args {
    let map = yaml.as_mapping().unwrap();
    for key in map.keys() {
        assert!(table.iter().any(|param| Some(param.name) == key.as_str()), "no setting {key:?}");
    }
    let mut args = Args::empty(span());
    for param in table {
        let value = match (map.get(param.name), param.presence) {
            (Some(yaml), _) => value(yaml, &param.ty),
            (None, Presence::Default(text)) => value(&serde_yaml::from_str(text).unwrap(), &param.ty),
            (None, _) => continue,
        };
        args.entries.push((param.name, arg(value)));
    }
    args
}

fn arg(value: Value) -> Arg {
    Arg { value, span: span(), key: span(), written: true }
}

fn value(yaml: &Yaml, ty: &'static ParamType) -> Value {
    match (ty, yaml) {
        (ParamType::Bool, Yaml::Bool(value)) => Value::Bool(*value),
        (ParamType::Record(table), _) => Value::Record(record(yaml, table)),
        (ParamType::List(item) | ParamType::OneOrMany(item), Yaml::Sequence(items)) => {
            Value::List(items.iter().map(|yaml| arg(value(yaml, item))).collect())
        }
        (ParamType::OneOrMany(item), _) => Value::List(vec![arg(value(yaml, item))]),
        (ParamType::Map(item), Yaml::Mapping(map)) => {
            let key = |key: &Yaml| Text::new(key.as_str().unwrap(), span());
            Value::Map(map.iter().map(|(k, v)| (key(k), arg(value(v, item)))).collect())
        }
        (_, Yaml::String(text)) => Value::Text(Text::new(text.clone(), span())),
        (_, Yaml::Bool(value)) => Value::Text(Text::new(value.to_string(), span())),
        (_, Yaml::Number(value)) => Value::Text(Text::new(value.to_string(), span())),
        other => panic!("{other:?}"),
    }
}
