//! Any text as `spark-defaults.conf`.

#![no_main]

use kiln::{
    document::{Node, Origins, Sourced},
    spark::conf::{Conf, are_properties, read},
};
use libfuzzer_sys::fuzz_target;

/// Of two lines with one key Java takes the last, and so does a map.
fn conf(text: &Node) -> Conf {
    let properties = read(text).into_iter();
    properties
        .map(|(key, value, origins)| (key, Sourced::new(value, origins)))
        .collect()
}

fuzz_target!(|text: &str| {
    let text = Node::new(text.to_owned(), Origins::none());
    let _ = are_properties(&text);
    let conf_of_text = conf(&text);
    let written = conf_of_text.to_properties();
    assert_eq!(written.lines.len(), conf_of_text.iter().count());
    let again = conf(&written);
    assert!(
        again.iter().eq(conf_of_text.iter()),
        "{conf_of_text:?} became {again:?}"
    );
});
