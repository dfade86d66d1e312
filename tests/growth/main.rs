//! Cost grows with the input as that of sorting does, and no faster. The work that kiln does is counted for an
//! input of N, 2N and 4N parts, in instructions, which no load of the machine changes; and inputs of which the
//! memory matters are judged under a limit.
//!
//! Needs `valgrind`, and measures a release build, because that is what people run: `make growth`.

mod kinds;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    thread,
};

use kinds::{ALL, Files, Kind, LARGE, Large};
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

/// How much more the second doubling of an input may cost than the first: 2 is linear, about 2.2 is N log N, and
/// 4 is quadratic.
const STEEPEST: f64 = 2.5;

fn main() {
    let arguments = Arguments::from_args();
    let growing = ALL
        .iter()
        .map(|kind| Trial::test(kind.name, || grows_like_sorting(kind)));
    let large = LARGE
        .iter()
        .map(|large| Trial::test(large.name, || fits_into_memory(large)));
    let all = growing.chain(large).map(|it| it.with_ignored_flag(true));
    // It builds kiln once more, for which continuous integration has no time.
    let all = all.filter(|_| env::var_os("KILN_ALL").is_some());
    libtest_mimic::run(&arguments, all.collect()).exit();
}

fn grows_like_sorting(kind: &Kind) -> Result<(), Failed> {
    let [once, twice, four_times] = thread::scope(|scope| {
        let sizes = [1, 2, 4].map(|times| kind.count * times);
        let running = sizes.map(|size| scope.spawn(move || work(kind, size)));
        running.map(|it| it.join().expect("it is counted"))
    });
    let ratio = (four_times - twice) / (twice - once);
    println!(
        "{:40} N = {:5} {once:9.2} {twice:9.2} {four_times:9.2} million  {ratio:.2}",
        kind.name, kind.count
    );
    if ratio > STEEPEST {
        return Err(format!("the second doubling costs {ratio:.2} times the first").into());
    }
    Ok(())
}

/// The instructions that kiln takes for an input, in millions.
fn work(kind: &Kind, size: usize) -> f64 {
    let folder = written(&(kind.files)(size));
    let counted = folder.path().join("counted");
    let run = Command::new("valgrind")
        .args([
            "--tool=cachegrind",
            "--cache-sim=no",
            "--cachegrind-out-file=/dev/null",
        ])
        .arg("--log-file=counted")
        .arg(kiln())
        .args(kind.command)
        .current_dir(folder.path())
        .output()
        .expect("valgrind runs");
    let status = run.status.code().expect("kiln is not killed");
    assert!(status < 2, "{}", String::from_utf8_lossy(&run.stderr));
    let counted = fs::read_to_string(counted).expect("valgrind writes what it counted");
    let line = counted.lines().find_map(|it| it.split_once("refs:"));
    let (_, count) = line.expect("valgrind counts instructions");
    let count: f64 = count.trim().replace(',', "").parse().expect("a number");
    count / 1e6
}

/// kiln has as much memory as an input may take.
fn fits_into_memory(large: &Large) -> Result<(), Failed> {
    let folder = written(&(large.files)());
    let limited = format!("ulimit -v {} && exec \"$0\" \"$@\"", large.kibibytes);
    let run = Command::new("sh")
        .args(["-c", &limited])
        .arg(kiln())
        .args(["lint", "manifests"])
        .current_dir(folder.path())
        .output()
        .expect("a shell runs");
    match run.status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(String::from_utf8_lossy(&run.stderr).into_owned().into()),
    }
}

fn kiln() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--release"])
            .current_dir(root)
            .status()
            .expect("cargo runs");
        assert!(built.success(), "kiln is built");
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
        target.join("release/kiln")
    })
}

fn written(files: &Files) -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
    folder
}
