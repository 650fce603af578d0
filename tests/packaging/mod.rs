//! What others run us by: the hooks of pre-commit, the GitHub Action, the completions of shells, really run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::Trial;
use regex::Regex;
use serde_yaml::Value;

const SPEC: &str = "jobs:\n  shop:\n    type: batch\n    sources:\n      orders: {type: file, path: orders.csv, format: csv, schema: { mode: declare, columns: [{ name: id, type: string }] } }\n    transforms:\n      some: { type: filter, inputs: [orders], condition: \"id > ''\" }\n    sinks:\n      out: { type: file, inputs: [some], path: out/, format: parquet, mode: overwrite }\n";

/// A trial for each.
pub fn trials(root: &Path) -> Vec<Trial> {
    let checks: [(&str, fn(&Path) -> Vec<String>); 4] = [
        ("the hooks of pre-commit run", hooks_run),
        ("the action is whole", action_is_whole),
        ("the action's scripts run", action_scripts_run),
        ("shells complete command lines", shells_complete),
    ];
    checks
        .into_iter()
        .map(|(name, check)| {
            let root = root.to_path_buf();
            Trial::test(format!("packaging {name}"), move || {
                let faults = check(&root);
                if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
            })
        })
        .collect()
}

/// A folder of its own, with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("packaging-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    for (file, text) in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    folder
}

/// The `PATH` with our program before all others.
#[expect(clippy::disallowed_methods, reason = "the hooks look for the program as a shell does")]
fn path_with_us(first: &[&Path]) -> std::ffi::OsString {
    let ours = Path::new(env!("CARGO_BIN_EXE_glue-compile")).parent().expect("the program has a folder").to_path_buf();
    let others = std::env::var("PATH").unwrap_or_default();
    let all = first.iter().map(|path| path.to_path_buf()).chain([ours]).chain(std::env::split_paths(&others));
    std::env::join_paths(all.collect::<Vec<_>>()).expect("the paths can be joined")
}

fn hooks_run(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join(".pre-commit-hooks.yaml")).expect("the hooks are there");
    let hooks: Vec<Value> = serde_yaml::from_str(&text).expect("the hooks are YAML");
    let ids: Vec<_> = hooks.iter().map(|hook| hook["id"].as_str().unwrap_or("")).collect();
    let mut faults = Vec::new();
    if ids != ["glue-compile-check", "glue-compile-fmt", "glue-compile-dqdl-fmt"] {
        faults.push(format!("the hooks are {ids:?}"));
    }
    let wrong = SPEC.replace("\"id > ''\"", "amount > 1");
    let files = [
        ("shop.glue.yaml", SPEC),
        ("rules/shop.dqdl", "Rules=[RowCount>1]\n"),
        ("glue-compile.yaml", "name:   shop\ninclude: [\"*.glue.yaml\"]\n"),
        ("notes.yaml", "a:   1\n"),
        ("README.md", "# Shop\n"),
    ];
    for hook in &hooks {
        let id = hook["id"].as_str().unwrap_or("");
        let folder = folder(id, &files);
        let pattern = Regex::new(hook["files"].as_str().unwrap_or("")).expect("`files` is a pattern");
        let picked: Vec<&str> = files.iter().map(|(name, _)| *name).filter(|name| pattern.is_match(name)).collect();
        let run = || run_hook(hook, &folder, &picked);
        let first = run();
        let expected = match id {
            "glue-compile-dqdl-fmt" => vec!["rules/shop.dqdl"],
            _ => vec!["shop.glue.yaml", "rules/shop.dqdl", "glue-compile.yaml"],
        };
        if picked != expected || !first.status.success() {
            faults.push(format!("{id}: of {picked:?} it says {first:?}"));
        }
        let changed: Vec<_> =
            files.iter().filter(|(name, text)| fs::read_to_string(folder.join(name)).is_ok_and(|now| now != *text)).collect();
        match id {
            "glue-compile-check" => {
                fs::write(folder.join("shop.glue.yaml"), &wrong).expect("a file can be written");
                let second = run();
                if second.status.code() != Some(1) || !String::from_utf8_lossy(&second.stdout).contains("error[GC0402]") {
                    faults.push(format!("{id}: of a fault it says {second:?}"));
                }
            }
            _ if changed.len() != expected.len() => faults.push(format!("{id}: it changed {changed:?}")),
            _ => {}
        }
        fs::remove_dir_all(&folder).expect("a folder can be removed");
    }
    faults
}

