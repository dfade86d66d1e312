//! What names a repository, a branch of it, and a folder in it.

use super::url::check_url;
use crate::credentials;

super::text!(
    /// The URL of a git repository, as an engine reaches it.
    RepositoryUrl,
    "repository-url",
    |text| {
        let example = "https://git.example.com/data/platform.git";
        // What git itself takes, but no engine's `url` does: `git@host:path`.
        if let Some((host, path)) = text.split_once(':')
            && !path.starts_with("//")
            && host.contains('@')
            && !host.contains('/')
        {
            return Err(format!("`{text}` is not a URL; write `ssh://{host}/{path}`"));
        }
        let url = check_url(text, &["https", "http", "ssh"], example)?;
        if url.path.trim_matches('/').is_empty() {
            return Err(format!(
                "`{text}` names a host and no repository; write a URL such as `{example}`"
            ));
        }
        if let Some(found) = credentials::find(text).first() {
            return Err(format!(
                "the URL holds a credential, {}, and a spec is not a place for one; name a Secret instead",
                found.what
            ));
        }
        Ok(())
    },
    {
        "description": "The URL of a git repository.",
        "pattern": r"^(https?|ssh)://[^\s]+$",
        "examples": ["https://git.example.com/data/platform.git"],
    }
);

super::text!(
    /// A branch, by the rules of `git check-ref-format`
    /// (<https://git-scm.com/docs/git-check-ref-format>).
    Branch,
    "branch",
    |text| {
        let is_part = |part: &str| {
            !part.is_empty() && !part.starts_with('.') && part.strip_suffix(".lock").is_none()
        };
        let is_forbidden = |it: char| it.is_whitespace() || it.is_control() || "~^:?*[\\".contains(it);
        let is_right = text.split('/').all(is_part)
            && !text.contains(is_forbidden)
            && !text.contains("..")
            && !text.contains("@{")
            && !text.ends_with('.')
            && !text.starts_with('-')
            && text != "@";
        if let Some(found) = credentials::find(text).first() {
            return Err(format!("the name of a branch is not a place for a credential, {}", found.what));
        }
        is_right
            .then_some(())
            .ok_or_else(|| format!("`{text}` cannot be the name of a branch; write one such as `main`"))
    },
    { "description": "A branch of the repository.", "examples": ["main"] }
);

impl Default for FolderPath {
    /// The repository's root.
    fn default() -> Self {
        Self(String::new())
    }
}

super::text!(
    /// A folder of the repository, from its root; empty for the root itself.
    FolderPath,
    "folder-path",
    |text| {
        let letters = |it: u8| it.is_ascii_alphanumeric() || b"._-".contains(&it);
        let is_part = |part: &str| {
            !part.is_empty() && part != "." && part != ".." && part.bytes().all(letters)
        };
        (text.is_empty() || text.split('/').all(is_part))
            .then_some(())
            .ok_or_else(|| format!("`{text}` is not a path of plain names; write one such as `platform/kiln`"))
    },
    {
        "description": "A folder, from the repository's root.",
        "pattern": r"^([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?$",
    }
);
