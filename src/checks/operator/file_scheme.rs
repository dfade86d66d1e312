//! Files at addresses that nobody can fetch from.

use crate::{
    checks::{Check, Example, Findings},
    credentials::without_user,
    diagnostics::Code,
    document::{Node, Origins},
    graph::Member,
    platform::{Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1409",
        name: "file-scheme",
        page: "Hadoop chooses a file system by the scheme of a URL, and has none for `s3` or `s3n`: its client of \
               S3 answers to `s3a`. `local` is a file in the image, and what follows two slashes is a host, as in \
               every URL: a path has a third one.",
    },
    symptom: "`UnsupportedFileSystemException: No FileSystem for scheme \"s3\"`, or a file that is looked for \
              without the first part of its path",
    fix: "write `s3a://BUCKET/PATH`, and `local:///PATH` for a file in the image",
    source: "https://hadoop.apache.org/docs/r3.4.2/hadoop-aws/tools/hadoop-aws/index.html; \
             apache/spark: core/src/main/scala/org/apache/spark/util/DependencyUtils.scala",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
  namespace: jobs
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:4.1.3
  sparkVersion: 4.1.3
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  deps:
    files:
    - local://opt/spark/jobs/nightly.conf
  driver:
    serviceAccount: spark
  executor:
    instances: 2
"#,
        passing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
  namespace: jobs
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:4.1.3
  sparkVersion: 4.1.3
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  deps:
    files:
    - local:///opt/spark/jobs/nightly.conf
  driver:
    serviceAccount: spark
  executor:
    instances: 2
"#,
    },
    run,
};

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
