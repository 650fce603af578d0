//! Which files a project has: the project file, what it includes, rulesets next to them.

use std::path::{Component, Path, PathBuf};

use indexmap::IndexSet;

use super::memory::{Tree, Trees};
use super::texts::{Texts, near};
use crate::diag::codes::project::{EMPTY_INCLUDE, NO_PROJECT, UNREADABLE_FILE};
use crate::diag::{Diagnostic, Sink};
use crate::source::{Span, Text};
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

impl Layout {
    /// Whether the project is what somebody means who names a folder in it: it includes specs below that, or there are none.
    fn concerns(&self, world: &dyn World, folder: &Path) -> bool {
        let own = world.absolute(folder);
        let has_specs = || DEFAULT_INCLUDE.iter().any(|pattern| world.glob(folder, pattern).is_ok_and(|found| !found.is_empty()));
        folder == self.root || self.seen.iter().any(|seen| world.absolute(seen).starts_with(&own)) || !has_specs()
    }
}

struct Reader<'a, 't> {
    texts: &'a mut Texts<'t>,
    trees: &'a mut Trees,
    sink: &'a mut Sink,
    layout: Layout,
}

/// Finds and reads the files of the project that `path` names.
pub(super) fn discover(path: &Path, texts: &mut Texts<'_>, trees: &mut Trees, sink: &mut Sink) -> Option<Layout> {
    let world = texts.world;
    let path = if is_test_file(path) && world.is_file(path) { parent(path) } else { tidy(path) };
    let is_file = world.is_file(&path);
    if !is_file && !world.is_dir(&path) {
        sink.push(no_such(world, &path));
        return None;
    }
    let folder = if is_file { parent(&path) } else { path.clone() };
    if let Some(root) = project_root(world, &folder) {
        let mut said = Sink::default();
        let first = texts.map.next();
        let layout = Reader::new(texts, trees, &mut said, &root).project(&root);
        // Specs that the project above them does not include stand for themselves.
        // `orders.glue.yaml` and `../pipelines/orders.glue.yaml` are one file.
        let is_seen_above = || {
            let own = world.absolute(&path);
            root.starts_with("..") && layout.seen.iter().any(|seen| world.absolute(seen) == own)
        };
        let is_meant = if is_file { layout.seen.contains(&path) || is_seen_above() } else { layout.concerns(world, &folder) };
        if is_meant || !layout.complete {
            sink.append(said);
            return Some(layout);
        }
        texts.map.take_back(first);
    }
    let mut reader = Reader::new(texts, trees, sink, &folder);
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

impl<'a, 't> Reader<'a, 't> {
    fn new(texts: &'a mut Texts<'t>, trees: &'a mut Trees, sink: &'a mut Sink, root: &Path) -> Self {
        let name = root.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned());
        let layout = Layout {
            root: root.to_path_buf(),
            name,
            specs: Vec::new(),
            rulesets: IndexSet::new(),
            complete: true,
            seen: IndexSet::new(),
        };
        Self { texts, trees, sink, layout }
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
        match self.texts.world.glob(&self.layout.root, pattern) {
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
        let Some(file) = self.texts.read(&path, None, self.sink) else {
            self.layout.complete = false;
            return;
        };
        match self.trees.parse(file, self.texts.map, self.sink) {
            Some(tree) => self.layout.specs.push(Spec { tree, is_project_file }),
            None => self.layout.complete = false,
        }
    }

    /// Rulesets in the folders of the specs.
    fn rulesets(&mut self) {
        let folders: IndexSet<_> = self.layout.seen.iter().map(|path| parent(path)).collect();
        for folder in folders {
            for pattern in RULESETS {
                for path in self.texts.world.glob(&folder, pattern).unwrap_or_default() {
                    self.add_ruleset(tidy(&path));
                }
            }
        }
    }

    fn add_ruleset(&mut self, path: PathBuf) {
        self.layout.rulesets.insert(path);
    }
}

fn no_such(world: &dyn World, path: &Path) -> Diagnostic {
    let diagnostic = Diagnostic::bare(&NO_PROJECT, format!("`{}` does not exist", path.display()));
    match near(world, path) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("name a folder, a `glue-compile.yaml` or a `*.glue.yaml`"),
    }
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

/// Whether a path names a file of tests by its ending: it stands for the project that it is in.
pub fn is_test_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".test.yaml"))
}

/// A path without `.` parts; the current folder is `.`.
fn tidy(path: &Path) -> PathBuf {
    let path = shown(path);
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
}

/// The folder of a path.
pub(super) fn parent(path: &Path) -> PathBuf {
    path.parent().map_or_else(|| PathBuf::from("."), tidy)
}
