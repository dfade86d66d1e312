//! References to container images.

use super::url::check_host;
use crate::credentials::without_user;

super::text!(
    /// A reference to an image. The grammar is that of
    /// <https://github.com/distribution/reference/blob/v0.6.0/reference.go>, which containers' runtimes
    /// read: what it refuses is a pod with `InvalidImageName`.
    ImageReference,
    "image-reference",
    check,
    {
        "description": "A container image, with a tag or a digest.",
        "pattern": r"^[a-z0-9][a-zA-Z0-9._/:-]*[a-zA-Z0-9](@sha256:[0-9a-f]{64})?$",
        "examples": ["registry.example.com/data/spark:4.1.4"],
    }
);

impl ImageReference {
    /// Whether it can mean another image tomorrow: without a tag or a digest, or with `latest`.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        let ImageParts { tag, digest, .. } = ImageParts::of(self.as_str());
        digest.is_none() && matches!(tag, None | Some("latest"))
    }
}

/// The parts of a reference to an image, also of one that no runtime would read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageParts<'a> {
    /// The registry and the repository.
    pub name: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest, with its algorithm.
    pub digest: Option<&'a str>,
}

impl<'a> ImageParts<'a> {
    /// Takes a reference apart. A `:` before a `/` begins the port of a registry and no tag.
    #[must_use]
    pub fn of(reference: &'a str) -> Self {
        let (named, digest) = match reference.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (reference, None),
        };
        let last = named.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match named[last..].find(':') {
            Some(at) => (&named[..last + at], Some(&named[last + at + 1..])),
            None => (named, None),
        };
        Self { name, tag, digest }
    }

    /// The last part of the name, such as `spark`.
    #[must_use]
    pub fn last_name(&self) -> &'a str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

fn check(text: &str) -> Result<(), String> {
    if let Some(rest) = without_user(text) {
        return Err(format!(
            "`{text}` begins with a scheme, which no image has; write `{rest}`"
        ));
    }
    let ImageParts { name, tag, digest } = ImageParts::of(text);
    let (host, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
            (Some(first), rest)
        }
        _ => (None, name),
    };
    if let Some(host) = host {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, Some(port)),
            _ => (host, None),
        };
        check_host(name)?;
        if port.is_some_and(|it| super::address::port_number(it).is_none()) {
            return Err(format!("`{host}` has no port between 1 and 65535"));
        }
    }
    if path.bytes().any(|it| it.is_ascii_uppercase()) {
        let lower = path.to_ascii_lowercase();
        return Err(format!(
            "`{path}` has capitals, which the name of an image cannot have; write `{lower}`"
        ));
    }
    if name.len() > 255 || !path.split('/').all(is_component) {
        return Err(format!(
            "`{path}` is not a name of an image: it takes lower-case letters and digits, with single \
             `.`, `_`, `-` and `/` between them"
        ));
    }
    if let Some(tag) = tag
        && !is_tag(tag)
    {
        return Err(format!(
            "`{tag}` is not a tag: it takes at most 128 letters, digits, `_`, `.` and `-`, and begins \
             with none of the last two"
        ));
    }
    if let Some(digest) = digest {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        let is_hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
        if hex.len() != 64 || !hex.bytes().all(is_hex) {
            return Err(format!(
                "`{digest}` is not a digest: write `sha256:` and 64 lower-case hexadecimal digits"
            ));
        }
    }
    Ok(())
}

fn is_tag(tag: &str) -> bool {
    let is_word = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().all(|it| is_word(it) || b".-".contains(&it))
        && tag.bytes().next().is_some_and(is_word)
}

/// Runs of letters and digits with `.`, `_`, `__` or any number of `-` between them.
fn is_component(component: &str) -> bool {
    let is_letter = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    let known = |it: char| is_letter(it) || "._-".contains(it);
    component.chars().all(known)
        && component.starts_with(is_letter)
        && component.ends_with(is_letter)
        && component.split(is_letter).all(|between| {
            matches!(between, "" | "." | "_" | "__") || between.bytes().all(|it| it == b'-')
        })
}
