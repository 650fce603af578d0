//! What becomes of a row that fails a rule, by the labels of the rule: the setting `actions`.

use indexmap::IndexMap;

use crate::spec::param::Args;

/// What becomes of a row that fails a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It goes to the port `failed`.
    Route,
    /// It stays, and what is wrong with it is written on it.
    Annotate,
    /// It stays, and only the rule's outcome tells of it.
    Ignore,
}

impl Action {
    /// The words of the setting.
    pub const WORDS: &[&str] = &["route", "annotate", "ignore"];

    fn of(word: &str) -> Option<Self> {
        match word {
            "route" => Some(Self::Route),
            "annotate" => Some(Self::Annotate),
            "ignore" => Some(Self::Ignore),
            _ => None,
        }
    }
}

/// Actions by label, the first that fits a rule counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions(Vec<LabelAction>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct LabelAction {
    key: String,
    value: String,
    action: Action,
}

impl Default for Actions {
    /// `severity=warn: annotate`
    fn default() -> Self {
        Self(vec![LabelAction { key: "severity".to_owned(), value: "warn".to_owned(), action: Action::Annotate }])
    }
}

impl Actions {
    /// What the setting `actions` says; what it does not speak of is as by default.
    pub fn of(settings: &Args) -> Self {
        let written = settings.map("actions").iter().filter_map(|(label, arg)| {
            let (key, value) = label_of(&label.value)?;
            Some(LabelAction { key, value, action: Action::of(arg.text()?.as_str())? })
        });
        Self(written.chain(Self::default().0).collect())
    }

    /// What becomes of a row that fails a rule with these labels.
    pub fn action(&self, labels: &IndexMap<String, String>) -> Action {
        self.0.iter().find(|known| carries(labels, &known.key, &known.value)).map_or(Action::Route, |known| known.action)
    }
}

/// `severity=warn` in two; `None` if it is no such pair.
pub fn label_of(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    let (key, value) = (key.trim(), value.trim());
    (!key.is_empty() && !value.is_empty()).then(|| (key.to_owned(), value.to_owned()))
}

/// Whether one of the labels is that one. The case of a value does not matter: `WARN` is `warn`.
pub fn carries(labels: &IndexMap<String, String>, key: &str, value: &str) -> bool {
    labels.get(key).is_some_and(|own| own.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> IndexMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_rule_routes_unless_its_labels_say_otherwise() {
        let actions = Actions::default();
        assert_eq!(actions.action(&labels(&[])), Action::Route);
        assert_eq!(actions.action(&labels(&[("severity", "error")])), Action::Route);
        assert_eq!(actions.action(&labels(&[("team", "warn")])), Action::Route);
        assert_eq!(actions.action(&labels(&[("team", "x"), ("severity", "WARN")])), Action::Annotate);
    }

    #[test]
    fn a_label_is_a_pair() {
        assert_eq!(label_of(" team = orders "), Some(("team".to_owned(), "orders".to_owned())));
        assert_eq!(label_of("note=a=b"), Some(("note".to_owned(), "a=b".to_owned())));
        assert!(["team", "=x", "team=", ""].iter().all(|text| label_of(text).is_none()));
    }
}
