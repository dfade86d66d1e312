//! What kiln compiles, run on a real node: as it is, with nothing replaced.
//!
//! `make conformance` runs this; it needs root, and what a machine may lack, so it is ignored by
//! default, and fails when it cannot run. The parts share one node and run in their order; each finds
//! the platform as the part before has left it.

mod cluster;
#[path = "../support/declared.rs"]
mod declared;
mod environments;
mod jobs;
mod lab;
mod outside;
mod platform;
mod policies;
mod rolls;
#[path = "../support/sample.rs"]
mod sample;
mod spark;
mod stories;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use libtest_mimic::{Arguments, Failed, Trial};

use self::{
    cluster::Failure,
    environments::{DEV, PROD, STAGING},
    lab::{Environment, LAB, Lab},
};

type Part = fn(&mut Lab) -> Result<String, Failure>;

type Parts = &'static [(&'static str, Part)];

/// What runs on each node, and the parts that share it.
const NODES: &[(Environment, Parts)] = &[
    (
        LAB,
        &[
            (
                "everything_applies_and_gets_ready",
                lab::applies_among_others,
            ),
            ("the_operator_answers", lab::the_operator_answers),
            ("clients_compute_on_every_server", spark::clients_compute),
            ("flows_pass_and_nothing_else_does", policies::flows_pass),
            (
                "what_checks_call_blocked_is_blocked",
                policies::what_checks_call_blocked_is_blocked,
            ),
            (
                "a_killed_server_leaves_nothing",
                spark::a_killed_server_leaves_nothing,
            ),
            (
                "a_restarted_server_computes",
                spark::a_restarted_server_computes,
            ),
            ("the_history_lists_what_ran_and_runs", spark::history_lists),
            ("notebooks_compute", spark::notebooks_compute),
            ("buckets_are_made_again", lab::buckets_are_made_again),
            ("changes_roll_their_pods", rolls::changes_roll_their_pods),
            ("the_operator_runs_jobs", jobs::the_operator_runs_jobs),
            (
                "a_newer_operator_runs_jobs",
                jobs::a_newer_operator_runs_jobs,
            ),
            (
                "what_a_review_says_happens",
                stories::what_a_review_says_happens,
            ),
            ("no_call_is_refused", lab::no_call_is_refused),
        ],
    ),
    (
        DEV,
        &[
            ("everything_runs", environments::runs),
            ("no_call_is_refused", lab::no_call_is_refused),
        ],
    ),
    (
        STAGING,
        &[
            ("everything_runs", environments::runs),
            ("no_call_is_refused", lab::no_call_is_refused),
        ],
    ),
    (
        PROD,
        &[
            ("everything_runs", environments::runs),
            ("notebooks_compute", spark::notebooks_compute),
            ("no_call_is_refused", lab::no_call_is_refused),
        ],
    ),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // The parts share a node.
    arguments.test_threads = Some(1);
    let running: Arc<Mutex<Option<Lab>>> = Arc::default();
    let trials = NODES.iter().flat_map(|&(environment, parts)| {
        let running = Arc::clone(&running);
        parts.iter().map(move |&(name, part)| {
            let running = Arc::clone(&running);
            let name = format!("{}::{name}", environment.name);
            let part = move || {
                let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
                run(part, on_node(environment, &mut running)?)
            };
            Trial::test(name, part).with_ignored_flag(true)
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    // The node goes before the process does.
    drop(running.lock().map(|mut it| it.take()));
    conclusion.exit_code()
}

/// The node of an environment, started in place of another.
fn on_node(environment: Environment, running: &mut Option<Lab>) -> Result<&mut Lab, Failure> {
    // One runs at a time.
    drop(running.take_if(|it| it.environment.name != environment.name));
    match running {
        Some(lab) => Ok(lab),
        None => Ok(running.insert(Lab::start(environment)?)),
    }
}

fn run(part: Part, lab: &mut Lab) -> Result<(), Failed> {
    let begin = Instant::now();
    // At once: the others take their time.
    let found = part(lab).inspect_err(|error| println!("{error}"))?;
    println!("{found}, in {:.0?}", begin.elapsed());
    Ok(())
}
