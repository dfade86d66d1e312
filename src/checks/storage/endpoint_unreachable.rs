//! Endpoints that S3A cannot speak to.

use crate::{
    checks::{Check, Findings, pages},
    credentials::without_user,
    platform::{Platform, Program, Property, place},
};

/// The rule.
pub const CHECK: Check = pages::endpoint_unreachable(run);

const ENDPOINT: &str = "spark.hadoop.fs.s3a.endpoint";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(endpoint) = program.properties.get(ENDPOINT) else {
            continue;
        };
        // Something that is filled in later may hold anything.
        if endpoint.value.contains(['$', '{']) {
            continue;
        }
        if endpoint.value.contains(['"', '\'']) {
            let title = format!("S3A cannot read the endpoint `{}`", endpoint.value);
            let place = place(&endpoint.origins, endpoint.member);
            let mut diagnostic = CHECK
                .finds(title)
                .at_value(place, "the quotes are a part of it");
            diagnostic.notes = vec![
                "`URISyntaxException: Illegal character in scheme name at index 0`".to_owned(),
            ];
            let bare = endpoint.value.replace(['"', '\''], "");
            findings.push(
                endpoint.member.object.identity(),
                diagnostic.hint(format!("write `{bare}`")),
            );
        } else if let Some((title, blamed, label)) = fault(program, endpoint) {
            findings.push(
                blamed.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place(&blamed.origins, blamed.member), label),
            );
        }
    }
}

fn fault<'p, 'a>(
    program: &'p Program<'a>,
    endpoint: &'p Property<'a>,
) -> Option<(String, &'p Property<'a>, &'static str)> {
    let value = endpoint.value.trim();
    let (scheme, _) = value.split_once("://").unwrap_or_default();
    let host = without_user(value).unwrap_or(value).trim_end_matches('/');
    let (host, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let tls = program
        .properties
        .value("spark.hadoop.fs.s3a.connection.ssl.enabled");
    let is_of_cluster = host.split('.').any(|it| it == "svc") || !host.contains('.');
    // Ports on which no store speaks TLS unless somebody made it do so.
    let is_plain = matches!(port, "80" | "9000") && is_of_cluster;
    if scheme.is_empty() && is_plain && tls != Some("false") {
        let title = format!("S3A would speak TLS to `{value}`");
        let label = "without a scheme it is taken for `https`";
        return Some((title, endpoint, label));
    }
    let in_path = program
        .properties
        .get("spark.hadoop.fs.s3a.path.style.access");
    let is_in_path = in_path.is_some_and(|it| it.value.eq_ignore_ascii_case("true"));
    // Both SDKs put the bucket into the path when the host is an address.
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    if is_of_cluster && !is_address && !is_in_path {
        let title = format!("S3A would look for buckets as hosts below `{host}`");
        let label = "the store needs `path.style.access`";
        return Some((title, in_path.unwrap_or(endpoint), label));
    }
    None
}
