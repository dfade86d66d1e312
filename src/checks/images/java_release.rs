//! A Java that this Spark does not run on.

use crate::{
    checks::{Check, Findings, pages},
    document::Origins,
    platform::{Platform, Program, is_official},
};

/// The rule.
pub const CHECK: Check = pages::java_release(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let (Some((java, origins)), Some(version)) = (java(platform, program), &program.version)
        else {
            continue;
        };
        let known = version.release.facts().java;
        if known.iter().any(|it| u32::from(*it) == java) {
            continue;
        }
        let names: Vec<_> = known.iter().map(ToString::to_string).collect();
        let diagnostic = CHECK
            .finds(format!(
                "Spark {} does not run on Java {java}",
                version.release
            ))
            .at_value(&origins, format!("Spark names {}", names.join(", ")))
            .at_value(&version.origins, "");
        // A newer one may work.
        let is_older = known.iter().all(|it| u32::from(*it) > java);
        findings.push(
            program.member.object.identity(),
            if is_older {
                diagnostic
            } else {
                diagnostic.lesser()
            },
        );
    }
}

/// The Java of an image: as the spec declares it, or as the tag of an official one says.
fn java(platform: &Platform<'_>, program: &Program<'_>) -> Option<(u32, Origins)> {
    let reference = program.image()?;
    if let Some(image) = platform.image(reference) {
        let java = image.java.as_ref()?;
        return Some((java.value, java.origins.clone()));
    }
    let (_, tag) = reference.rsplit_once("-java")?;
    let number = tag.split('-').next()?.parse().ok()?;
    let node = program.container?.node.get("image")?;
    is_official(reference).then(|| (number, node.origins.clone()))
}
