//! Blocks of IP addresses.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

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
        address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        prefix: 0,
    };

    /// All IPv6 addresses.
    pub const ALL_IPV6: Self = Self {
        address: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        prefix: 0,
    };

    /// The same block without the bits of its address beyond the prefix, which mean nothing.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0);
                Ipv4Addr::from_bits(address.to_bits() & mask).into()
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix))
                    .unwrap_or(0);
                Ipv6Addr::from_bits(address.to_bits() & mask).into()
            }
        };
        Self { address, ..self }
    }

    /// Its address, with the bits beyond the prefix.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// The first address behind it; none when it is the last of its family.
    #[must_use]
    pub fn next(self) -> Option<IpAddr> {
        match self.trimmed().address {
            IpAddr::V4(address) => {
                let size = 1_u32.checked_shl(32 - u32::from(self.prefix))?;
                let next = address.to_bits().checked_add(size)?;
                Some(Ipv4Addr::from_bits(next).into())
            }
            IpAddr::V6(address) => {
                let size = 1_u128.checked_shl(128 - u32::from(self.prefix))?;
                let next = address.to_bits().checked_add(size)?;
                Some(Ipv6Addr::from_bits(next).into())
            }
        }
    }

    /// The block of its address alone.
    #[must_use]
    pub fn address_alone(self) -> Self {
        self.address.into()
    }

    /// The IPv6 addresses that stand for a block of IPv4 on a network with NAT64, under its well-known prefix
    /// (RFC 6052).
    #[must_use]
    pub fn behind_nat64(self) -> Option<Self> {
        const PREFIX: u128 = 0x0064_ff9b << 96;
        let IpAddr::V4(address) = self.address else {
            return None;
        };
        Some(Self {
            address: Ipv6Addr::from_bits(PREFIX | u128::from(address.to_bits())).into(),
            prefix: 96 + self.prefix,
        })
    }

    /// Whether it writes IPv4 addresses as IPv6 (`::ffff:192.0.2.0/120`), which readers take for
    /// different things.
    #[must_use]
    pub fn is_mapped(self) -> bool {
        matches!(self.address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some())
    }

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
                "`{text}` is not a block of addresses such as `192.0.2.0/24`"
            ))
        })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}
