//! What one person tells another in a spec.

use crate::credentials;

super::text!(
    /// A remark, which is copied to where everybody may read it.
    Remark,
    "remark",
    |text| {
        if text.is_empty() {
            return Err("a remark says something".to_owned());
        }
        match credentials::find(text).first() {
            Some(found) => Err(format!(
                "a remark is not a place for a credential, {}",
                found.what
            )),
            None => Ok(()),
        }
    },
    {
        "description": "A remark.",
        "minLength": 1,
        "examples": ["the team that runs the cluster"],
    }
);
