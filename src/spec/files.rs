//! Reads the files that a spec names: raw manifests, and custom resource definitions.

use std::collections::BTreeMap;

use super::{
    NamedFiles, Unread,
    inherit::{outside, read_text},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, Severity, codes},
    digest::Digest,
    document::{Node, OriginId, Origins, Sources},
    world::{self, Listing, World},
    yaml,
};

/// A file that a spec names.
#[derive(Clone, Debug)]
pub struct NamedFile {
    /// Its path from the repository's root.
    pub path: String,
    /// Its digest.
    pub digest: Digest,
    /// The documents in it.
    pub documents: Vec<Node>,
}

/// Reads what the values name. A path is relative to the file that states it.
///
/// What names a file that cannot be read is marked as unread.
pub fn read_files(
    world: &dyn World,
    named: Vec<NamedFiles>,
    sources: &mut Sources,
    unread: &mut Unread,
) -> (BTreeMap<OriginId, Vec<NamedFile>>, Diagnostics) {
    let mut files = BTreeMap::new();
    let mut diagnostics = Diagnostics::default();
    let mut folders = Folders::new(world);
    for NamedFiles { path, origin, keys } in named {
        let before = diagnostics.count(Severity::Error);
        let origins = Origins::from(origin);
        let Some(place) = sources.place(origin) else {
            continue;
        };
        let folder = world::folder(&sources.file(place.file).path).to_owned();
        let Some(pattern) = world::join(&folder, &path) else {
            diagnostics.push(outside(&path, &origins));
            unread.insert(&keys);
            continue;
        };
        let matches = folders.matching(&pattern);
        for (path, why) in &matches.unread {
            diagnostics.push(
                Diagnostic::error(codes::UNREADABLE, format!("cannot read `{path}`: {why}"))
                    .at_value(&origins, "it may be meant here")
                    .hint("let it be read, or move it to another place"),
            );
        }
        if matches.files.is_empty() && matches.unread.is_empty() {
            diagnostics.push(
                Diagnostic::error(codes::UNREADABLE, format!("no file matches `{pattern}`"))
                    .at_value(&origins, ""),
            );
        }
        let mut found = Vec::new();
        for path in matches.files {
            let text = match read_text(world, &path) {
                Ok(text) => text,
                Err(diagnostic) => {
                    diagnostics.push(diagnostic.at_value(&origins, ""));
                    continue;
                }
            };
            let digest = Digest::of(text.as_bytes());
            let file = sources.add_file(&path, text);
            match yaml::read(sources, file) {
                Ok(documents) => found.push(NamedFile {
                    path,
                    digest,
                    documents,
                }),
                Err(errors) => diagnostics.append(errors),
            }
        }
        if diagnostics.count(Severity::Error) > before {
            unread.insert(&keys);
        }
        files.insert(origin, found);
    }
    (files, diagnostics)
}

/// What lies in folders, each looked into once for all patterns that begin there.
struct Folders<'w> {
    world: &'w dyn World,
    known: BTreeMap<String, Listing>,
}

impl<'w> Folders<'w> {
    const fn new(world: &'w dyn World) -> Self {
        Self {
            world,
            known: BTreeMap::new(),
        }
    }

    fn list(&mut self, folder: &str) -> &Listing {
        let known = self.known.entry(folder.to_owned());
        known.or_insert_with(|| self.world.list(folder))
    }

    /// The files of a path or of a pattern.
    fn matching(&mut self, pattern: &str) -> Listing {
        let only = |files| Listing {
            files,
            unread: Vec::new(),
        };
        let Some(start) = pattern.find(['*', '?', '[']) else {
            return only(vec![pattern.to_owned()]);
        };
        let Ok(glob) = glob::Pattern::new(pattern) else {
            return only(Vec::new());
        };
        let options = glob::MatchOptions {
            require_literal_separator: true,
            ..glob::MatchOptions::default()
        };
        let literal = &pattern[..start];
        let listing = self.list(world::folder(literal));
        let first = listing
            .files
            .partition_point(|path| path.as_str() < literal);
        let files = listing.files[first..]
            .iter()
            .take_while(|path| path.starts_with(literal))
            .filter(|path| glob.matches_with(path, options));
        // What cannot be looked into may hold, or be, what the pattern means.
        let depth = |path: &str| path.split('/').count();
        let unread = listing.unread.iter().filter(|(path, _)| {
            pattern.contains("**")
                || depth(path) < depth(pattern)
                || glob.matches_with(path, options)
        });
        Listing {
            files: files.cloned().collect(),
            unread: unread.cloned().collect(),
        }
    }
}
