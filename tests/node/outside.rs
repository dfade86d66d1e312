//! Hosts that are no nodes of the cluster, such as the API server of a managed one.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::cluster::{Failure, succeeded};

/// Its address, which the lab's spec states as one of the API server's.
pub const ADDRESS: &str = "10.251.0.2";

/// A public one.
pub const PUBLIC: &str = "203.0.113.7";

/// One of a private network.
pub const PRIVATE: &str = "192.168.77.7";

/// A link-local one, as that of a cloud's metadata is. Not that itself: the machine may need it.
pub const LINK_LOCAL: &str = "169.254.77.7";

const NAME: &str = "kiln-outside";

/// A network with a way to the pods; it goes when dropped.
///
/// It is there before any pod: the first network that `ip` names is where it mounts their folder over itself, and
/// what lies below, such as the networks of pods, cannot be removed any more.
pub struct Outside(PathBuf);

impl Outside {
    /// Makes the network.
    pub fn start() -> Result<Self, Failure> {
        // Of a run that was killed.
        let _ = ip(&format!("netns del {NAME}"));
        let outside = Self(Path::new("/run/netns").join(NAME));
        for line in [
            format!("netns add {NAME}"),
            format!("link add {NAME} type veth peer name eth0 netns {NAME}"),
            format!("addr add 10.251.0.1/24 dev {NAME}"),
            format!("link set {NAME} up"),
            format!("-netns {NAME} addr add {ADDRESS}/24 dev eth0"),
            format!("-netns {NAME} link set eth0 up"),
            format!("-netns {NAME} route add default via 10.251.0.1"),
        ] {
            ip(&line)?;
        }
        for address in [PUBLIC, PRIVATE, LINK_LOCAL] {
            ip(&format!("-netns {NAME} addr add {address}/32 dev eth0"))?;
            ip(&format!("route add {address}/32 dev {NAME}"))?;
        }
        Ok(outside)
    }

    /// The network, as a file.
    pub fn network(&self) -> &Path {
        &self.0
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        // The link goes with the network; what is left goes with the next start.
        let _ = ip(&format!("netns delete {NAME}"));
    }
}

fn ip(line: &str) -> Result<String, Failure> {
    let arguments: Vec<_> = line.split(' ').collect();
    let output = Command::new("ip").args(&arguments).output();
    let output = output.map_err(|error| format!("ip: {error}"))?;
    succeeded("ip", &arguments, &output)
}
