//! Traffic between the pods of Spark: drivers, executors, masters and workers.

use std::ops::RangeInclusive;

use super::{End, Platform, Traffic};
use crate::{
    platform::{Mode, Program, Property, Role},
    ports,
};

/// The ports out of which Linux takes a random one (`net.ipv4.ip_local_port_range`).
const RANDOM: RangeInclusive<u16> = 32768..=60999;

impl Platform<'_> {
    /// From executors to their driver.
    pub(super) fn to_driver<'p>(&'p self, program: &'p Program<'p>) -> Vec<Traffic<'p>> {
        let Some(driver) = program.driver_pod() else {
            return Vec::new();
        };
        let rpc = program.driver_port(&["spark.driver.port"], ports::DRIVER);
        let blocks = program.driver_port(
            &["spark.driver.blockManager.port", "spark.blockManager.port"],
            ports::BLOCK_MANAGER,
        );
        let mut ports: Vec<_> = [rpc, blocks].into_iter().flatten().collect();
        ports.dedup();
        let executors = self.executors(program).into_iter();
        let traffic = executors.map(|it| Traffic::tcp(&it, driver.clone(), ports.clone()));
        traffic.collect()
    }

    /// To the block managers of executors.
    pub(super) fn to_executors<'p>(&'p self, program: &'p Program<'p>) -> Vec<Traffic<'p>> {
        let pinned = program.properties.get("spark.blockManager.port");
        let (Some(driver), Some(ports)) = (program.driver_pod(), pinned.map_or(Some(RANDOM), port))
        else {
            return Vec::new();
        };
        let mut traffic = Vec::new();
        for executors in self.executors(program) {
            for from in [&driver, &executors] {
                let to = executors.clone();
                traffic.push(Traffic::tcp(from, to, vec![ports.clone()]));
            }
        }
        traffic
    }

    /// Between a worker or a driver and its master, which answers by a connection of its own.
    pub(super) fn to_master<'p>(&'p self, program: &'p Program<'p>) -> Vec<Traffic<'p>> {
        let url = master_of(program).and_then(|it| it.split_once(':'));
        let (Some((host, port)), Some(from)) = (url, program.driver_pod()) else {
            return Vec::new();
        };
        let number = |port: &str| port.parse::<u16>().ok();
        let there = number(port).and_then(|port| self.to_host(&from, host, port));
        let own_port = match program.role {
            Role::Worker => program.variable("SPARK_WORKER_PORT"),
            _ => None,
        };
        let own_port = own_port.and_then(|it| it.str_at(["value"]));
        let own_port = own_port.or_else(|| program.properties.value("spark.driver.port"));
        let back = there.as_ref().zip(own_port.and_then(number));
        let back = back.map(|(there, port)| Traffic::tcp(&there.to, from, vec![port..=port]));
        back.into_iter().chain(there).collect()
    }

    /// The pods in which a driver's executors run: pods of their own, or those of a standalone cluster's
    /// workers.
    pub(in crate::platform) fn executors<'p>(&'p self, program: &'p Program<'p>) -> Vec<End<'p>> {
        if program.mode() != Some(Mode::Standalone) || !program.is_complete {
            return program.executor_pod().into_iter().collect();
        }
        let is_worker = |it: &&Program<'_>| {
            it.role == Role::Worker
                && it.namespace() == program.namespace()
                && master_of(it) == master_of(program)
        };
        let workers = self.programs().iter().filter(is_worker);
        workers.filter_map(Program::driver_pod).collect()
    }

    /// The pods of a program that read and write data.
    pub(super) fn data_pods<'p>(&'p self, program: &'p Program<'p>) -> Vec<End<'p>> {
        let own = program.driver_pod();
        own.into_iter().chain(self.executors(program)).collect()
    }
}

impl Program<'_> {
    /// A port on which a driver listens: the first of some properties that is set. One that nobody pins
    /// is random, but for drivers that a submission starts (`DriverServiceFeatureStep`).
    fn driver_port(&self, keys: &[&str], of_submission: u16) -> Option<RangeInclusive<u16>> {
        match keys.iter().find_map(|it| self.properties.get(it)) {
            Some(pinned) => port(pinned),
            None if self.mode() == Some(Mode::Cluster) => Some(of_submission..=of_submission),
            None if self.is_of_operator() => None,
            None => Some(RANDOM),
        }
    }
}

/// The master of a standalone cluster, as `HOST:PORT`, that a driver or worker registers with.
fn master_of<'p>(program: &'p Program<'_>) -> Option<&'p str> {
    let words = program.arguments.words().map(|(word, _)| word);
    let property = program.properties.value("spark.master");
    let mut all = property.into_iter().chain(words);
    all.find_map(|it| it.strip_prefix("spark://"))
}

/// The number of a property; 0 is random. None when it is filled in later.
fn port(property: &Property<'_>) -> Option<RangeInclusive<u16>> {
    match property.value.trim().parse().ok()? {
        0 => Some(RANDOM),
        number => Some(number..=number),
    }
}
