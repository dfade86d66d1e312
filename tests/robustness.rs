//! Whatever bytes kiln is given, it compiles them or says what is wrong; it never panics.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use kiln::{compile, diagnostics::Text, files::files as compiled, lint::lint};

use crate::support::repository::{files, root};

type World = BTreeMap<String, Vec<u8>>;

/// Compiles `prod` to the last byte, or draws every message.
fn run(world: &World) -> bool {
    let mut compilation = compile(world, "prod");
    if !compilation.diagnostics.has_errors()
        && let Err(errors) = compiled(&compilation)
    {
        compilation.diagnostics.append(errors);
    }
    let text = Text { colour: false }.render(&compilation.diagnostics, &compilation.sources);
    !text.is_empty()
}

/// Pieces that mean something to one of the stages.
const PIECES: [&str; 24] = [
    "\n",
    "\"",
    "'''",
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    "#",
    "\\",
    "\0",
    "é",
    "\u{e000}0\u{e001}",
    "-1",
    "99999999999999999999",
    "nan",
    "1979-05-27",
    "${env:X}",
    "{{ x }}",
    "N/A",
    "\r",
    "*",
    "../",
];

/// Texts and numbers that are legal where they stand, and odd.
const VALUES: [&str; 16] = [
    "",
    " ",
    "0",
    "1",
    "-1",
    "18446744073709551615",
    "9007199254740993Pi",
    "1e400",
    "0.0001Ki",
    "é",
    "a/b",
    "https://[::1]:0",
    "255.255.255.255:65535",
    "*",
    "a:b:c",
    "2.4.0",
];

/// Numbers that are written out of range, or lead out of it.
const NUMBERS: [&str; 8] = [
    "0",
    "-5Gi",
    "10E",
    "9223372036854775807",
    "9223372036854775807m",
    "99999999999999999999",
    "999999999999t",
    "1e400",
];

/// One change of a text: a cut, a flipped byte, a piece put in, a line twice, two lines swapped, another
/// value in quotes, or another number.
fn mutate(text: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = text.to_vec();
    let at = random.usize(..bytes.len());
    match random.u8(..11) {
        0 => bytes.truncate(at),
        1 => bytes[at] = random.u8(..),
        2 => {
            let end = (at + random.usize(1..40)).min(bytes.len());
            bytes.drain(at..end);
        }
        3 => {
            let piece = PIECES[random.usize(..PIECES.len())];
            bytes.splice(at..at, piece.bytes());
        }
        6..9 => {
            // Between an odd quote and the next stands a text.
            let mut parts: Vec<Vec<u8>> = bytes.split(|it| *it == b'"').map(Vec::from).collect();
            let one = random.usize(..parts.len()) | 1;
            let other = random.usize(..parts.len()) | 1;
            if parts.len() > one.max(other) {
                parts[one] = if random.bool() {
                    parts[other].clone()
                } else {
                    VALUES[random.usize(..VALUES.len())].into()
                };
            }
            bytes = parts.join(&b'"');
        }
        9.. => {
            let is_digit = |it: &u8| it.is_ascii_digit();
            if let Some(start) = bytes[at..].iter().position(is_digit) {
                let length = bytes[at + start..]
                    .iter()
                    .take_while(|it| is_digit(it))
                    .count();
                let number = NUMBERS[random.usize(..NUMBERS.len())];
                bytes.splice(at + start..at + start + length, number.bytes());
            }
        }
        choice => {
            let mut lines: Vec<Vec<u8>> = bytes.split(|it| *it == b'\n').map(Vec::from).collect();
            let (one, other) = (random.usize(..lines.len()), random.usize(..lines.len()));
            if choice == 4 {
                lines.swap(one, other);
            } else {
                lines.insert(one, lines[other].clone());
            }
            bytes = lines.join(&b'\n');
        }
    }
    bytes
}

/// Compiles mutations of one file; fails with the text of the first that made kiln panic.
fn survives(path: &str, times: u32, seed: u64) {
    let world = files(root(), "environments");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut complaints = 0;
    for _ in 0..times {
        let mut mutated = world.clone();
        let mut text = world[path].clone();
        for _ in 0..random.u8(1..4) {
            if !text.is_empty() {
                text = mutate(&text, &mut random);
            }
        }
        mutated.insert(path.to_owned(), text.clone());
        let survived = catch_unwind(AssertUnwindSafe(|| run(&mutated)));
        let Ok(complained) = survived else {
            panic!("kiln panics on {path}:\n{}", String::from_utf8_lossy(&text));
        };
        complaints += u32::from(complained);
    }
    // Mutations that change nothing would prove nothing.
    assert!(complaints > times / 2, "{complaints} of {times}");
}

#[test]
fn nothing_to_lint_makes_kiln_panic() {
    let texts = files(root(), "tests/lint");
    let mut random = fastrand::Rng::with_seed(4);
    let mut judged = 0;
    let manifests = texts.iter().filter(|(path, _)| !path.ends_with("expected"));
    for (path, text) in manifests {
        for _ in 0..80 {
            let mut text = text.clone();
            for _ in 0..random.u8(1..6) {
                if !text.is_empty() {
                    text = mutate(&text, &mut random);
                }
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            let linted = catch_unwind(|| lint([(path.clone(), text.clone())]));
            let Ok(linted) = linted else {
                panic!("kiln panics on {path}:\n{text}");
            };
            judged += linted.objects;
        }
    }
    // Texts that nothing can be read from would prove nothing.
    assert!(judged > 1000, "{judged}");
}

#[test]
fn no_spec_makes_kiln_panic() {
    survives("environments/prod.toml", 2000, 1);
}

#[test]
fn no_base_makes_kiln_panic() {
    survives("environments/_base.toml", 500, 2);
}

#[test]
fn no_manifest_makes_kiln_panic() {
    survives("environments/extra/disruption-budgets.yaml", 300, 3);
}
