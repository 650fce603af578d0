//! Which files a project has: the project file, what it includes, rulesets next to them.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexSet;

use super::memory::{Tree, Trees};
use crate::diag::codes::project::{EMPTY_INCLUDE, NO_PROJECT, UNREADABLE_FILE};
use crate::diag::{Diagnostic, Sink, suggest};
use crate::source::{FileId, SourceMap, Span, Text};
use crate::spec::param::decode::decode_value;
use crate::spec::param::{Arg, ParamType, Value};
use crate::world::{World, plain};

/// The file that marks a project.
pub const PROJECT_FILE: &str = "glue-compile.yaml";
/// What is included if nothing else is said.
const DEFAULT_INCLUDE: &[&str] = &["*.glue.yaml", "pipelines/**/*.glue.yaml"];
/// Where bare rulesets are looked for, from the folder of each spec.
const RULESETS: &[&str] = &["*.dqdl", "rulesets/**/*.dqdl"];
/// How many folders above the given one may hold the project file.
const MAX_PARENTS: usize = 32;

/// The files of a project.
pub(super) struct Layout {
    /// The folder that relative paths start from.
    pub(super) root: PathBuf,
    /// What the project is called unless it says so itself.
    pub(super) name: String,
    /// The specs, the project file first.
    pub(super) specs: Vec<Spec>,
    /// Rulesets that are files of their own.
    pub(super) rulesets: IndexSet<PathBuf>,
    /// Whether every file could be read.
    pub(super) complete: bool,
    /// Paths of all specs, those that could not be read included.
    seen: IndexSet<PathBuf>,
}

/// A spec that was read.
pub(super) struct Spec {
    pub(super) tree: Tree,
    /// Whether it may say what concerns the project as a whole.
    pub(super) is_project_file: bool,
}

struct Reader<'a> {
    world: &'a dyn World,
    trees: &'a mut Trees,
    map: &'a mut SourceMap,
    sink: &'a mut Sink,
    layout: Layout,
}

/// Finds and reads the files of the project that `path` names.
pub(super) fn discover(
    world: &dyn World,
    path: &Path,
    trees: &mut Trees,
    map: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Layout> {
    let path = tidy(path);
    let is_file = world.is_file(&path);
    if !is_file && !world.is_dir(&path) {
        sink.push(no_such(world, &path));
        return None;
    }
    let folder = if is_file { parent(&path) } else { path.clone() };
    if let Some(root) = project_root(world, &folder) {
        let mut said = Sink::default();
        let layout = Reader::new(world, trees, map, &mut said, &root).project(&root);
        // A spec that the project above it does not include stands for itself.
        // `orders.glue.yaml` and `../pipelines/orders.glue.yaml` are one file.
        let is_seen_above = || {
            let own = world.absolute(&path);
            root.starts_with("..") && layout.seen.iter().any(|seen| world.absolute(seen) == own)
        };
        if !is_file || !layout.complete || layout.seen.contains(&path) || is_seen_above() {
            sink.append(said);
            return Some(layout);
        }
    }
    let mut reader = Reader::new(world, trees, map, sink, &folder);
    if is_file {
        reader.spec(&path, true);
    } else {
        for pattern in DEFAULT_INCLUDE {
            for found in reader.glob(pattern, None) {
                reader.spec(&found, true);
            }
        }
        if reader.layout.seen.is_empty() {
            let diagnostic = Diagnostic::bare(&NO_PROJECT, format!("there is no project in `{}`", path.display()))
                .note(format!("a project is a folder with a `{PROJECT_FILE}`, or with specs named `*.glue.yaml`"))
                .help("`glue-compile init` makes one");
            reader.sink.push(diagnostic);
            return None;
        }
    }
    if is_file {
        reader.layout.name = stem(&path);
    }
    reader.rulesets();
    Some(reader.layout)
}

/// The nearest folder from `folder` upwards that holds a project file.
fn project_root(world: &dyn World, folder: &Path) -> Option<PathBuf> {
    let mut folder = folder.to_path_buf();
    for _ in 0..MAX_PARENTS {
        if world.is_file(&folder.join(PROJECT_FILE)) {
            return Some(folder);
        }
        folder = match folder.components().next_back() {
            Some(Component::Normal(_)) => parent(&folder),
            Some(Component::CurDir | Component::ParentDir) if folder == Path::new(".") => PathBuf::from(".."),
            Some(Component::CurDir | Component::ParentDir) => folder.join(".."),
            Some(Component::RootDir | Component::Prefix(_)) | None => return None,
        };
    }
    None
}

impl<'a> Reader<'a> {
    fn new(world: &'a dyn World, trees: &'a mut Trees, map: &'a mut SourceMap, sink: &'a mut Sink, root: &Path) -> Self {
        let name = root.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned());
        let layout = Layout {
            root: root.to_path_buf(),
            name,
            specs: Vec::new(),
            rulesets: IndexSet::new(),
            complete: true,
            seen: IndexSet::new(),
        };
        Self { world, trees, map, sink, layout }
    }

    /// The project file, then what it includes.
    fn project(mut self, root: &Path) -> Layout {
        self.spec(&root.join(PROJECT_FILE), true);
        let include = self.layout.specs.first().and_then(|spec| spec.tree.whole.get("include").cloned());
        match include.and_then(|include| decode_value(&include, &ParamType::OneOrMany(&ParamType::Path), "`include`", self.sink))
        {
            Some(Arg { value: Value::List(patterns), .. }) => {
                for pattern in patterns.iter().filter_map(Arg::text) {
                    self.include(pattern);
                }
            }
            _ => {
                for pattern in DEFAULT_INCLUDE {
                    for path in self.glob(pattern, None) {
                        self.spec(&path, false);
                    }
                }
            }
        }
        self.rulesets();
        self.layout
    }

    /// What an `include` pattern names: specs, and rulesets by their ending.
    fn include(&mut self, pattern: &Text) {
        let found = self.glob(pattern.as_str(), Some(pattern.span()));
        if found.is_empty() && !self.sink_has(pattern.span()) {
            let diagnostic = Diagnostic::new(&EMPTY_INCLUDE, pattern.span(), format!("`{pattern}` includes no file"))
                .here("no file matches")
                .note("`*` stays within a folder, `**` reaches into folders of any depth; paths start at the project's root");
            self.sink.push(diagnostic);
        }
        for path in found {
            if is_ruleset(&path) {
                self.add_ruleset(path);
            } else {
                self.spec(&path, false);
            }
        }
    }

    fn sink_has(&self, span: Span) -> bool {
        self.sink.iter().any(|diagnostic| diagnostic.primary().is_some_and(|label| label.span == span))
    }

    fn glob(&mut self, pattern: &str, from: Option<Span>) -> Vec<PathBuf> {
        match self.world.glob(&self.layout.root, pattern) {
            Ok(found) => found.into_iter().map(|path| tidy(&path)).collect(),
            Err(error) => {
                let message = format!("`{pattern}` cannot be searched");
                let diagnostic = match from {
                    Some(span) => Diagnostic::new(&UNREADABLE_FILE, span, message),
                    None => Diagnostic::bare(&UNREADABLE_FILE, message),
                };
                self.sink.push(diagnostic.note(format!("the system says: {error}")));
                self.layout.complete = false;
                Vec::new()
            }
        }
    }

    /// Reads a spec, once.
    fn spec(&mut self, path: &Path, is_project_file: bool) {
        let path = tidy(path);
        if !self.layout.seen.insert(path.clone()) {
            return;
        }
        let Some((file, _)) = read(self.world, &path, None, self.map, self.sink) else {
            self.layout.complete = false;
            return;
        };
        match self.trees.parse(file, self.map, self.sink) {
            Some(tree) => self.layout.specs.push(Spec { tree, is_project_file }),
            None => self.layout.complete = false,
        }
    }

    /// Rulesets in the folders of the specs.
    fn rulesets(&mut self) {
        let folders: IndexSet<_> = self.layout.seen.iter().map(|path| parent(path)).collect();
        for folder in folders {
            for pattern in RULESETS {
                for path in self.world.glob(&folder, pattern).unwrap_or_default() {
                    self.add_ruleset(tidy(&path));
                }
            }
        }
    }

    fn add_ruleset(&mut self, path: PathBuf) {
        self.layout.rulesets.insert(path);
    }
}

