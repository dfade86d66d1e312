//! Addresses of the network, as NetworkPolicies take them.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use super::{url::check_host, written};
use crate::kubernetes::{Cidr, ParseError};

/// A block of addresses, such as `192.0.2.0/24`, without bits beyond its prefix: an API server takes
/// those with a warning that it does not know which block is meant
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apimachinery/pkg/util/validation/ip.go>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressBlock(Cidr);

impl FromStr for AddressBlock {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refuse = |why: String| Err(ParseError(why));
        if let Ok(address) = text.parse::<IpAddr>() {
            return refuse(format!(
                "`{text}` is an address and no block of them; write `{}`",
                Cidr::from(address)
            ));
        }
        let Ok(block) = text.parse::<Cidr>() else {
            let address = text.split_once('/').map(|(address, _)| address);
            if let Some(address) = address.and_then(|it| it.parse::<IpAddr>().ok()) {
                let most = if address.is_ipv4() { 32 } else { 128 };
                return refuse(format!(
                    "`{text}` has no prefix from 0 to {most}; write `{}` for the address alone",
                    Cidr::from(address)
                ));
            }
            return refuse(format!(
                "`{text}` is not a block of addresses; write one such as `192.0.2.0/24`, since \
                 NetworkPolicies know no host names"
            ));
        };
        if block.is_mapped() {
            return refuse(format!(
                "`{text}` is an IPv4 block written as IPv6; write it as IPv4"
            ));
        }
        if block.trimmed() != block {
            return refuse(format!(
                "`{text}` has bits beyond its prefix; write `{}` for the block, or `{}` for the \
                 address",
                block.trimmed(),
                block.address_alone()
            ));
        }
        Ok(Self(block))
    }
}

impl fmt::Display for AddressBlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

written!(AddressBlock, "address-block", {
    "description": "A block of addresses, such as 192.0.2.0/24.",
    "examples": ["192.0.2.0/24"],
});

/// An address and a port, such as `192.0.2.10:6443` or `[2001:db8::1]:6443`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketAddress {
    /// The address.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
}

impl SocketAddress {
    /// The block of this one address, as NetworkPolicies take it.
    #[must_use]
    pub fn block(&self) -> String {
        Cidr::from(self.address).to_string()
    }
}

impl FromStr for SocketAddress {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let read = || {
            let (address, port) = text.rsplit_once(':')?;
            let bare = address
                .strip_prefix('[')
                .and_then(|it| it.strip_suffix(']'));
            let address = match bare {
                Some(inner) => inner.parse::<Ipv6Addr>().ok()?.into(),
                None => address.parse().ok()?,
            };
            Some(Self {
                address,
                port: port_number(port)?,
            })
        };
        read().ok_or_else(|| {
            ParseError(format!(
                "`{text}` is not an address and a port; write it as `192.0.2.10:6443`, or \
                 `[2001:db8::1]:6443`"
            ))
        })
    }
}

impl fmt::Display for SocketAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            IpAddr::V4(address) => write!(formatter, "{address}:{}", self.port),
            IpAddr::V6(address) => write!(formatter, "[{address}]:{}", self.port),
        }
    }
}

written!(SocketAddress, "socket-address", {
    "description": "An address and a port, such as 192.0.2.10:6443 or [2001:db8::1]:6443.",
    "examples": ["192.0.2.10:6443"],
});

/// A port as digits alone: Rust would also read `+443`.
pub fn port_number(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|it| it.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_number)
}

super::text!(
    /// A host and a port, such as `celeborn-master-0.celeborn:9097`.
    HostPort,
    "host-port",
    |text| {
        let refuse = || format!("`{text}` is not a host and port; write it as `host.example.com:9097`");
        let (host, port) = text.rsplit_once(':').ok_or_else(refuse)?;
        port_number(port).ok_or_else(refuse)?;
        check_host(host)
    },
    { "description": "A host and a port." }
);

impl HostPort {
    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        let port = self.as_str().rsplit_once(':');
        port.and_then(|(_, port)| port_number(port))
            .expect("the text was read as a host and a port")
    }
}

super::text!(
    /// One address.
    IpAddress,
    "ip-address",
    |text| match text.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("`{text}` is not an address, such as `192.0.2.10`")),
    },
    { "description": "An address, such as 192.0.2.10 or 2001:db8::10." }
);
