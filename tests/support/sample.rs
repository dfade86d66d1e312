//! How much of a long test is run.

use std::env;

/// One in how many cases a test takes that would go on for many minutes with all of them: `KILN_ALL` is for
/// those who have changed what it is about.
pub fn one_in(cases: usize) -> usize {
    if env::var_os("KILN_ALL").is_some() {
        1
    } else {
        cases
    }
}