/// Reads a file into the map. `from` is where it is named, if it is named.
pub(super) fn read(
    world: &dyn World,
    path: &Path,
    from: Option<Span>,
    map: &mut SourceMap,
    sink: &mut Sink,
) -> Option<(FileId, Arc<str>)> {
    if let Some(file) = map.find(&shown(path)) {
        return Some((file, map.file(file).text.clone()));
    }
    let error = match world.read(path) {
        Ok(text) => {
            let file = map.add(shown(path), text);
            return Some((file, map.file(file).text.clone()));
        }
        Err(error) => error,
    };
    let (what, help) = match error.kind() {
        std::io::ErrorKind::NotFound => ("does not exist", "correct the path; it starts at the project's root"),
        std::io::ErrorKind::InvalidData => ("is not UTF-8 text", "save it as UTF-8"),
        std::io::ErrorKind::PermissionDenied => ("may not be read", "allow reading it"),
        _ => ("cannot be read", ""),
    };
    let message = format!("`{}` {what}", shown(path).display());
    let mut diagnostic = match from {
        Some(span) => Diagnostic::new(&UNREADABLE_FILE, span, message).here("named here"),
        None => Diagnostic::bare(&UNREADABLE_FILE, message),
    };
    match near(world, path) {
        Some(near) if error.kind() == std::io::ErrorKind::NotFound => {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        _ if !help.is_empty() => diagnostic = diagnostic.help(help),
        _ => {}
    }
    if error.kind() != std::io::ErrorKind::NotFound {
        diagnostic = diagnostic.note(format!("the system says: {error}"));
    }
    sink.push(diagnostic);
    None
}

fn no_such(world: &dyn World, path: &Path) -> Diagnostic {
    let diagnostic = Diagnostic::bare(&NO_PROJECT, format!("`{}` does not exist", path.display()));
    match near(world, path) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("name a folder, a `glue-compile.yaml` or a `*.glue.yaml`"),
    }
}

/// The path of a file of the same folder that is named alike.
fn near(world: &dyn World, path: &Path) -> Option<String> {
    let files = world.glob(&parent(path), "*").unwrap_or_default();
    let names: Vec<_> = files.iter().map(|file| shown(file).display().to_string()).collect();
    suggest::nearest(&shown(path).display().to_string(), names.iter().map(String::as_str)).map(str::to_owned)
}

/// Whether a path names a ruleset by its ending.
pub(super) fn is_ruleset(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "dqdl")
}

/// A file's name without `.glue.yaml`, `.yaml` or `.dqdl`.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let endings = [".glue.yaml", ".yaml", ".dqdl"];
    endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name).to_owned()
}

/// A path as messages show it: without `./`.
pub fn shown(path: &Path) -> PathBuf {
    plain(path).into_owned()
}

/// A path without `.` parts; the current folder is `.`.
fn tidy(path: &Path) -> PathBuf {
    let path = shown(path);
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().map_or_else(|| PathBuf::from("."), tidy)
}
