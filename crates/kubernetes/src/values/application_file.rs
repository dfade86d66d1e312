//! The main file of a Spark application.

use super::{bucket, url::Url};

super::text!(
    /// The URL of an application's main file: in the image (`local:///…`), or in a file system that
    /// Hadoop knows by its scheme.
    ApplicationFile,
    "application-file",
    check,
    {
        "description": "local:/// and a path in the image, or a URL such as s3a://warehouse/jobs/nightly.py.",
        "pattern": "^[a-z0-9]+://.+",
        "examples": ["s3a://warehouse/jobs/nightly.py"],
    }
);

fn check(text: &str) -> Result<(), String> {
    let Some(url) = Url::split(text) else {
        if let Some((scheme, path)) = text.split_once(":/") {
            return Err(format!(
                "`{text}` has one slash behind its scheme; write `{scheme}:///{path}`"
            ));
        }
        let path = text.trim_start_matches('/');
        return Err(format!(
            "`{text}` has no scheme; write `local:///{path}` for a file in the image, or a URL such \
             as `s3a://warehouse/{path}`"
        ));
    };
    if text.contains(|it: char| it.is_whitespace() || it.is_control()) {
        return Err(format!("`{text}` is not a URL, which has no blanks"));
    }
    let rest = &text[url.scheme.len() + "://".len()..];
    match url.scheme {
        "local" if !rest.starts_with('/') => Err(format!(
            "`{text}` names the host `{}` and not a path; write `local:///{rest}`",
            url.host
        )),
        // Submitted from the operator's pod, which would upload its own file.
        "file" => Err(format!(
            "`{text}` is a file of the operator's own pod; write `local:///{}` for one in the image",
            rest.trim_start_matches('/')
        )),
        "s3" | "s3n" => Err(format!(
            "Hadoop has no file system `{}`; write `s3a://{rest}`",
            url.scheme
        )),
        _ if url.path.trim_matches('/').is_empty() => {
            Err(format!("`{text}` names no file; write its path too"))
        }
        "s3a" => bucket::check(url.host),
        _ => Ok(()),
    }
}
