//! What a team decides about findings, in `kiln-lint.toml`.

use super::kustomization::join;
use crate::{
    checks,
    components::offers::Assumed,
    diagnostics::{CODES, Code, Diagnostic, Diagnostics, Severity, codes, did_you_mean, name_list},
    document::{Node, Sources, Value},
    spark::SparkVersion,
    spec,
};

/// How the file is called.
pub const FILE: &str = "kiln-lint.toml";

/// The keys of the file.
const KEYS: [&str; 7] = [
    "ignore",
    "kubernetes",
    "paths",
    "select",
    "severity",
    "skip",
    "spark",
];

/// The keys of an entry of `paths`.
const PATH_KEYS: [&str; 3] = ["files", "ignore", "severity"];

/// What a team decides about findings.
#[derive(Debug, Default)]
pub struct Settings {
    /// The versions that hold where the manifests state none.
    pub assumed: Assumed,
    /// The checks of the catalogue to show; all when empty.
    select: Vec<Code>,
    /// What holds everywhere.
    everywhere: Rules,
    /// What holds for some files beside.
    somewhere: Vec<(Vec<Pattern>, Rules)>,
    /// The files that are not read.
    skip: Vec<Pattern>,
    /// The folder in which the file lies, and that from which paths of messages lead.
    folder: String,
    from: String,
}

#[derive(Debug, Default)]
struct Rules {
    ignore: Vec<Code>,
    severity: Vec<(Code, Severity)>,
}

impl Settings {
    /// Reads the file, which lies in a folder; what is wrong with it is said, and left out. Paths of messages lead
    /// from another folder. Both are absolute.
    pub fn read(
        path: &str,
        text: String,
        (folder, from): (&str, &str),
        sources: &mut Sources,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let file = sources.add_file(path, text);
        let (root, faults) = spec::parse(file, sources);
        diagnostics.append(faults);
        let mut reader = Reader { diagnostics };
        reader.keys(&root, &KEYS);
        let mut somewhere = Vec::new();
        for entry in root.list_at(["paths"]) {
            reader.keys(entry, &PATH_KEYS);
            somewhere.push((reader.patterns(entry.get("files")), reader.rules(entry)));
        }
        let assumed = Assumed {
            spark: reader.spark(root.get("spark")),
            kubernetes_minor: reader.kubernetes(root.get("kubernetes")),
        };
        Self {
            assumed,
            select: reader.codes(root.get("select")),
            everywhere: reader.rules(&root),
            somewhere,
            skip: reader.patterns(root.get("skip")),
            folder: folder.to_owned(),
            from: from.to_owned(),
        }
    }

    /// Whether a file is not to be read.
    #[must_use]
    pub fn skips(&self, path: &str) -> bool {
        let below = self.below(path);
        self.skip.iter().any(|it| it.matches(&below))
    }

    /// Drops what is not to be shown, and makes of the rest what it is to be.
    pub fn apply(&self, found: &mut Diagnostics, sources: &Sources) {
        let kept = std::mem::take(found).into_vec().into_iter();
        let kept = kept.filter_map(|mut diagnostic| {
            let path = path_of(&diagnostic, sources).unwrap_or_default();
            let path = self.below(&path);
            let rules = || {
                let matching = self
                    .somewhere
                    .iter()
                    .filter(|(files, _)| files.iter().any(|it| it.matches(&path)));
                matching.map(|(_, rules)| rules).chain([&self.everywhere])
            };
            let code = diagnostic.code;
            let is_check = checks::all().any(|it| it.code == code);
            let is_left_out = is_check && !self.select.is_empty() && !self.select.contains(&code);
            if is_left_out || rules().any(|it| it.ignore.contains(&code)) {
                return None;
            }
            let decided = rules()
                .flat_map(|it| &it.severity)
                .find(|(it, _)| *it == code);
            if let Some((_, severity)) = decided {
                diagnostic.severity = *severity;
            }
            Some(diagnostic)
        });
        for diagnostic in kept {
            found.push(diagnostic);
        }
    }

    /// A path from the folder of the file on.
    fn below(&self, path: &str) -> String {
        let from = if path.starts_with('/') {
            "/"
        } else {
            &self.from
        };
        let whole = join(from, path);
        let below = whole.strip_prefix(&self.folder);
        below
            .map_or(path, |it| it.trim_start_matches('/'))
            .to_owned()
    }
}

/// The file that a diagnostic is about.
pub fn path_of(diagnostic: &Diagnostic, sources: &Sources) -> Option<String> {
    let place = diagnostic
        .labels
        .first()
        .and_then(|it| it.at.place(sources));
    let path = place.map(|it| sources.file(it.file).path.clone());
    path.or_else(|| diagnostic.file.clone())
}

