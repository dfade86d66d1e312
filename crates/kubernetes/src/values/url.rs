//! URLs, and the hosts in them.

use std::net::Ipv6Addr;

use super::address::port_number;

/// A URL, taken apart.
pub struct Url<'a> {
    /// Such as `https`.
    pub scheme: &'a str,
    /// What stands before an `@`.
    pub user: Option<&'a str>,
    /// The name or the address.
    pub host: &'a str,
    /// The port, when it is stated.
    pub port: Option<&'a str>,
    /// What follows, with its slash.
    pub path: &'a str,
}

impl<'a> Url<'a> {
    /// Takes a URL apart without validating the parts; none for a text without `://`.
    pub fn split(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        // The colons of an IPv6 address stand in brackets.
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (place, None),
        };
        Some(Self {
            scheme,
            user,
            host,
            port,
            path,
        })
    }
}

/// Whether a text is a host's name or address.
pub fn check_host(host: &str) -> Result<(), String> {
    let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    if let Some(address) = inner {
        return match address.parse::<Ipv6Addr>() {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("`{host}` is not an IPv6 address")),
        };
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-')
    };
    // Numbers alone are an address, or a slip in one.
    let is_numeric = host
        .split('.')
        .all(|it| it.bytes().all(|it| it.is_ascii_digit()));
    let is_right = if is_numeric {
        host.parse::<std::net::Ipv4Addr>().is_ok()
    } else {
        host.len() <= 253 && host.split('.').all(is_label)
    };
    is_right
        .then_some(())
        .ok_or_else(|| format!("`{host}` is not a name or address of a host"))
}

/// Judges a URL of one of some schemes, its host and its port. Nothing in a spec is secret, so none
/// may hold a password.
pub fn check_url<'a>(text: &'a str, schemes: &[&str], example: &str) -> Result<Url<'a>, String> {
    let refuse =
        || format!("`{text}` is not a URL that kiln can use; write one such as `{example}`");
    let url = Url::split(text).ok_or_else(refuse)?;
    if !schemes.contains(&url.scheme)
        || text.contains(|it: char| it.is_whitespace() || it.is_control())
    {
        return Err(refuse());
    }
    if url.user.is_some_and(|user| user.contains(':'))
        || (url.user.is_some() && url.scheme != "ssh")
    {
        return Err(
            "the URL holds a user or a password, and a spec is not a place for either; name a Secret \
             instead"
                .to_owned(),
        );
    }
    check_host(url.host)?;
    if let Some(port) = url.port {
        port_number(port).ok_or_else(|| format!("`{port}` is not a port between 1 and 65535"))?;
    }
    Ok(url)
}

super::text!(
    /// The URL of an API at the root of a host, such as `https://s3.example.com`.
    Endpoint,
    "endpoint",
    |text| {
        let example = "https://s3.example.com";
        let url = check_url(text, &["http", "https"], example)?;
        if url.path.is_empty() {
            return Ok(());
        }
        let root = text.strip_suffix(url.path).unwrap_or(text);
        Err(format!("`{text}` has a path behind its host; write `{root}`"))
    },
    {
        "description": "A URL without a path, such as https://s3.example.com.",
        "pattern": r"^https?://[^/\s]+$",
        "examples": ["https://s3.example.com"],
    }
);

impl Endpoint {
    /// Whether it speaks TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.as_str().starts_with("https:")
    }

    /// The port, or that of its scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        let stated = Url::split(self.as_str()).and_then(|url| port_number(url.port?));
        stated.unwrap_or(if self.is_tls() { 443 } else { 80 })
    }
}

super::text!(
    /// The URL of an API server.
    ServerUrl,
    "server-url",
    |text| check_url(text, &["https"], "https://192.0.2.10:6443").map(|_| ()),
    {
        "description": "The URL of an API server, such as https://192.0.2.10:6443.",
        "examples": ["https://kubernetes.default.svc"],
    }
);

super::text!(
    /// The URL of a catalog's API, such as `https://polaris.example.com/api/catalog`.
    CatalogUrl,
    "catalog-url",
    |text| check_url(text, &["http", "https"], "https://polaris.example.com/api/catalog").map(|_| ()),
    {
        "description": "The URL of an API, such as https://polaris.example.com/api/catalog.",
        "pattern": r"^https?://[^\s]+$",
        "examples": ["https://polaris.example.com/api/catalog"],
    }
);

impl CatalogUrl {
    /// The port, or that of its scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        let stated = Url::split(self.as_str()).and_then(|url| port_number(url.port?));
        let is_tls = self.as_str().starts_with("https:");
        stated.unwrap_or(if is_tls { 443 } else { 80 })
    }
}

super::text!(
    /// The URL of the Thrift API of a metastore of Hive, such as `thrift://metastore.hive:9083`.
    MetastoreUrl,
    "metastore-url",
    |text| {
        let example = "thrift://metastore.hive:9083";
        let url = check_url(text, &["thrift"], example)?;
        if url.path.is_empty() {
            return Ok(());
        }
        Err(format!("`{text}` has a path behind its host; write one such as `{example}`"))
    },
    {
        "description": "The URL of a metastore of Hive, such as thrift://metastore.hive:9083.",
        "pattern": r"^thrift://[^/\s]+$",
        "examples": ["thrift://metastore.hive:9083"],
    }
);

impl MetastoreUrl {
    /// The port, or that of Hive.
    #[must_use]
    pub fn port(&self) -> u16 {
        let stated = Url::split(self.as_str()).and_then(|url| port_number(url.port?));
        stated.unwrap_or(9083)
    }
}
