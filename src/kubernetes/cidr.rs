//! Blocks of IP addresses.

use std::{fmt, net::IpAddr, str::FromStr};

use super::ParseError;

/// A block of IPv4 or IPv6 addresses, such as `192.0.2.0/24`.
///
/// Bits of the address beyond the prefix mean nothing: the API server takes `192.0.2.7/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// All IPv4 addresses.
    pub const ALL_IPV4: Self = Self {
        address: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        prefix: 0,
    };

    /// All IPv6 addresses.
    pub const ALL_IPV6: Self = Self {
        address: IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
        prefix: 0,
    };

    /// Whether every address of another block is in this one.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.prefix <= other.prefix && self.overlaps(other)
    }

    /// Whether any address of another block is in this one.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let shared = self.prefix.min(other.prefix).into();
        match (self.address, other.address) {
            (IpAddr::V4(one), IpAddr::V4(two)) => {
                let difference = one.to_bits() ^ two.to_bits();
                difference.leading_zeros() >= shared
            }
            (IpAddr::V6(one), IpAddr::V6(two)) => {
                let difference = one.to_bits() ^ two.to_bits();
                difference.leading_zeros() >= shared
            }
            _ => false,
        }
    }
}

/// The block of one address.
impl From<IpAddr> for Cidr {
    fn from(address: IpAddr) -> Self {
        Self {
            address,
            prefix: bits(&address),
        }
    }
}

const fn bits(address: &IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl FromStr for Cidr {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let parse = || {
            let (address, prefix) = text.split_once('/')?;
            let address = address.parse().ok()?;
            // Rust would also read `+8`.
            let is_number = prefix.bytes().all(|it| it.is_ascii_digit());
            let prefix = prefix.parse().ok().filter(|it| *it <= bits(&address))?;
            is_number.then_some(Self { address, prefix })
        };
        parse().ok_or_else(|| {
            ParseError(format!(
                "`{text}` is no block of addresses such as `192.0.2.0/24`"
            ))
        })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}