struct Reader<'a> {
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn keys(&mut self, table: &Node, known: &[&str]) {
        for (key, node) in table.entries() {
            if known.contains(&key.as_str()) {
                continue;
            }
            let title = format!("`{FILE}` has no key `{key}`");
            let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, title).at_key(&node.origins, "");
            self.diagnostics
                .push(match did_you_mean(key, known.iter().copied()) {
                    Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
                    None => {
                        diagnostic.hint(format!("there are {}", name_list(known.iter().copied())))
                    }
                });
        }
    }

    fn texts<'n>(&mut self, list: Option<&'n Node>) -> Vec<(&'n str, &'n Node)> {
        let Some(list) = list else {
            return Vec::new();
        };
        if !matches!(list.value, Value::List(_)) {
            self.wrong_type(list, "a list of strings");
        }
        let mut texts = Vec::new();
        for item in list.items() {
            match item.as_str() {
                Some(text) => texts.push((text, item)),
                None => self.wrong_type(item, "a string"),
            }
        }
        texts
    }

    fn wrong_type(&mut self, node: &Node, expected: &str) {
        let title = format!("this takes {expected}, and is {}", node.value.kind());
        let diagnostic = Diagnostic::error(codes::WRONG_TYPE, title);
        self.diagnostics.push(diagnostic.at_node(node, ""));
    }

    fn spark(&mut self, node: Option<&Node>) -> Option<SparkVersion> {
        let node = node?;
        let Some(text) = node.as_str() else {
            self.wrong_type(node, "a version such as \"4.1.4\"");
            return None;
        };
        match text.parse() {
            Ok(release) => Some(release),
            Err(error) => {
                let diagnostic = Diagnostic::error(codes::BAD_VALUE, format!("{error}"));
                self.diagnostics.push(diagnostic.at_node(node, ""));
                None
            }
        }
    }

    fn kubernetes(&mut self, node: Option<&Node>) -> Option<u16> {
        let node = node?;
        let minor = node
            .as_str()
            .and_then(|it| it.strip_prefix("1.")?.parse().ok());
        if minor.is_none() {
            let title = "this takes a minor version of Kubernetes, such as \"1.34\"";
            let diagnostic = Diagnostic::error(codes::BAD_VALUE, title);
            self.diagnostics.push(diagnostic.at_node(node, ""));
        }
        minor
    }

    fn patterns(&mut self, list: Option<&Node>) -> Vec<Pattern> {
        let texts = self.texts(list);
        texts.into_iter().map(|(it, _)| Pattern::new(it)).collect()
    }

    fn codes(&mut self, list: Option<&Node>) -> Vec<Code> {
        let mut found = Vec::new();
        for (text, node) in self.texts(list) {
            let meant: Vec<_> = all_codes().filter(|it| means(text, it)).collect();
            if meant.is_empty() {
                self.diagnostics.push(unknown(text).at_node(node, ""));
            }
            found.extend(meant);
        }
        found
    }

    fn rules(&mut self, table: &Node) -> Rules {
        let ignore = self.codes(table.get("ignore"));
        let mut severity = Vec::new();
        for (name, node) in table.get("severity").into_iter().flat_map(Node::entries) {
            let meant: Vec<_> = all_codes().filter(|it| means(name, it)).collect();
            if meant.is_empty() {
                self.diagnostics
                    .push(unknown(name).at_key(&node.origins, ""));
            }
            let decided = match node.as_str() {
                Some("error") => Severity::Error,
                Some("warning") => Severity::Warning,
                _ => {
                    let title = "a severity is `error` or `warning`";
                    let diagnostic = Diagnostic::error(codes::BAD_VALUE, title).at_node(node, "");
                    self.diagnostics
                        .push(diagnostic.hint("what is not to be shown stands in `ignore`"));
                    continue;
                }
            };
            severity.extend(meant.into_iter().map(|it| (it, decided)));
        }
        Rules { ignore, severity }
    }
}

/// Every code, of checks and of stages.
pub fn all_codes() -> impl Iterator<Item = Code> {
    checks::all().map(|it| it.code).chain(CODES.iter().copied())
}

/// Whether what somebody wrote names a code: its name, its number, or the category of its number, whose errors
/// and warnings share the two digits.
#[must_use]
pub fn means(written: &str, code: &Code) -> bool {
    let is_category = written.len() == 3
        && written.starts_with(['E', 'W', 'e', 'w'])
        && code.number.get(1..3) == written.get(1..3);
    written == code.name || written.eq_ignore_ascii_case(code.number) || is_category
}

/// That no code is called so.
pub fn unknown(written: &str) -> Diagnostic {
    let names: Vec<_> = all_codes().flat_map(|it| [it.name, it.number]).collect();
    let diagnostic = Diagnostic::error(
        codes::UNKNOWN_NAME,
        format!("there is no check `{written}`"),
    );
    match did_you_mean(written, names.iter().copied()) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None => diagnostic.hint("`kiln explain` lists them"),
    }
}

/// Some paths: `*` stands for a part of a name, `**` for any number of folders. A folder means what is in it.
#[derive(Debug)]
struct Pattern(Vec<String>);

impl Pattern {
    fn new(text: &str) -> Self {
        let parts = text
            .trim_start_matches("./")
            .trim_end_matches('/')
            .split('/');
        Self(parts.map(str::to_owned).collect())
    }

    fn matches(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        // Which beginnings of the pattern fit so far, by their lengths.
        let mut fitting = vec![false; self.0.len() + 1];
        fitting[0] = true;
        self.skip_any(&mut fitting);
        for name in path {
            let mut next = vec![false; fitting.len()];
            for (at, part) in self.0.iter().enumerate().filter(|(at, _)| fitting[*at]) {
                if part == "**" {
                    next[at] = true;
                } else if fits(part, name) {
                    next[at + 1] = true;
                }
            }
            self.skip_any(&mut next);
            if next[self.0.len()] {
                return true;
            }
            fitting = next;
        }
        false
    }

    /// `**` also stands for no folder.
    fn skip_any(&self, fitting: &mut [bool]) {
        for (at, part) in self.0.iter().enumerate() {
            let is_last = at + 1 == self.0.len();
            if part == "**" && fitting[at] && !is_last {
                fitting[at + 1] = true;
            }
        }
    }
}

/// Whether a name is one of those that a part of a pattern stands for.
fn fits(part: &str, name: &str) -> bool {
    let Some((first, rest)) = part.split_once('*') else {
        return part == name;
    };
    let Some(mut name) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return name.ends_with(piece);
        }
        let Some(at) = name.find(piece) else {
            return false;
        };
        name = &name[at + piece.len()..];
    }
    true
}
