//! "did you mean": the nearest of the names that would have been right.

/// The candidate nearest to `wrong`, if it is near enough to be what was meant.
///
/// Near enough is a Damerau-Levenshtein distance of at most a third of the longer name's length (at least 1),
/// ignoring case; equal distances are decided by the candidates' order.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong_lower = wrong.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != wrong)
        .map(|candidate| (strsim::damerau_levenshtein(&wrong_lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (wrong.chars().count().max(candidate.chars().count()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A list of names for a sentence: `` `a`, `b` and `c` ``; cut after `limit` names.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>, limit: usize) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let shown: Vec<_> = names.iter().take(limit).map(|name| format!("`{name}`")).collect();
    if names.len() > limit {
        return format!("{} and {} more", shown.join(", "), names.len() - limit);
    }
    match shown.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
