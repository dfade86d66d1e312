//! Programs that would have to be uploaded first.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Mode, Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = pages::main_file_without_scheme(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let uploads = program.properties.get("spark.kubernetes.file.upload.path");
        let Some(application) = program.application() else {
            continue;
        };
        if uploads.is_some() || program.mode() != Some(Mode::Cluster) {
            continue;
        }
        let main = application.get("mainApplicationFile");
        let files = ["jars", "pyFiles", "files"].map(|it| application.list_at(["deps", it]));
        for file in main.into_iter().chain(files.into_iter().flatten()) {
            evaluate(program, file, findings);
        }
    }
}

fn evaluate(program: &Program<'_>, file: &Node, findings: &mut Findings) {
    let path = file.as_str().unwrap_or_default();
    if (path.starts_with('/') || path.starts_with("file:")) && !path.contains(['$', '{']) {
        let title = format!("the operator would have to upload `{path}`");
        let place = place(&file.origins, program.member);
        findings.push(
            program.member.object.identity(),
            CHECK.finds(title).at_value(place, ""),
        );
    }
}
