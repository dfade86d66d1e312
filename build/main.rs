//! What is read when kiln is built, so that it is constants at run time: the templates, and the pages of
//! the checks. One that is wrong fails the build.

mod pages;
mod templates;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use pages::Fault;

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=build");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let files = files(Path::new("src"));
    for path in files.iter().filter(|it| is_template(it)) {
        let shape = templates::compile(&read(path))
            .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let below = path.strip_prefix("src").expect("it was found below src");
        let mut target = out.join(below).into_os_string();
        target.push(".rs");
        let target = PathBuf::from(target);
        fs::create_dir_all(target.parent().expect("it has a name")).expect("OUT_DIR is writable");
        fs::write(&target, shape).expect("OUT_DIR is writable");
    }
    let mut checks = String::new();
    for path in files.iter().filter(|it| is_page(it)) {
        let stem = path.file_stem().and_then(|it| it.to_str());
        checks += &pages::compile(stem.expect("a page is called as its code is"), &read(path))
            .unwrap_or_else(|Fault { line, why }| panic!("{}:{line}: {why}", path.display()));
    }
    fs::write(out.join("checks.rs"), checks).expect("OUT_DIR is writable");
}

/// Templates are also the manifests without places that lie in folders called `definitions`.
fn is_template(path: &Path) -> bool {
    let is_definition = path.parent().is_some_and(|it| it.ends_with("definitions"));
    has_extension(path, "hbs") || is_definition && has_extension(path, "yaml")
}

fn is_page(path: &Path) -> bool {
    path.starts_with("src/checks") && has_extension(path, "md")
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|it| it == extension)
}

/// All files below a folder, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("src is readable") {
        let path = entry.expect("src is readable").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}
