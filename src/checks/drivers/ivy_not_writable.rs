//! Packages that cannot be stored.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    document::Node,
    platform::{Platform, Program, is_official, place},
    spark::SparkVersion,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1212",
        name: "ivy-not-writable",
        page: "Packages are downloaded into Ivy's folder, by default below the user's home. In the official \
               images the home of the user `spark` does not exist, and a root that cannot be written has no \
               other place either.",
    },
    symptom: "`FileNotFoundException: …/.ivy2/cache/resolved-org.apache.spark-spark-submit-parent-….xml`",
    fix: "set `spark.jars.ivy=/tmp/.ivy2`, with a volume at `/tmp`, or put the jars into the image",
    source: "apache/spark-docker (home of the user); kubeflow/spark-operator#2208, apache/polaris#911",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=local[*]",
            "spark.jars.packages=org.apache.hadoop:hadoop-aws:3.4.2",
        ),
        passing: server_with!(
            "spark.master=local[*]",
            "spark.jars.packages=org.apache.hadoop:hadoop-aws:3.4.2",
            "spark.jars.ivy=/tmp/.ivy2",
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let (Some(packages), Some(container)) = (
            program.properties.get("spark.jars.packages"),
            program.container,
        ) else {
            continue;
        };
        if packages.value.trim().is_empty() || !program.is_complete {
            continue;
        }
        let set = program.properties.get("spark.jars.ivy");
        let refused = match set {
            Some(folder) => {
                is_read_only(container.node) && !is_mounted(container.node, &folder.value)
            }
            None => has_no_home(program),
        };
        if refused {
            let title = match set {
                Some(folder) => format!("`{}` cannot be written", folder.value),
                None => "the user of this image has no home to store packages in".to_owned(),
            };
            let at = set.unwrap_or(packages);
            let place = place(&at.origins, at.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}

fn is_read_only(container: &Node) -> bool {
    let flag = container.at(["securityContext", "readOnlyRootFilesystem"]);
    flag.and_then(Node::as_bool) == Some(true)
}

fn is_mounted(container: &Node, folder: &str) -> bool {
    let mounts = container.list_at(["volumeMounts"]).iter();
    mounts
        .filter_map(|mount| mount.str_at(["mountPath"]))
        .any(|at| folder == at || folder.starts_with(&format!("{}/", at.trim_end_matches('/'))))
}

/// Official images since 3.5.7 and all of 4.x give their user the home `/nonexistent`.
fn has_no_home(program: &Program<'_>) -> bool {
    let image = program.container.and_then(|it| it.image());
    let version = program.version.as_ref().map(|it| it.release);
    let first: Option<SparkVersion> = "3.5.7".parse().ok();
    image.is_some_and(is_official) && version >= first && program.variable("HOME").is_none()
}
