//! Which addresses lead where, on every network.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr},
};

use super::Cidr;

/// A block of addresses without some of them, as a peer of a network policy states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The block.
    pub all: Cidr,
    /// What is left out of it.
    pub except: Vec<Cidr>,
}

/// Where clouds serve a node's metadata, its credentials among them, with the block around it that has nothing
/// else for pods; the best known first.
///
/// - <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
/// - <https://cloud.google.com/compute/docs/metadata/querying-metadata>
/// - <https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16>
/// - <https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata>
/// - <https://docs.cloud-init.io/en/latest/reference/datasources.html>
/// - <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
const METADATA: [(&str, &str); 14] = [
    // Most clouds
    ("169.254.169.254", "169.254.0.0/16"),
    // AWS, Google Cloud, OpenStack
    ("fd00:ec2::254", "fd00:ec2::/32"),
    ("fd20:ce::254", "fd20:ce::/32"),
    ("fe80::a9fe:a9fe", "fe80::/10"),
    // Azure, where it is a public address that each node has
    ("168.63.129.16", "168.63.129.16/32"),
    // Oracle Cloud
    ("192.0.0.192", "192.0.0.192/32"),
    ("fd00:c1::a9fe:a9fe", "fd00:c1::a9fe:a9fe/128"),
    // Alibaba Cloud
    ("100.100.100.200", "100.100.100.200/32"),
    ("fd00:100::100:200", "fd00:100::100:200/128"),
    // Tencent Cloud
    ("169.254.0.23", "169.254.0.0/16"),
    // Scaleway
    ("169.254.42.42", "169.254.0.0/16"),
    ("fd00:42::42", "fd00:42::42/128"),
    // The agent of Amazon ECS
    ("169.254.170.2", "169.254.0.0/16"),
    // Akamai
    ("fd00:a9fe:a9fe::1", "fd00:a9fe:a9fe::1/128"),
];

/// The IPv4 addresses of no public host (<https://www.iana.org/assignments/iana-ipv4-special-registry>), and the
/// public one that is each node's own. Those of documentation are missing: they lead nowhere.
const NOT_PUBLIC: [&str; 12] = [
    // "This network" (RFC 791): a host takes it for itself.
    "0.0.0.0/8",
    // Private networks (RFC 1918)
    "10.0.0.0/8",
    // Networks of carriers (RFC 6598), which clusters give to pods
    "100.64.0.0/10",
    // Loopback (RFC 1122); behind NAT64 it is that of the gateway.
    "127.0.0.0/8",
    // Azure's metadata
    "168.63.129.16/32",
    // Links (RFC 3927)
    "169.254.0.0/16",
    // Private networks (RFC 1918)
    "172.16.0.0/12",
    // Protocols' own (RFC 6890)
    "192.0.0.0/24",
    // Private networks (RFC 1918)
    "192.168.0.0/16",
    // Tests of networks (RFC 2544)
    "198.18.0.0/15",
    // Multicast (RFC 5771)
    "224.0.0.0/4",
    // Reserved (RFC 1112), which clusters give to pods
    "240.0.0.0/4",
];

/// The IPv6 addresses of public hosts: all others are unassigned, or lead into private networks, to links, to the
/// host itself, to many hosts, or, mapped, to IPv4, which network policies see as such
/// (<https://www.iana.org/assignments/ipv6-address-space>).
const GLOBAL_IPV6: &str = "2000::/3";

/// Those among them that carry an IPv4 address, also of a private network, to a gateway: Teredo (RFC 4380) and 6to4
/// (RFC 3056). No public host needs them any more (RFC 7526).
const TUNNELS: [&str; 2] = ["2001::/32", "2002::/16"];

/// All addresses but those of metadata.
///
/// NAT64 can also have a prefix of the operator's choice (RFC 6052), such as one of `64:ff9b:1::/48` (RFC 8215):
/// where in it an IPv4 address stands, nobody knows but its operator, and without the whole of it hosts that have no
/// IPv6 would be out of reach.
#[must_use]
pub fn anywhere() -> Vec<Range> {
    let blocks: BTreeSet<_> = METADATA.iter().map(|(_, block)| block).collect();
    let blocks = blocks.into_iter().map(|it| cidr(it));
    let (ipv4, ipv6): (Vec<_>, Vec<_>) = blocks.partition(|it| Cidr::ALL_IPV4.contains(*it));
    let translated = ipv4.iter().filter_map(|it| it.behind_nat64());
    vec![
        Range {
            all: Cidr::ALL_IPV6,
            except: translated.chain(ipv6).collect(),
        },
        Range {
            all: Cidr::ALL_IPV4,
            except: ipv4,
        },
    ]
}

/// The addresses of public hosts, and of those that only have IPv4 also behind NAT64 (RFC 6052), of which the
/// network may have no other way to them. A gateway is not to translate what is not public, and some do.
#[must_use]
pub fn internet() -> Vec<Range> {
    let ipv4 = Range {
        all: Cidr::ALL_IPV4,
        except: NOT_PUBLIC.map(cidr).into(),
    };
    let except = ipv4.except.iter().filter_map(|it| it.behind_nat64());
    let translated = ipv4.all.behind_nat64().map(|all| Range {
        all,
        except: except.collect(),
    });
    let ipv6 = Range {
        all: cidr(GLOBAL_IPV6),
        except: TUNNELS.map(cidr).into(),
    };
    translated.into_iter().chain([ipv4, ipv6]).collect()
}

/// The addresses of metadata, then the same as IPv6 carries those of IPv4.
pub fn metadata() -> impl Iterator<Item = Cidr> {
    let own = METADATA.iter().map(|(address, _)| {
        let address: IpAddr = address.parse().expect("a constant is an address");
        address
    });
    let carried = own.clone().flat_map(in_ipv6);
    own.chain(carried).map(Cidr::from)
}

/// The IPv6 addresses that lead to one of IPv4 on some networks.
fn in_ipv6(address: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V4(address) = address else {
        return Vec::new();
    };
    let bits = u128::from(address.to_bits());
    let (high, low) = (bits >> 16, bits & 0xffff);
    let carried = [
        // NAT64 under its well-known prefix, and under one of a network's own, of 96 or 48 bits (RFC 6052, RFC 8215)
        0x0064_ff9b << 96 | bits,
        0x0064_ff9b_0001 << 80 | bits,
        0x0064_ff9b_0001 << 80 | high << 64 | low << 40,
        // 6to4 (RFC 3056)
        0x2002 << 112 | bits << 80,
        // IPv4 written as IPv6, and the older way to do so (RFC 4291)
        0xffff << 32 | bits,
        bits,
    ];
    carried.map(|it| Ipv6Addr::from_bits(it).into()).into()
}

fn cidr(text: &str) -> Cidr {
    text.parse().expect("a constant is a block of addresses")
}
