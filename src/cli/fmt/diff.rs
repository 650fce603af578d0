//! A difference of two texts, as `diff -u` writes it. Lines that stand once in both texts are what the rest is held by.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

/// Lines that are shown round a change.
const CONTEXT: usize = 3;

/// A line of the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Same,
    Gone,
    New,
}

/// The changes from `before` to `after`; empty if there are none.
pub(super) fn unified(path: &Path, before: &str, after: &str, color: bool) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let mut steps = Vec::new();
    compare(&old, &new, &mut steps);
    if steps.iter().all(|step| *step == Step::Same) {
        return String::new();
    }
    let paint = |text: &str, code: &str| if color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() };
    let shown = path.display().to_string().replace('\\', "/");
    let mut out = format!("{}\n{}\n", paint(&format!("--- {shown}"), "1"), paint(&format!("+++ {shown}"), "1"));
    let (mut a, mut b, mut at) = (0, 0, 0);
    for hunk in hunks(&steps) {
        // Between hunks all is the same.
        a += hunk.start - at;
        b += hunk.start - at;
        at = hunk.end;
        let count = |leaves_out: Step| steps[hunk.clone()].iter().filter(|step| **step != leaves_out).count();
        let place = |from: usize, lines: usize| format!("{},{lines}", if lines == 0 { from } else { from + 1 });
        let head = format!("@@ -{} +{} @@", place(a, count(Step::New)), place(b, count(Step::Gone)));
        out.push_str(&format!("{}\n", paint(&head, "36")));
        for step in &steps[hunk] {
            let (sign, line, code) = match step {
                Step::Same => (' ', old[a], ""),
                Step::Gone => ('-', old[a], "31"),
                Step::New => ('+', new[b], "32"),
            };
            a += usize::from(*step != Step::New);
            b += usize::from(*step != Step::Gone);
            let text = format!("{sign}{}", line.trim_end_matches('\n'));
            out.push_str(&if code.is_empty() { text } else { paint(&text, code) });
            out.push_str(if line.ends_with('\n') { "\n" } else { "\n\\ No newline at end of file\n" });
        }
    }
    out
}

/// The changes with the lines round them, those that touch as one.
fn hunks(steps: &[Step]) -> Vec<Range<usize>> {
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for (at, _) in steps.iter().enumerate().filter(|(_, step)| **step != Step::Same) {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(steps.len());
        match hunks.last_mut() {
            Some(last) if around.start <= last.end => last.end = around.end,
            _ => hunks.push(around),
        }
    }
    hunks
}

/// Steps from `old` to `new`: what is alike at both ends, then by the lines that are unique in both.
fn compare(old: &[&str], new: &[&str], steps: &mut Vec<Step>) {
    let alike = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let head = alike(&mut old.iter().zip(new));
    let (old, new) = (&old[head..], &new[head..]);
    let tail = alike(&mut old.iter().rev().zip(new.iter().rev()));
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    steps.extend(std::iter::repeat_n(Step::Same, head));
    let anchors = if old.is_empty() || new.is_empty() { Vec::new() } else { anchors(old, new) };
    if anchors.is_empty() {
        steps.extend(std::iter::repeat_n(Step::Gone, old.len()));
        steps.extend(std::iter::repeat_n(Step::New, new.len()));
    } else {
        let (mut a, mut b) = (0, 0);
        for (to_a, to_b) in anchors.into_iter().chain([(old.len(), new.len())]) {
            compare(&old[a..to_a], &new[b..to_b], steps);
            (a, b) = (to_a, to_b);
        }
    }
    steps.extend(std::iter::repeat_n(Step::Same, tail));
}

/// Places of lines that stand once in both, in an order that both have.
fn anchors(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let (old_places, new_places) = (places(old), places(new));
    let once = |places: &HashMap<&str, Vec<usize>>, line: &str| match places.get(line).map(Vec::as_slice) {
        Some([at]) => Some(*at),
        _ => None,
    };
    let pairs = old.iter().filter_map(|line| Some((once(&old_places, line)?, once(&new_places, line)?)));
    let pairs: Vec<(usize, usize)> = pairs.collect();
    // The longest run of pairs whose second places grow too: `ends[n]` is the pair with the least end of the runs of n + 1.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (number, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < pair.1);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() { ends.push(number) } else { ends[length] = number }
    }
    let mut run: Vec<_> =
        std::iter::successors(ends.last().copied(), |&number| before[number]).map(|number| pairs[number]).collect();
    run.reverse();
    run
}

fn places<'t>(lines: &[&'t str]) -> HashMap<&'t str, Vec<usize>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        places.entry(line).or_default().push(at);
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn diff(before: &str, after: &str) -> String {
        unified(Path::new("a.yaml"), before, after, false)
    }

    #[test]
    fn changes_stand_with_the_lines_round_them() {
        assert_eq!(diff("a\n", "a\n"), "");
        assert_eq!(
            diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n"),
            "--- a.yaml\n+++ a.yaml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"
        );
        assert_eq!(diff("", "a\n"), "--- a.yaml\n+++ a.yaml\n@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(diff("a\nb", "a\nb\n"), "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
    }

    #[test]
    fn moved_lines_leave_the_others_in_place() {
        let changed = diff("a\nb\nc\nd\n", "b\nc\nd\na\n");
        assert_eq!(changed.matches("\n-").count(), 1, "{changed}");
    }

    proptest! {
        #[test]
        fn the_steps_lead_from_one_text_to_the_other(before in "([abc ]{0,2}\n){0,12}", after in "([abc ]{0,2}\n){0,12}") {
            let (old, new): (Vec<_>, Vec<_>) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
            let mut steps = Vec::new();
            compare(&old, &new, &mut steps);
            let (mut a, mut b) = (0, 0);
            for step in steps {
                if step == Step::Same {
                    prop_assert_eq!(old[a], new[b]);
                }
                a += usize::from(step != Step::New);
                b += usize::from(step != Step::Gone);
            }
            prop_assert_eq!((a, b), (old.len(), new.len()));
        }
    }
}
