//! Every package of the dependency tree is under licences that `deny.toml` allows. (`cargo deny` checks more, where it is installed.)

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::House;

/// Packages in the tree for this machine whose licence is not allowed.
pub fn packages(house: &House) -> Vec<String> {
    found(&house.root).unwrap_or_else(|fault| vec![fault])
}

fn found(root: &Path) -> Result<Vec<String>, String> {
    let policy = std::fs::read_to_string(root.join("deny.toml")).map_err(|e| e.to_string())?;
    let list =
        policy.split_once("allow = [").and_then(|(_, rest)| rest.split_once(']')).ok_or("deny.toml has no `allow` list")?.0;
    let allowed: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    let metadata = metadata(root)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let is_wrong = |package: &&Value| !permits(package["license"].as_str().unwrap_or("none"), &allowed);
    Ok(packages.iter().filter(is_wrong).map(|p| format!("{} {}: {}", p["name"], p["version"], p["license"])).collect())
}

fn metadata(root: &Path) -> Result<Value, String> {
    let run = |program: String, arguments: &[&str]| -> Result<Vec<u8>, String> {
        let output = Command::new(&program).args(arguments).current_dir(root).output().map_err(|e| format!("{program}: {e}"))?;
        if output.status.success() { Ok(output.stdout) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    };
    let tool = |variable: &str, name: &str| crate::support::environment(variable).unwrap_or_else(|| name.to_owned());
    let version = String::from_utf8_lossy(&run(tool("RUSTC", "rustc"), &["-vV"])?).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say what it runs on")?;
    // What other platforms need has not been downloaded here.
    let arguments = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host];
    serde_json::from_slice(&run(tool("CARGO", "cargo"), &arguments)?).map_err(|e| e.to_string())
}

/// Whether one of the choices that an SPDX expression offers is allowed as a whole. `MIT/Apache-2.0` is old spelling for `OR`.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "\u{a0}WITH\u{a0}");
    let words: Vec<String> = spaced.split(' ').filter(|word| !word.is_empty()).map(|word| word.replace('\u{a0}', " ")).collect();
    let mut rest = words.iter().map(String::as_str).collect::<Vec<_>>().into_iter().peekable();
    any(&mut rest, allowed)
}

type Words<'a> = std::iter::Peekable<std::vec::IntoIter<&'a str>>;

fn any(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut holds = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        holds |= all(words, allowed);
    }
    holds
}

fn all(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut holds = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        holds &= one(words, allowed);
    }
    holds
}

fn one(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    if words.next_if_eq(&"(").is_none() {
        return words.next().is_some_and(|word| allowed.contains(&word));
    }
    let holds = any(words, allowed);
    words.next_if_eq(&")");
    holds
}
