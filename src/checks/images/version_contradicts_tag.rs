//! A declared Spark that the tag denies.

use super::repository_and_tag;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::SparkVersion,
};

/// The rule.
pub const CHECK: Check = pages::version_contradicts_tag(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let version = program.stated_version().or_else(|| program.version.clone());
        let (Some(version), Some(image)) = (version, program.image()) else {
            continue;
        };
        let Some((repository, Some(tag))) = repository_and_tag(image) else {
            continue;
        };
        let name = repository.rsplit('/').next();
        // Any other image may have a version of its own.
        let is_of_spark = matches!(name, Some("spark" | "spark-py" | "pyspark"));
        let tagged = tag.split('-').next().unwrap_or(tag).trim_start_matches('v');
        let tagged = tagged.parse::<SparkVersion>().ok();
        if let Some(tagged) = tagged.filter(|it| is_of_spark && *it != version.release) {
            let title = format!("`{image}` is hardly Spark {}", version.release);
            let declared = platform.image(image);
            let mut diagnostic = CHECK.finds(title);
            if let Some(declared) = declared {
                diagnostic = diagnostic.at_value(
                    &declared.reference.origins,
                    format!("the tag says {tagged}"),
                );
            }
            let place = place(&version.origins, program.member);
            diagnostic = diagnostic.at_value(place, format!("this says {}", version.release));
            findings.push(program.member.object.identity(), diagnostic);
        }
    }
}