/// Runs a hook as pre-commit does: its entry as words, then the files.
fn run_hook(hook: &Value, folder: &Path, files: &[&str]) -> Output {
    let entry = hook["entry"].as_str().unwrap_or("");
    let mut words = entry.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(""));
    command.args(words).current_dir(folder).env("PATH", path_with_us(&[]));
    if hook["pass_filenames"].as_bool() != Some(false) {
        command.args(files);
    }
    command.output().expect("the hook's program runs")
}

/// Every step has what it needs, and names nothing that is not there.
fn action_is_whole(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("action.yml")).expect("the action is there");
    let action: Value = serde_yaml::from_str(&text).expect("the action is YAML");
    let mut faults = Vec::new();
    let names = |value: &Value| -> Vec<String> {
        value.as_mapping().map(|map| map.keys().filter_map(|key| key.as_str().map(str::to_owned)).collect()).unwrap_or_default()
    };
    if action["runs"]["using"].as_str() != Some("composite") {
        faults.push("it is no composite action".to_owned());
    }
    let steps = action["runs"]["steps"].as_sequence().cloned().unwrap_or_default();
    for step in &steps {
        let uses = step["uses"].as_str().is_some_and(|uses| uses.contains('@'));
        let runs = step["run"].is_string() && step["shell"].as_str() == Some("bash");
        if uses == runs || !step["name"].is_string() {
            faults.push(format!("a step has no name, or neither runs nor uses something: {step:?}"));
        }
    }
    let ids: Vec<_> = steps.iter().filter_map(|step| step["id"].as_str()).collect();
    let inputs = names(&action["inputs"]);
    for input in Regex::new(r"inputs\.(\w+)").expect("the pattern is right").captures_iter(&text) {
        if !inputs.contains(&input[1].to_owned()) {
            faults.push(format!("there is no input `{}`", &input[1]));
        }
    }
    for output in Regex::new(r"steps\.(\w+)\.outputs\.([\w-]+)").expect("the pattern is right").captures_iter(&text) {
        if !ids.contains(&&output[1]) {
            faults.push(format!("there is no step `{}`", &output[1]));
        }
        let script = fs::read_to_string(root.join("action/check.sh")).unwrap_or_default();
        if &output[1] == "check" && !script.contains(&format!("\"{}=", &output[2])) {
            faults.push(format!("check.sh has no output `{}`", &output[2]));
        }
    }
    for file in Regex::new(r"GITHUB_ACTION_PATH/([\w./-]+)").expect("the pattern is right").captures_iter(&text) {
        if !root.join(&file[1]).is_file() {
            faults.push(format!("there is no file `{}`", &file[1]));
        }
    }
    faults
}

