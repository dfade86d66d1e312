//! What the catalogue says of a platform from which one permission is taken: one verb of a role, or one
//! rule of a network policy. The tables are for people to review; `KILN_BLESS=1` writes them.

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use kiln::{
    Compilation, checks,
    diagnostics::Diagnostics,
    document::{Node, Value},
    graph::Graph,
    kubernetes::Object,
    platform::Platform,
    world::Disk,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn every_permission_is_missed_that_spark_needs() {
    let world = Disk::new(Path::new(ROOT)).expect("the repository opens");
    for environment in kiln::spec::environments(&world) {
        let compilation = kiln::compile(&world, &environment);
        let before = codes(&compilation, &compilation.graph);
        assert_eq!(before, BTreeSet::new(), "{environment}");
        let mut table = String::new();
        for (at, member) in compilation.graph.members.iter().enumerate() {
            let identity = member.object.identity();
            let mut lines = String::new();
            let mut is_missed = false;
            for (what, node) in without_one(&member.object) {
                let mut graph = compilation.graph.clone();
                graph.members[at].object = Object::new(node).expect("it still has a name");
                let codes: Vec<_> = codes(&compilation, &graph).into_iter().collect();
                is_missed |= !codes.is_empty();
                let codes = if codes.is_empty() {
                    "-".to_owned()
                } else {
                    codes.join(" ")
                };
                writeln!(lines, "  {what}: {codes}").expect("a String takes it");
            }
            if is_missed {
                writeln!(table, "{identity}\n{lines}").expect("a String takes it");
            } else if !lines.is_empty() {
                writeln!(table, "{identity}: nothing\n").expect("a String takes it");
            }
        }
        let path = Path::new(ROOT).join(format!("tests/removals/{environment}.txt"));
        if std::env::var_os("KILN_BLESS").is_some() {
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("it is ours");
            fs::write(&path, &table).expect("it is ours");
        }
        let expected = fs::read_to_string(&path).expect("the table is there");
        assert!(
            table == expected,
            "{environment}: `make bless` writes\n{table}"
        );
    }
}

/// The codes of what is found about rights and traffic.
fn codes(compilation: &Compilation, graph: &Graph) -> BTreeSet<&'static str> {
    let platform = Platform::of_spec(graph, &compilation.offers, true);
    let (found, _): (Diagnostics, _) = checks::run(&platform);
    let codes = found.iter().map(|it| it.code.number);
    codes
        .filter(|it| matches!(&it[1..3], "08" | "09"))
        .collect()
}

/// An object without each of its permissions, in words.
fn without_one(object: &Object) -> Vec<(String, Node)> {
    let mut all = Vec::new();
    let lists: &[&[&str]] = match object.identity().kind.as_str() {
        "Role" | "ClusterRole" => &[&["rules"]],
        "NetworkPolicy" => &[&["spec", "egress"], &["spec", "ingress"]],
        _ => &[],
    };
    for path in lists {
        for (at, rule) in object
            .node()
            .list_at(path.iter().copied())
            .iter()
            .enumerate()
        {
            if path == &["rules"] {
                for (position, verb) in rule.list_at(["verbs"]).iter().enumerate() {
                    let mut node = object.node().clone();
                    let rule = item(inside(&mut node, path), at);
                    remove(inside(rule, &["verbs"]), position);
                    all.push((format!("{} {}", text(rule, "resources"), words(verb)), node));
                }
            } else {
                let mut node = object.node().clone();
                remove(inside(&mut node, path), at);
                let ports = rule.list_at(["ports"]).iter();
                let ports: BTreeSet<_> = ports.map(|it| text(it, "port")).collect();
                let ports: Vec<_> = ports.into_iter().collect();
                all.push((format!("{} {}", path[1], ports.join(",")), node));
            }
        }
    }
    all
}

fn inside<'a>(node: &'a mut Node, path: &[&str]) -> &'a mut Node {
    path.iter().fold(node, |node, key| {
        let map = node.as_map_mut().expect("the path was read before");
        map.get_mut(*key).expect("the path was read before")
    })
}

fn item(list: &mut Node, at: usize) -> &mut Node {
    let Value::List(items) = &mut list.value else {
        panic!("a list was read here before");
    };
    &mut items[at]
}

fn remove(list: &mut Node, at: usize) {
    let Value::List(items) = &mut list.value else {
        panic!("a list was read here before");
    };
    items.remove(at);
}

fn text(node: &Node, key: &str) -> String {
    node.get(key).map(words).unwrap_or_default()
}

/// A scalar, or the scalars of a list.
fn words(node: &Node) -> String {
    match node.items() {
        [] => node
            .as_str()
            .map_or_else(|| node.to_json().to_string(), str::to_owned),
        items => items.iter().map(words).collect::<Vec<_>>().join(","),
    }
}
