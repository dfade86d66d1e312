//! Packages that cannot be stored.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, Program, is_official, place},
    spark::SparkVersion,
};

/// The rule.
pub const CHECK: Check = pages::ivy_not_writable(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(packages) = program.properties.get("spark.jars.packages") else {
            continue;
        };
        if packages.value.trim().is_empty() || !program.is_complete {
            continue;
        }
        let set = program.properties.get("spark.jars.ivy");
        let mut resolvers: Vec<_> = containers(platform, program)
            .filter(|(_, container)| match set {
                Some(folder) => is_read_only(container) && !is_mounted(container, &folder.value),
                None => is_read_only(container) && !has_home(container),
            })
            .map(|(who, _)| who)
            .collect();
        if set.is_none() && resolvers.is_empty() && has_no_home(program) {
            resolvers.push("the user of the image");
        }
        let title = match (set, &resolvers[..]) {
            (_, []) => continue,
            (Some(folder), who) => {
                format!("{} cannot write `{}`", who.join(" and "), folder.value)
            }
            (None, who) => format!("no home to store packages in, for {}", who.join(" and ")),
        };
        let at = set.unwrap_or(packages);
        let place = place(&at.origins, at.member);
        findings.push(
            program.member.object.identity(),
            CHECK.finds(title).at_value(place, ""),
        );
    }
}

/// The containers in which packages are resolved. For the operator's applications that is its own, too:
/// it submits them.
fn containers<'p>(
    platform: &'p Platform<'_>,
    program: &'p Program<'_>,
) -> impl Iterator<Item = (&'static str, &'p Node)> {
    let spec = program.application();
    let operator = spec.and_then(|_| platform.operator());
    let operator = operator.map(|it| ("the operator", it.container.node));
    // What a resource says of its driver has the shape of a container.
    let driver = spec.and_then(|it| it.get("driver"));
    let driver = driver.or_else(|| program.container.map(|it| it.node));
    operator
        .into_iter()
        .chain(driver.map(|it| ("the driver", it)))
}

fn is_read_only(container: &Node) -> bool {
    let flag = container.at(["securityContext", "readOnlyRootFilesystem"]);
    flag.and_then(Node::as_bool) == Some(true)
}

/// Whether a volume may be mounted where the user's home is.
fn has_home(container: &Node) -> bool {
    let mounts = container.list_at(["volumeMounts"]).iter();
    let mut paths = mounts.filter_map(|mount| mount.str_at(["mountPath"]));
    let mut variables = container.list_at(["env"]).iter();
    paths.any(|it| it.starts_with("/home") || it.starts_with("/root") || it.contains("ivy"))
        || variables.any(|it| it.str_at(["name"]) == Some("HOME"))
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
