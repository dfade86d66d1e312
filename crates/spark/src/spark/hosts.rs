//! The hosts that properties name: metastores, catalogs, brokers, databases, proxies.

/// Who connects to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// The driver alone.
    Driver,
    /// The driver and its executors.
    All,
    /// The executors alone.
    Executors,
    /// Whoever resolves packages: the driver, and the operator for the applications that it submits.
    Resolver,
}

/// A host that a property names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host<'v> {
    /// The name or address.
    pub name: &'v str,
    /// The port.
    pub port: u16,
    /// Whether it is asked by HTTP, for which Java has proxies.
    pub is_http: bool,
}

/// The properties that name hosts, by what stands before and after a name of the user's own, if there
/// is any.
///
/// Hive's client (`HiveConf`), Spark's catalogs (`JDBCTableCatalog`), Iceberg's
/// (<https://iceberg.apache.org/docs/latest/spark-configuration/>), Kafka's delegation tokens, S3A and
/// Hadoop's file systems.
const NAMING: &[(&str, &str, Client)] = &[
    ("spark.hadoop.hive.metastore.uris", "", Client::Driver),
    ("spark.hive.metastore.uris", "", Client::Driver),
    (
        "spark.hadoop.javax.jdo.option.ConnectionURL",
        "",
        Client::Driver,
    ),
    ("spark.sql.catalog.", ".uri", Client::Driver),
    ("spark.sql.catalog.", ".oauth2-server-uri", Client::Driver),
    ("spark.sql.catalog.", ".url", Client::All),
    ("spark.sql.catalog.", ".s3.endpoint", Client::All),
    ("spark.sql.catalog.", ".hadoop.fs.s3a.endpoint", Client::All),
    ("spark.hadoop.fs.s3a.bucket.", ".endpoint", Client::All),
    (
        "spark.hadoop.fs.s3a.assumed.role.sts.endpoint",
        "",
        Client::All,
    ),
    ("spark.hadoop.fs.defaultFS", "", Client::All),
    ("spark.sql.warehouse.dir", "", Client::All),
    // Executors fetch what has a URL themselves (`Utils.doFetchFile`).
    ("spark.jars", "", Client::All),
    ("spark.files", "", Client::All),
    ("spark.archives", "", Client::All),
    ("spark.submit.pyFiles", "", Client::All),
    (
        "spark.kafka.clusters.",
        ".auth.bootstrap.servers",
        Client::Driver,
    ),
    ("spark.openlineage.transport.url", "", Client::Driver),
    ("spark.jars.repositories", "", Client::Resolver),
];

/// Who connects to the hosts of a property; none when it names no hosts.
#[must_use]
pub fn client(key: &str) -> Option<Client> {
    let is_named = |(before, after, _): &&(&str, &str, Client)| {
        let Some(rest) = key.strip_prefix(before) else {
            return false;
        };
        match rest.strip_suffix(after) {
            Some(name) if !after.is_empty() => !name.is_empty() && !name.contains('.'),
            _ => rest == *after,
        }
    };
    NAMING.iter().find(is_named).map(|(_, _, client)| *client)
}

/// The proxies of Java's options: the host, and the port or the one that Java takes without it
/// (`sun.net.spi.DefaultProxySelector`).
#[must_use]
pub fn java_proxies(options: &str) -> Vec<(&str, u16)> {
    let value = |name: &str| {
        let mut words = options.split_whitespace();
        words.find_map(|word| {
            let word = word.trim_matches(['"', '\'']);
            word.strip_prefix("-D")?
                .strip_prefix(name)?
                .strip_prefix('=')
        })
    };
    let kinds = [
        ("http.proxyHost", "http.proxyPort", 80),
        ("https.proxyHost", "https.proxyPort", 443),
    ];
    let proxies = kinds.iter().filter_map(|(host, port, standard)| {
        let port = value(port).map_or(Some(*standard), |it| it.parse().ok());
        Some((value(host)?, port?))
    });
    let mut proxies: Vec<_> = proxies.collect();
    proxies.dedup();
    proxies
}

/// The hosts in a value: URLs, also of JDBC, or `HOST:PORT`, in a list. None of what is filled in later.
#[must_use]
pub fn hosts(value: &str) -> Vec<Host<'_>> {
    let value = value.trim();
    let found = match value.strip_prefix("jdbc:") {
        Some(url) => of_jdbc(url),
        None => value
            .split(',')
            .filter_map(|it| of_url(it.trim()))
            .collect(),
    };
    let is_host = |it: &Host<'_>| {
        let letters = it.name.bytes();
        let is_legal = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'_');
        !it.name.is_empty() && letters.into_iter().all(is_legal) && it.name != "localhost"
    };
    found.into_iter().filter(is_host).collect()
}

fn of_url(url: &str) -> Option<Host<'_>> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let standard = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "thrift" => Some(9083),
        "hdfs" => Some(8020),
        // A broker, or a host alone: it says its port.
        _ if scheme.is_empty()
            || scheme
                .bytes()
                .all(|it| it.is_ascii_uppercase() || it == b'_') =>
        {
            None
        }
        // Object stores name buckets where others name hosts.
        _ => return None,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (name, port) = name_and_port(&rest[..end], standard)?;
    Some(Host {
        name,
        port,
        is_http: scheme.starts_with("http"),
    })
}

/// The hosts of a JDBC URL without its first word. A database in a file or in memory has none.
fn of_jdbc(url: &str) -> Vec<Host<'_>> {
    let (driver, rest) = url.split_once(':').unwrap_or((url, ""));
    let standard = match driver {
        "postgresql" => 5432,
        "mysql" | "mariadb" => 3306,
        "sqlserver" => 1433,
        "oracle" => 1521,
        "db2" => 50000,
        "hive2" => 10000,
        "redshift" => 5439,
        "clickhouse" | "ch" => 8123,
        "snowflake" => 443,
        _ => return Vec::new(),
    };
    let hosts = if driver == "oracle" {
        let after = rest.split_once('@').map_or("", |(_, after)| after);
        after.strip_prefix("//").unwrap_or(after)
    } else {
        rest.split_once("//").map_or("", |(_, hosts)| hosts)
    };
    let end = hosts.find(['/', '?', ';', '\\']).unwrap_or(hosts.len());
    let each = hosts[..end].split(',');
    let each = each.filter_map(|it| {
        // Oracle's older form has a third part, the name of the database.
        let it = it
            .split(':')
            .nth(2)
            .map_or(it, |last| it[..it.len() - last.len()].trim_end_matches(':'));
        let (name, port) = name_and_port(it, Some(standard))?;
        Some(Host {
            name,
            port,
            is_http: false,
        })
    });
    each.collect()
}

fn name_and_port(authority: &str, standard: Option<u16>) -> Option<(&str, u16)> {
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    match authority.split_once(':') {
        Some((name, port)) => Some((name, port.parse().ok()?)),
        None => Some((authority, standard?)),
    }
}
