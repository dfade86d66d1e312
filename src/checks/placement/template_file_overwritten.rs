//! Files of pod templates that the operator replaces by its own.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::template_file_overwritten(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let resource = program.member.object.node().get("spec");
        let of_connect = resource.filter(|_| program.is_spark_connect());
        let Some(spec) = program.application().or(of_connect) else {
            continue;
        };
        for role in ["driver", "executor"] {
            let key = format!("spark.kubernetes.{role}.podTemplateFile");
            let Some(file) = spec.at(["sparkConf", key.as_str()]) else {
                continue;
            };
            let identity = program.member.object.identity();
            let title = format!("nobody reads the pod template that {identity} names");
            let place = place(&file.origins, program.member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
