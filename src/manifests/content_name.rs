//! Names that end in a digest of what their object says.

use crate::kubernetes::Identity;

/// How many hexadecimal digits of a digest a name ends in.
pub const CONTENT_DIGITS: usize = 10;
/// How many characters a digest adds to a name, with the hyphen before it.
pub const CONTENT_SUFFIX: usize = CONTENT_DIGITS + 1;

/// An object without the digest in which its name ends; none for a name that follows no content.
#[must_use]
pub fn content_stem(object: &Identity) -> Option<Identity> {
    let (stem, digest) = object.name.rsplit_once('-')?;
    let is_digest =
        digest.len() == CONTENT_DIGITS && digest.bytes().all(|it| it.is_ascii_hexdigit());
    is_digest.then(|| Identity {
        name: stem.to_owned(),
        ..object.clone()
    })
}
