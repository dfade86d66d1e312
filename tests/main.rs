//! What kiln promises, through the public door: the command, or the library's public functions. A folder of
//! cases (`cases`), the growth of cost (`growth`) and a real node (`node`) have binaries of their own, because
//! each makes its tests from data.

mod architecture;
mod catalogs;
mod catalogue;
mod completions;
mod conformance;
mod credentials;
mod determinism;
mod fault_injection;
mod fault_injection_commands;
mod fault_injection_compile;
mod fix;
mod formats;
mod generated;
mod graph;
mod hostile_trees;
mod inert;
mod jinja;
mod kubernetes;
mod lines;
mod lint;
mod merges;
mod network_policy;
mod operator;
mod origins;
mod out_of_sight;
mod output;
mod patch;
mod pipelines;
mod platform;
mod pods;
mod removals;
mod review;
mod rights;
mod robustness;
mod spark;
mod specs;
mod support;
mod unread;
mod yaml;
mod yaml_readers;
