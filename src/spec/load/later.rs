//! Sections that this version does not act on: what can be said of them all the same, for whoever runs them on AWS.

use chrono::NaiveDate;

use crate::diag::codes::lint::NEVER_STARTS;
use crate::diag::codes::workflow::BAD_SCHEDULE;
use crate::diag::{Diagnostic, Safety, Sink};
use crate::source::Text;
use crate::spec::cron::Cron;
use crate::syntax::yaml::{Entry, Node, NodeKind};

/// Looks at a section. `today`: schedules whose last day has passed start nothing.
pub(super) fn check(section: &Entry, today: NaiveDate, sink: &mut Sink) {
    let named = section.value.entries().iter().map(|entry| &entry.value);
    let with_schedule: Vec<&Node> = match section.key.as_str() {
        "crawlers" => named.collect(),
        "workflows" => {
            let triggers = named.filter_map(|workflow| workflow.get("triggers"));
            triggers.flat_map(Node::entries).map(|entry| &entry.value).collect()
        }
        _ => Vec::new(),
    };
    for node in with_schedule {
        // What `${…}` stands for is not known here.
        if let Some(NodeKind::Scalar(scalar)) = node.get("schedule").map(|node| &node.kind)
            && !scalar.text.value.contains("${")
        {
            schedule(&scalar.text, today).into_iter().for_each(|said| sink.push(said));
        }
    }
}

fn schedule(text: &Text, today: NaiveDate) -> Option<Diagnostic> {
    match Cron::parse(text.as_str()) {
        Err(fault) => {
            let place = text.map.span(fault.at.start, fault.at.end);
            let diagnostic = Diagnostic::new(&BAD_SCHEDULE, place, fault.message).help(fault.help);
            Some(match fault.fix {
                Some(fix) if text.map.is_exact() => diagnostic.fix(format!("write `{fix}`"), place, fix, Safety::Unsafe),
                _ => diagnostic,
            })
        }
        Ok(cron) if cron.first_day(today).is_none() => Some(
            Diagnostic::new(&NEVER_STARTS, text.span(), "this schedule never starts anything")
                .here("no such day is left")
                .help("look at the day of the month, the month and the year"),
        ),
        Ok(_) => None,
    }
}
