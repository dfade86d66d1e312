//! Files at addresses that nobody can fetch from.

use crate::{
    checks::{Check, Findings, pages},
    credentials::without_user,
    document::{Node, Origins},
    graph::Member,
    platform::{Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = pages::file_scheme(run);

/// The properties with lists of files.
const LISTS: [&str; 4] = [
    "spark.jars",
    "spark.files",
    "spark.submit.pyFiles",
    "spark.archives",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        // Distributions of clouds bring a file system of that name.
        let knows = |scheme: &str| {
            let key = format!("spark.hadoop.fs.{scheme}.impl");
            program.properties.get(&key).is_some() || !program.is_plain_build(platform)
        };
        for (file, origins, member) in files(program) {
            let Some((scheme, rest)) = file.split_once("://") else {
                continue;
            };
            let (why, right) = match scheme {
                "s3" | "s3n" if !knows(scheme) => (
                    format!("Hadoop has no file system `{scheme}`"),
                    format!("s3a://{rest}"),
                ),
                "local" if !rest.starts_with('/') => {
                    let host = without_user(file).and_then(|it| it.split('/').next());
                    let host = host.unwrap_or_default();
                    (
                        format!("`{file}` names the host `{host}`"),
                        format!("local:///{rest}"),
                    )
                }
                _ => continue,
            };
            findings.push(
                member.object.identity(),
                CHECK
                    .finds(why)
                    .at_value(place(&origins, member), "")
                    .hint(format!("write `{right}`")),
            );
        }
    }
}

/// The files that a program asks for.
fn files<'p>(program: &'p Program<'_>) -> Vec<(&'p str, Origins, &'p Member)> {
    let own = program.application();
    let listed = ["jars", "files", "pyFiles", "archives"];
    let listed = own.map(|it| listed.map(|list| it.list_at(["deps", list])));
    let nodes = listed.into_iter().flatten().flatten();
    let nodes = nodes.chain(own.and_then(|it| it.get("mainApplicationFile")));
    let nodes =
        nodes.filter_map(|it: &Node| Some((it.as_str()?, it.origins.clone(), program.member)));
    let mut files: Vec<_> = nodes.collect();
    for property in LISTS.iter().filter_map(|it| program.properties.get(it)) {
        for file in property.value.split(',').map(str::trim) {
            // The operator's own lists become properties.
            if !files.iter().any(|(known, ..)| *known == file) {
                files.push((file, property.origins.clone(), property.member));
            }
        }
    }
    files
}
