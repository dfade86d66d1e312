//! What kiln compiles, run on a real node: as it is, with nothing replaced.
//!
//! `make conformance` runs this; it needs root, and what a machine may lack, so it is ignored by
//! default, and fails when it cannot run. The parts share one node and run in their order; each finds
//! the platform as the part before has left it.

mod cluster;
#[path = "../support/declared.rs"]
mod declared;
mod lab;
mod platform;
mod policies;
mod rolls;
mod spark;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use libtest_mimic::{Arguments, Failed, Trial};

use self::{cluster::Failure, lab::Lab};

type Part = fn(&mut Lab) -> Result<String, Failure>;

const PARTS: &[(&str, Part)] = &[
    ("everything_applies_and_gets_ready", lab::applies),
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
    ("no_call_is_refused", lab::no_call_is_refused),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // The parts share a node.
    arguments.test_threads = Some(1);
    let lab: Arc<Mutex<Option<Lab>>> = Arc::default();
    let parts = PARTS.iter().map(|&(name, part)| {
        let lab = Arc::clone(&lab);
        let run = move || {
            run(
                name,
                part,
                &mut lab.lock().unwrap_or_else(PoisonError::into_inner),
            )
        };
        Trial::test(name, run).with_ignored_flag(true)
    });
    let conclusion = libtest_mimic::run(&arguments, parts.collect());
    // The node goes before the process does.
    drop(lab.lock().map(|mut it| it.take()));
    conclusion.exit_code()
}

fn run(name: &str, part: Part, lab: &mut Option<Lab>) -> Result<(), Failed> {
    let begin = Instant::now();
    if lab.is_none() {
        *lab = Some(Lab::start()?);
        println!("the node is there after {:.0?}", begin.elapsed());
    }
    let lab = lab.as_mut().ok_or("the node has just been started")?;
    let begin = Instant::now();
    let found = part(lab)?;
    println!("{name}: {found}, in {:.0?}", begin.elapsed());
    Ok(())
}
