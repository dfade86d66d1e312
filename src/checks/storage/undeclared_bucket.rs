//! Buckets that the platform does not have.

use crate::{
    checks::{Check, Findings, pages},
    credentials::without_user,
    diagnostics::did_you_mean,
    document::Node,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::undeclared_bucket(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(store) = &platform.offers.object_store else {
        return;
    };
    let known = || store.buckets.iter().map(|it| it.as_str());
    for program in platform.programs() {
        let identity = program.member.object.identity();
        let file = program
            .application()
            .and_then(|it| it.get("mainApplicationFile"));
        let files = file.into_iter().map(|node: &Node| {
            let path = node.as_str().unwrap_or_default();
            (path, place(&node.origins, program.member))
        });
        let properties = program
            .properties
            .iter()
            .map(|it| (it.value.as_str(), place(&it.origins, it.member)));
        for (path, place) in files.chain(properties) {
            let Some(bucket) = bucket(path).filter(|it| !known().any(|known| known == *it)) else {
                continue;
            };
            let title = format!("there is no bucket `{bucket}` in `object-store.buckets`");
            let mut diagnostic = CHECK.finds(title).at_value(place, "");
            if let Some(meant) = did_you_mean(bucket, known()) {
                diagnostic = diagnostic.hint(format!("did you mean `{meant}`?"));
            }
            findings.push(identity, diagnostic);
        }
    }
}

/// The bucket of a path, when that is written out.
fn bucket(path: &str) -> Option<&str> {
    let path = path.trim();
    let (scheme, rest) = path.split_once("://")?;
    // Azure's containers stand where others have a user.
    if scheme == "abfss" {
        let (container, _) = rest.split_once('@')?;
        return is_written(container).then_some(container);
    }
    let rest = ["s3a", "gs"]
        .contains(&scheme)
        .then(|| without_user(path))?;
    let bucket = rest?.split(['/', ',']).next()?;
    is_written(bucket).then_some(bucket)
}

/// Whether a name is there and is not filled in later.
fn is_written(name: &str) -> bool {
    !name.is_empty() && !name.contains(['$', '{', '/'])
}
