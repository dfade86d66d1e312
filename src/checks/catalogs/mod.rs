//! Catalogs of tables.

mod client_without_region;
mod extension_missing;
mod metastore_too_new;

use super::Check;
use crate::platform::{Program, Property};

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    extension_missing::CHECK,
    metastore_too_new::CHECK,
    client_without_region::CHECK,
];

/// The catalogs of a program: their names, and the properties that name their classes.
fn catalogs<'p, 'a>(program: &'p Program<'a>) -> impl Iterator<Item = (&'p str, &'p Property<'a>)> {
    program.properties.iter().filter_map(|it| {
        let name = it.key.strip_prefix("spark.sql.catalog.")?;
        (!name.contains('.')).then_some((name, it))
    })
}

/// What a program says of a catalog.
fn option<'p, 'a>(program: &'p Program<'a>, catalog: &str, name: &str) -> Option<&'p Property<'a>> {
    program
        .properties
        .get(&format!("spark.sql.catalog.{catalog}.{name}"))
}
