//! Reads the files that a spec names: raw manifests, and custom resource definitions.

use std::collections::BTreeMap;

use super::{
    NamedFiles, Unread,
    inherit::{outside, read_text},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, Severity, codes},
    document::{Node, OriginId, Origins, Sources, yaml},
    output::Digest,
    world::{self, Listing, World},
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
        let matches = matching(world, &pattern);
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

/// The files of a path or of a pattern.
fn matching(world: &dyn World, pattern: &str) -> Listing {
    let only = |files| Listing {
        files,
        unread: Vec::new(),
    };
    if !pattern.contains(['*', '?', '[']) {
        return only(vec![pattern.to_owned()]);
    }
    let Ok(glob) = glob::Pattern::new(pattern) else {
        return only(Vec::new());
    };
    let options = glob::MatchOptions {
        require_literal_separator: true,
        ..glob::MatchOptions::default()
    };
    let start = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    let folder = world::folder(&pattern[..start]);
    let mut listing = world.list(folder);
    listing
        .files
        .retain(|path| glob.matches_with(path, options));
    // What cannot be looked into may hold, or be, what the pattern means.
    let depth = |path: &str| path.split('/').count();
    listing.unread.retain(|(path, _)| {
        pattern.contains("**") || depth(path) < depth(pattern) || glob.matches_with(path, options)
    });
    listing
}
