//! Scripts that fill in templates with a program that the image does not have.

use crate::{
    checks::{Check, Findings, pages},
    kubernetes::Container,
    platform::{Arguments, Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = pages::envsubst_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (member, container) in platform.containers() {
        let arguments = Arguments::of(container);
        if container.image().is_some_and(is_official)
            && let Some(origins) = arguments.starts("envsubst")
            && !brings_its_own(container, &arguments)
        {
            let title = format!("the image of `{}` has no `envsubst`", container.name());
            findings.push(
                member.object.identity(),
                CHECK.finds(title).at_value(place(origins, member), ""),
            );
        }
    }
}

/// Whether the script installs it, looks for it first, or finds it in a folder of its own.
fn brings_its_own(container: Container<'_>, arguments: &Arguments) -> bool {
    const SIGNS: [&str; 8] = [
        "apt-get", "apt", "apk", "pip", "command", "which", "type", "hash",
    ];
    let is_sign = |word: &str| {
        SIGNS.contains(&word)
            || word.contains("/envsubst")
            || word.contains("envsubst(")
            || word.starts_with("PATH=")
    };
    let mut mounts = container.node.list_at(["volumeMounts"]).iter();
    container.variable("PATH").is_some()
        || arguments.words().any(|(word, _)| is_sign(word))
        || mounts.any(|it| {
            it.str_at(["mountPath"])
                .is_some_and(|it| it.contains("bin"))
        })
}
