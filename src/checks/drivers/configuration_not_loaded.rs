//! Properties in a file that nobody reads.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::conf::are_properties,
};

/// The rule.
pub const CHECK: Check = pages::configuration_not_loaded(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if program.is_complete
            || program
                .arguments
                .values("--properties-file")
                .next()
                .is_some()
        {
            continue;
        }
        for (name, text) in program.mounted_files(platform, &program.configuration_folder()) {
            // What reads a template is not in sight.
            let is_template = [".template", ".tpl", ".tmpl", ".j2"]
                .iter()
                .any(|it| name.ends_with(it));
            if are_properties(text) && !is_template && !program.arguments.mention(name) {
                let title = format!("Spark does not load `{name}`");
                let place = place(&text.origins, program.member);
                findings.push(
                    program.member.object.identity(),
                    CHECK.finds(title).at_key(place, ""),
                );
            }
        }
    }
}
