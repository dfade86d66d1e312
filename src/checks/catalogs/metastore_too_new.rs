//! Metastores that answer no client of Spark's.

use super::{catalogs, option};
use crate::{
    checks::{Check, Findings, pages},
    components::offers::CatalogKind,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::metastore_too_new(run);

/// The first release without `get_table` (HIVE-26537).
const FIRST: [u32; 3] = [4, 0, 1];

const VERSION: &str = "spark.sql.hive.metastore.version";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    of_spec(platform, findings);
    for program in platform.programs() {
        let Some(version) = program.properties.get(VERSION) else {
            continue;
        };
        if !is_too_new(&version.value) {
            continue;
        }
        let jars = program.properties.value("spark.sql.hive.metastore.jars");
        let place_of_version = place(&version.origins, version.member);
        if jars.is_none_or(|it| it == "builtin") {
            let title = format!(
                "Spark's own client does not speak to a metastore {}",
                version.value
            );
            findings.push(
                version.member.object.identity(),
                CHECK.finds(title).at_value(
                    place_of_version,
                    "`spark.sql.hive.metastore.jars` brings no other",
                ),
            );
            continue;
        }
        let mut of_iceberg =
            catalogs(program).filter_map(|(name, _)| option(program, name, "type"));
        if let Some(kind) = of_iceberg.find(|it| it.value == "hive") {
            let title = format!(
                "Iceberg's client does not speak to a metastore {}, whatever jars Spark has",
                version.value
            );
            findings.push(
                kind.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place(&kind.origins, kind.member), "Iceberg's")
                    .at_value(place_of_version, ""),
            );
        }
    }
}

/// Catalogs of a spec, which says which version a metastore has.
fn of_spec(platform: &Platform<'_>, findings: &mut Findings) {
    for catalog in platform.offers.catalogs.values() {
        let (CatalogKind::Hive(metastore) | CatalogKind::IcebergHive(metastore)) = &*catalog.kind
        else {
            continue;
        };
        let version = metastore.version.as_ref().filter(|it| is_too_new(it));
        let Some(version) = version else {
            continue;
        };
        let users = platform.programs().iter().filter(|program| {
            let names_it =
                |key: &str| program.properties.value(key) == Some(metastore.url.as_str());
            names_it("spark.hadoop.hive.metastore.uris")
                || names_it(&format!("spark.sql.catalog.{}.uri", catalog.name))
        });
        for program in users {
            let title = format!("no client of Spark speaks to a metastore {}", **version);
            findings.push(
                program.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(&version.origins, "")
                    .at_key(&program.member.origins, "asks it"),
            );
        }
    }
}

fn is_too_new(version: &str) -> bool {
    let numbers: Result<Vec<u32>, _> = version.trim().split('.').map(str::parse).collect();
    let numbers = numbers.ok().and_then(|it| <[u32; 3]>::try_from(it).ok());
    numbers.is_some_and(|it| it >= FIRST)
}