/// Runs the scripts as a runner does, with a `gh` that writes down what it is asked.
fn action_scripts_run(root: &Path) -> Vec<String> {
    let wrong = SPEC.replace("\"id > ''\"", "a_very_wrong_column > 1");
    let gh = "#!/usr/bin/env bash\necho \"$*\" >> \"$GH_LOG\"\nif [[ \"$*\" == *--paginate* ]]; then echo \"$GH_FOUND\"; fi\n";
    let mut faults = Vec::new();
    for (name, spec, code, errors) in [("right", SPEC, "0", "0"), ("wrong", wrong.as_str(), "1", "1")] {
        let folder = folder(&format!("action-{name}"), &[("shop.glue.yaml", spec), ("bin/gh", gh), ("temp/.keep", "")]);
        let made = Command::new("chmod").arg("+x").arg(folder.join("bin/gh")).status().expect("chmod runs");
        assert!(made.success());
        let run = |script: &str, variables: &[(&str, &str)]| {
            Command::new("bash")
                .arg(root.join("action").join(script))
                .current_dir(&folder)
                .env("PATH", path_with_us(&[&folder.join("bin")]))
                .env("GITHUB_ACTION_PATH", root)
                .env("GITHUB_OUTPUT", folder.join("outputs"))
                .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
                .env("RUNNER_TEMP", folder.join("temp"))
                .env("GITHUB_REPOSITORY", "someone/something")
                .env("GH_LOG", folder.join("gh.log"))
                .envs(variables.iter().copied())
                .output()
                .expect("bash runs")
        };
        let checked = run("check.sh", &[("PATHS", "shop.glue.yaml"), ("ARGS", "")]);
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        let outputs = fs::read_to_string(folder.join("outputs")).unwrap_or_default();
        let output =
            |name: &str| outputs.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap_or("").to_owned();
        if !checked.status.success() || output("code") != code || output("errors") != errors {
            faults.push(format!("{name}: {checked:?}\n{outputs}"));
        }
        if !said.contains("::add-matcher::") || said.contains("error[GC0402]") != (code == "1") {
            faults.push(format!("{name}: it says {said}"));
        }
        let report = fs::read_to_string(output("report")).unwrap_or_default();
        if report.contains("\"ruleId\": \"GC0402\"") != (code == "1") || !report.contains("\"version\": \"2.1.0\"") {
            faults.push(format!("{name}: the report is {report}"));
        }
        let summary = fs::read_to_string(output("summary")).unwrap_or_default();
        let shown = fs::read_to_string(folder.join("summary.md")).unwrap_or_default();
        let row = "| `shop.glue.yaml:7:58` | error GC0402: unknown column `a_very_wrong_column` |";
        if shown != summary || summary.contains(row) != (code == "1") {
            faults.push(format!("{name}: the summary is {summary}"));
        }
        for (found, method) in [
            ("", "--method POST repos/someone/something/issues/7/comments"),
            ("99", "--method PATCH repos/someone/something/issues/comments/99"),
        ] {
            let commented = run("comment.sh", &[("PULL_REQUEST", "7"), ("SUMMARY", &output("summary")), ("GH_FOUND", found)]);
            let asked = fs::read_to_string(folder.join("gh.log")).unwrap_or_default();
            if !commented.status.success() || !asked.contains(method) {
                faults.push(format!("{name}: {commented:?} asked\n{asked}"));
            }
        }
        fs::remove_dir_all(&folder).expect("a folder can be removed");
    }
    faults
}

/// Command lines whose last word is being written, and a word that has to be offered for it: at every level there is.
const OFFERED: [(&[&str], &str); 5] = [
    (&["qual"], "quality"),
    (&["run", "--sam"], "--sample"),
    (&["check", "--format", "onel"], "oneline"),
    (&["quality", "prof"], "profile"),
    (&["quality", "eval", "--filt"], "--filtered-rows"),
];

/// Does what bash does at a press of the tab key: calls the script's function with the words, then looks at its answer.
const ASK_BASH: &str = r#"
source "$1"
shift
[[ $(complete -p "$1") =~ \ -F\ ([^ ]+) ]] || exit 1
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"${BASH_REMATCH[1]}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

/// fish has a command for it; what it offers is followed by a tab and a description.
const ASK_FISH: &str = "source $argv[1]; complete --do-complete \"$argv[2..]\" | string split --fields 1 \\t";

/// Loads the script into a shell and asks what it offers. bash is always there, fish is asked where it is.
fn shells_complete(_: &Path) -> Vec<String> {
    let folder = folder("completions", &[]);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let mut faults = Vec::new();
    for (shell, arguments) in [("bash", ["--norc", "-c", ASK_BASH]), ("fish", ["--no-config", "-c", ASK_FISH])] {
        if shell != "bash" && Command::new(shell).arg("--version").output().is_err() {
            continue;
        }
        let script = folder.join(shell);
        let written = Command::new(env!("CARGO_BIN_EXE_glue-compile")).args(["completions", shell]).output();
        fs::write(&script, written.expect("the program runs").stdout).expect("a file can be written");
        for (words, offered) in OFFERED {
            let mut asked = Command::new(shell);
            asked.args(arguments).args((shell == "bash").then_some("bash"));
            asked.arg(&script).arg("glue-compile").args(words).env("HOME", &folder).current_dir(&folder);
            let answer = asked.output().expect("the shell runs");
            if !String::from_utf8_lossy(&answer.stdout).lines().any(|line| line == offered) {
                faults.push(format!("{shell} does not offer `{offered}` behind {words:?}: {answer:?}"));
            }
        }
    }
    fs::remove_dir_all(&folder).expect("a folder can be removed");
    faults
}
