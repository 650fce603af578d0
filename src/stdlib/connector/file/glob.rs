//! Globs of paths: brace groups spelled out for the [`World`](crate::world::World), and AWS's rules for exclusions.

use regex::Regex;

/// The characters that make a path a glob.
const MARKS: [char; 4] = ['*', '?', '[', '{'];

/// Whether a part of a path is more than a name.
pub(super) fn is_glob(part: &str) -> bool {
    part.contains(MARKS)
}

/// The globs without braces that a glob with braces stands for: `a/{b,c}` is `a/b` and `a/c`.
pub(super) fn spell_out(pattern: &str) -> Vec<String> {
    let Some((before, options, after)) = first_group(pattern) else { return vec![pattern.to_owned()] };
    let mut out = Vec::new();
    for option in options {
        out.extend(spell_out(&format!("{before}{option}{after}")));
    }
    out
}

/// The first `{…}` of a pattern: what stands before it, its options, what stands after it.
fn first_group(pattern: &str) -> Option<(&str, Vec<&str>, &str)> {
    let open = pattern.find('{')?;
    let mut depth = 0;
    let mut options = Vec::new();
    let mut start = open + 1;
    for (at, c) in pattern.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '{' => depth += 1,
            ',' if depth == 1 => {
                options.push(&pattern[start..at]);
                start = at + 1;
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    options.push(&pattern[start..at]);
                    return Some((&pattern[..open], options, &pattern[at + 1..]));
                }
            }
            _ => {}
        }
    }
    None
}

/// An exclusion by AWS Glue's rules: `*` and `?` stop at `/`, `**` crosses it, `[a-c]` and `[!a-c]` are classes, `{a,b}`
/// groups, `\` takes a mark's meaning away, a leading `**/` also matches no folder at all.
pub(super) fn exclusion(pattern: &str) -> Result<Regex, String> {
    let mut regex = String::from("^");
    let mut chars = pattern.trim_start_matches('/').chars().peekable();
    let mut groups = 0;
    let mut at_start = true;
    while let Some(c) = chars.next() {
        let first = std::mem::take(&mut at_start);
        match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                if first && chars.peek() == Some(&'/') {
                    chars.next();
                    regex.push_str("(?:.*/)?");
                } else {
                    regex.push_str(".*");
                }
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => {
                regex.push('[');
                if chars.next_if(|c| matches!(c, '!' | '^')).is_some() {
                    regex.push('^');
                }
                loop {
                    match chars.next() {
                        None => return Err("`[` without `]`".to_owned()),
                        Some(']') => break,
                        Some('-') => regex.push('-'),
                        Some(c) => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
                    }
                }
                regex.push(']');
            }
            '{' => {
                groups += 1;
                regex.push_str("(?:");
            }
            '}' if groups > 0 => {
                groups -= 1;
                regex.push(')');
            }
            ',' if groups > 0 => regex.push('|'),
            '\\' => regex.push_str(&regex::escape(chars.next().unwrap_or('\\').encode_utf8(&mut [0; 4]))),
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    if groups > 0 {
        return Err("`{` without `}`".to_owned());
    }
    regex.push('$');
    Regex::new(&regex).map_err(|_| "an empty or backward range".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_spelled_out() {
        assert_eq!(spell_out("a/*.csv"), ["a/*.csv"]);
        assert_eq!(spell_out("a/{b,c{1,2}}/x"), ["a/b/x", "a/c1/x", "a/c2/x"]);
        assert_eq!(spell_out("a{b"), ["a{b"]);
    }

    #[test]
    fn exclusions_match_as_on_aws() {
        for (pattern, path, expected) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "sub/a.csv", false),
            ("**.csv", "sub/a.csv", true),
            ("**/_temporary/**", "_temporary/0/a.csv", true),
            ("**/_temporary/**", "x/_temporary/0/a.csv", true),
            ("**/_temporary/**", "x/temporary/a.csv", false),
            ("dep?rtments/**", "departments/finance.csv", true),
            ("dep[!a]rtments/*", "departments/x", false),
            ("myfolder[0-9]/*", "myfolder7/x.json", true),
            ("*.{json,xml}", "a.xml", true),
            ("*.{json,xml}", "a.csv", false),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            ("a+(b).csv", "a+(b).csv", true),
        ] {
            assert_eq!(exclusion(pattern).map(|regex| regex.is_match(path)), Ok(expected), "{pattern} {path}");
        }
        for pattern in ["[a", "{a,b", "[z-a]"] {
            assert!(exclusion(pattern).is_err(), "{pattern}");
        }
    }
}
