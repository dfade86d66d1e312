//! Executors whose image holds another Spark than the driver's.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, is_official, place},
    values::ImageParts,
};

/// The rule.
pub const CHECK: Check = pages::executors_of_another_spark(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform
        .programs()
        .iter()
        .filter(|it| it.is_on_kubernetes())
    {
        let keys = [
            "spark.kubernetes.executor.container.image",
            "spark.kubernetes.container.image",
        ];
        let own = program.container.and_then(|it| it.image());
        let image = keys.iter().find_map(|key| program.properties.get(key));
        let (Some(own), Some(image)) = (own.and_then(contents), image) else {
            continue;
        };
        if contents(&image.value).is_some_and(|it| it != own) {
            let identity = program.member.object.identity();
            let (release, scala) = own;
            let title = format!("the driver of {identity} is Spark {release} with Scala {scala}");
            let place = place(&image.origins, image.member);
            let finding = CHECK.finds(title).at_value(place, "its executors are not");
            findings.push(image.member.object.identity(), finding);
        }
    }
}

/// The release and the version of Scala in an official image, as its tag says.
fn contents(reference: &str) -> Option<(&str, &str)> {
    let mut parts = ImageParts::of(reference).tag?.split('-');
    let release = parts.next().filter(|it| it.split('.').count() == 3)?;
    let scala = parts.next()?.strip_prefix("scala")?;
    is_official(reference).then_some((release, scala))
}
