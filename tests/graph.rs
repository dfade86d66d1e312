//! `kiln graph`: pictures in which nothing lies on anything else, and pages that no name breaks.

use std::{collections::BTreeMap, env, fs, path::Path, process::Command, str::FromStr};

use kiln::{
    compile,
    picture::{Edge, Mark, Node, Picture, Relation, Tone},
    topology::Topology,
};
use regex_lite::Regex;
use tempfile::TempDir;

use crate::support::repository::{files, root};

const NAMES: [&str; 3] = ["dev", "prod", "staging"];

/// The room of a letter, as browsers draw the widest of the fonts that a picture names.
const LETTER: [(&str, f64); 3] = [("name", 7.25), ("kind", 6.05), ("label", 6.05)];

fn kiln(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kiln"));
    let output = command.arg("--root").arg(root()).args(arguments).output();
    let output = output.expect("kiln runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("it is text")
}

/// An area of a picture.
#[derive(Clone, Copy, Debug)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn overlaps(self, other: Self) -> bool {
        let inside = 0.2;
        self.left + inside < other.right
            && other.left + inside < self.right
            && self.top + inside < other.bottom
            && other.top + inside < self.bottom
    }

    fn holds(self, x: f64, y: f64) -> bool {
        let inside = 0.5;
        (self.left + inside..self.right - inside).contains(&x)
            && (self.top + inside..self.bottom - inside).contains(&y)
    }
}

/// The elements of a name and their attributes, with the text that follows the tag.
fn elements<'a>(svg: &'a str, name: &str) -> Vec<(BTreeMap<&'a str, &'a str>, &'a str)> {
    let tag = Regex::new(&format!("<{name} ([^>]*?)/?>([^<]*)")).expect("it is well written");
    let attribute = Regex::new("([a-z-]+)=\"([^\"]*)\"").expect("it is well written");
    let found = tag.captures_iter(svg).map(|it| {
        let [attributes, text] = [1, 2].map(|at| it.get(at).map_or("", |it| it.as_str()));
        let attributes = attribute.captures_iter(attributes);
        let pair = |it: regex_lite::Captures<'a>| {
            let [key, value] = [1, 2].map(|at| it.get(at).map_or("", |it| it.as_str()));
            (key, value)
        };
        (attributes.map(pair).collect(), text)
    });
    found.collect()
}

fn number(attributes: &BTreeMap<&str, &str>, name: &str) -> f64 {
    f64::from_str(attributes[name]).unwrap_or_else(|_| panic!("{name} of {attributes:?}"))
}

fn boxes(svg: &str) -> Vec<Area> {
    let rects = elements(svg, "rect").into_iter();
    let rects = rects.filter(|(it, _)| it.get("class") == Some(&"box"));
    let areas = rects.map(|(it, _)| Area {
        left: number(&it, "x"),
        top: number(&it, "y"),
        right: number(&it, "x") + number(&it, "width"),
        bottom: number(&it, "y") + number(&it, "height"),
    });
    areas.collect()
}

/// The texts of a class, as wide as they can be.
fn texts(svg: &str, class: &str) -> Vec<(Area, String)> {
    let entity = Regex::new("&[#a-z0-9]+;").expect("it is well written");
    let is_of_class = |it: &str| it.split(' ').next() == Some(class);
    let (_, letter) = LETTER
        .into_iter()
        .find(|(it, _)| *it == class)
        .expect("it is known");
    let found = elements(svg, "text").into_iter();
    let found = found.filter(|(it, _)| it.get("class").is_some_and(|it| is_of_class(it)));
    let areas = found.map(|(it, text)| {
        let text = entity.replace_all(text, "?").into_owned();
        let letters = text.chars().map(|it| {
            if it < '\u{500}' || it == '…' {
                1.0
            } else {
                1.6
            }
        });
        let width = letters.sum::<f64>() * letter;
        let (x, y) = (number(&it, "x"), number(&it, "y"));
        let left = if it["class"].ends_with(" left") {
            x - width
        } else {
            x
        };
        (
            Area {
                left,
                top: y - 8.5,
                right: left + width,
                bottom: y + 2.5,
            },
            text,
        )
    });
    areas.collect()
}

/// Points along a path of lines and curves.
fn points(path: &str) -> Vec<(f64, f64)> {
    // A command is one letter; numbers stand behind it and behind each other.
    let mut spaced = String::new();
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            spaced.extend([' ', letter, ' ']);
        } else {
            spaced.push(letter);
        }
    }
    let mut tokens = spaced.split_whitespace();
    let mut at = (0.0, 0.0);
    let mut points = Vec::new();
    while let Some(command) = tokens.next() {
        let mut next = || f64::from_str(tokens.next().expect("it goes on")).expect("a number");
        let ends = match command {
            "M" => {
                at = (next(), next());
                continue;
            }
            "H" => {
                let x = next();
                [at, (x, at.1), (x, at.1)]
            }
            "C" => [(next(), next()), (next(), next()), (next(), next())],
            other => panic!("{other} in {path}"),
        };
        for step in 0..=20 {
            let (t, one) = (f64::from(step) / 20.0, 1.0 - f64::from(step) / 20.0);
            let mix = |a: f64, b: f64, c: f64, d: f64| {
                one.powi(3) * a + 3.0 * one * one * t * b + 3.0 * one * t * t * c + t.powi(3) * d
            };
            let [b, c, d] = ends;
            points.push((mix(at.0, b.0, c.0, d.0), mix(at.1, b.1, c.1, d.1)));
        }
        at = ends[2];
    }
    points
}

/// Fails for a picture in which anything lies on a box, or a text on another, or outside of its box.
fn assert_tidy(svg: &str, what: &str) {
    let boxes = boxes(svg);
    let [width, height] = ["width", "height"].map(|it| number(&elements(svg, "svg")[0].0, it));
    for (at, one) in boxes.iter().enumerate() {
        assert!(
            one.left >= 0.0 && one.top >= 0.0 && one.right <= width && one.bottom <= height,
            "{what}: {one:?} leaves the picture"
        );
        for other in &boxes[at + 1..] {
            assert!(!one.overlaps(*other), "{what}: {one:?} overlaps {other:?}");
        }
    }
    for class in ["name", "kind"] {
        let texts = texts(svg, class);
        assert_eq!(texts.len(), boxes.len(), "{what}");
        for ((area, text), own) in texts.iter().zip(&boxes) {
            assert!(
                area.left >= own.left
                    && area.right <= own.right
                    && area.top >= own.top
                    && area.bottom <= own.bottom,
                "{what}: `{text}` leaves its box: {area:?}, {own:?}"
            );
        }
    }
    let labels = texts(svg, "label");
    for (at, (one, text)) in labels.iter().enumerate() {
        for (other, beside) in &labels[at + 1..] {
            assert!(
                !one.overlaps(*other),
                "{what}: `{text}` overlaps `{beside}`"
            );
        }
        for own in &boxes {
            assert!(!one.overlaps(*own), "{what}: `{text}` lies on {own:?}");
        }
    }
    let curves = elements(svg, "path").into_iter();
    for (curve, _) in curves.filter(|(it, _)| !it.contains_key("class")) {
        for (x, y) in points(curve["d"]) {
            let hit = boxes.iter().find(|it| it.holds(x, y));
            assert!(hit.is_none(), "{what}: {} runs through {hit:?}", curve["d"]);
        }
    }
}

/// Fails for elements that are not closed in their order.
fn assert_well_formed(text: &str, what: &str) {
    const VOID: [&str; 3] = ["meta", "input", "br"];
    let tag = Regex::new("<(/?)([a-zA-Z][a-z0-9]*)([^<>]*?)(/?)>").expect("it is well written");
    let mut open = Vec::new();
    for found in tag.captures_iter(text) {
        let [closes, name, _, is_empty] =
            [1, 2, 3, 4].map(|at| found.get(at).map_or("", |it| it.as_str()));
        match (closes, is_empty) {
            ("/", _) => assert_eq!(open.pop(), Some(name), "{what}: {}", &found[0]),
            (_, "/") => {}
            _ if VOID.contains(&name) => {}
            _ => open.push(name),
        }
    }
    assert!(open.is_empty(), "{what}: {open:?} are not closed");
}

#[test]
fn pictures_of_this_repository_are_tidy() {
    for name in NAMES {
        for show in [
            "references",
            "traffic",
            "access",
            "references,traffic,access",
        ] {
            let svg = kiln(&["graph", name, "--format", "svg", "--show", show]);
            let what = format!("{name}, {show}");
            assert_tidy(&svg, &what);
            assert_well_formed(&svg, &what);
            assert!(boxes(&svg).len() > 10, "{what}: {}", boxes(&svg).len());
            let again = kiln(&["graph", name, "--format", "svg", "--show", show]);
            assert!(svg == again, "{what} differs from run to run");
        }
    }
}

/// A picture of anything, with circles, edges to the node itself and long names.
fn any(random: &mut fastrand::Rng) -> Picture {
    let names = |count: usize, what: &str| (0..count).map(|it| format!("{what} {it}")).collect();
    let (columns, groups) = (random.usize(1..6), random.usize(1..5));
    let count = random.usize(1..40);
    let letters = |random: &mut fastrand::Rng, most: usize| {
        let length = random.usize(0..most);
        let letter = |random: &mut fastrand::Rng| match random.u8(0..20) {
            0 => '漢',
            1 => '\u{202e}',
            2 => '<',
            3 => '&',
            _ => random.lowercase(),
        };
        (0..length).map(|_| letter(random)).collect::<String>()
    };
    let nodes = (0..count).map(|at| Node {
        id: format!("n{at}"),
        label: letters(random, 80),
        kind: letters(random, 60),
        title: letters(random, 90),
        column: random.usize(0..columns),
        group: random.usize(0..groups),
        tone: Tone::Base,
        mark: [Mark::Unchanged, Mark::Added, Mark::Removed, Mark::Changed][random.usize(0..4)],
        link: None,
    });
    let nodes = nodes.collect();
    let edges = (0..random.usize(0..count * 2)).map(|_| Edge {
        from: random.usize(0..count),
        to: random.usize(0..count),
        relation: Relation::ALL[random.usize(0..3)],
        label: letters(random, 30),
        title: letters(random, 90),
        mark: Mark::Unchanged,
    });
    let edges = edges.collect();
    Picture {
        title: letters(random, 20),
        columns: names(columns, "column"),
        groups: names(groups, "group"),
        edges,
        nodes,
    }
}

#[test]
fn pictures_of_anything_are_tidy() {
    let seeds = if env::var_os("KILN_ALL").is_some() {
        1000
    } else {
        60
    };
    for seed in 0..seeds {
        let picture = any(&mut fastrand::Rng::with_seed(seed));
        let svg = picture.document();
        assert_tidy(&svg, &format!("seed {seed}"));
        assert_well_formed(&svg, &format!("seed {seed}"));
        assert!(
            svg == picture.document(),
            "seed {seed} differs from run to run"
        );
        assert!(!svg.contains('\u{202e}'));
    }
}

#[test]
fn what_a_change_does_is_shown_without_colours_too() {
    let mut picture = any(&mut fastrand::Rng::with_seed(1));
    picture.nodes.truncate(4);
    picture.edges.clear();
    for (node, mark) in
        picture
            .nodes
            .iter_mut()
            .zip([Mark::Unchanged, Mark::Added, Mark::Removed, Mark::Changed])
    {
        node.mark = mark;
    }
    let svg = picture.document();
    for sign in ["added", "removed", "changed"] {
        assert!(
            svg.contains(&format!("class=\"node base {sign}\"")),
            "{svg}"
        );
    }
    for sign in ["+", "\u{2212}", "~"] {
        assert!(svg.contains(&format!(">{sign}</text>")), "{svg}");
    }
}

/// What no part of a page or picture may hold as it stands.
const HOSTILE: &str = "</script></style><img src=x onerror=alert(1)>\"'&\u{202e}\u{0}\u{7}<!--";

#[test]
fn hostile_names_stay_texts() {
    let world = files(root(), "environments");
    let mut compilation = compile(&world, "prod");
    for prerequisite in &mut compilation.graph.prerequisites {
        prerequisite.why = HOSTILE.to_owned();
        prerequisite.object.kind += HOSTILE;
    }
    let topology = Topology::of(&compilation);
    let view = topology.whole(&Relation::ALL);
    let picture = topology.picture(&view, &Relation::ALL, HOSTILE.to_owned());
    for svg in [picture.document(), picture.element()] {
        assert_well_formed(&svg, "prod");
        assert!(svg.contains("&lt;img src=x"), "the names are there");
        assert!(!svg.contains("<img") && !svg.contains("<!--"), "{svg}");
        assert!(!svg.contains(|it: char| it.is_control() && it != '\n' || it == '\u{202e}'));
    }
}

#[test]
fn hostile_specs_stay_texts() {
    let repository = TempDir::new().expect("a folder can be made");
    let in_quotes = |text: &str| {
        let escaped = text.chars().map(|it| format!("\\u{:04x}", u32::from(it)));
        format!("\"{}\"", escaped.collect::<String>())
    };
    let put = |path: &str, text: &str| {
        let path = repository.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    };
    let hostile = in_quotes(HOSTILE);
    put(
        "environments/test.toml",
        &format!(
            "[cluster]\nname = 'test'\nkubernetes = '1.34'\n\
             api-server = {{ endpoints = ['192.0.2.10:6443'] }}\n\
             [delivery]\nengine = 'argo-cd'\nrepository = 'https://git.example.com/data/platform.git'\n\
             [namespaces.jobs]\n\
             [prerequisites.fast]\nobjects = ['StorageClass/fast']\nprovided-by = {hostile}\n\
             [extra.roles]\npath = 'roles.yaml'\n"
        ),
    );
    put(
        "environments/roles.yaml",
        &format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: anything, namespace: jobs}}\n\
             rules: [{{apiGroups: [''], resources: [pods], resourceNames: [{hostile}], verbs: [get, {hostile}]}}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: anybody, namespace: jobs}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: anything}}\n\
             subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {hostile}}}]\n"
        ),
    );
    for format in ["html", "svg", "mermaid", "dot", "text"] {
        let output = Command::new(env!("CARGO_BIN_EXE_kiln"))
            .args([
                "graph",
                "test",
                "--show",
                "references,access",
                "--format",
                format,
            ])
            .current_dir(repository.path())
            .output()
            .expect("kiln runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let text = String::from_utf8(output.stdout).expect("it is text");
        assert!(text.contains("onerror"), "{format} quotes nothing:\n{text}");
        assert!(!text.contains(|it: char| it.is_control() && it != '\n' || it == '\u{202e}'));
        if ["html", "svg"].contains(&format) {
            assert!(
                !text.contains("<img") && !text.contains("<!--"),
                "{format}:\n{text}"
            );
            assert_eq!(
                text.matches("</script>").count(),
                usize::from(format == "html")
            );
        }
    }
}

#[test]
fn a_page_stands_alone() {
    for name in NAMES {
        let page = kiln(&["graph", name, "--format", "html"]);
        let script = Regex::new("(?s)<script>.*</script>").expect("it is well written");
        let style = Regex::new("(?s)<style>.*?</style>").expect("it is well written");
        assert_well_formed(&style.replace_all(&script.replace(&page, ""), ""), name);
        // Nothing from elsewhere, and nothing that the policy would keep from running.
        for load in [
            "src=",
            "url(",
            "@import",
            "http-equiv=\"refresh",
            "style=",
            "onclick",
            "innerHTML",
        ] {
            assert!(!page.contains(load), "{name} has {load}");
        }
        let links = Regex::new("href=\"([^\"]*)\"").expect("it is well written");
        let ids = Regex::new(" id=\"([^\"]*)\"").expect("it is well written");
        let mut known: Vec<_> = ids
            .captures_iter(&page)
            .map(|it| it[1].to_owned())
            .collect();
        for link in links.captures_iter(&page) {
            let target = link[1]
                .strip_prefix('#')
                .unwrap_or_else(|| panic!("{}", &link[0]));
            assert!(
                known.iter().any(|it| it == target),
                "{name}: {target} is not there"
            );
        }
        known.sort();
        let count = known.len();
        known.dedup();
        assert_eq!(known.len(), count, "{name}: an id is there twice");
        for section in ["references", "traffic", "access", "facts"] {
            assert!(
                page.contains(&format!("id=\"{section}\"")),
                "{name} lacks {section}"
            );
        }
        let policy = "default-src 'none'; style-src 'sha256-";
        assert!(page.contains(policy) && !page.contains("unsafe"), "{name}");
    }
}

/// Where an executor of one server stands, its neighbours stand, and no other server.
#[test]
fn a_part_is_what_was_asked_for_and_its_neighbours() {
    let all = ["--show", "references,traffic,access"];
    for format in ["text", "mermaid", "dot", "svg", "html"] {
        let of = |more: &[&str]| {
            let asked = [&["graph", "prod", "--format", format], &all[..], more].concat();
            kiln(&asked)
        };
        let whole = of(&[]);
        let part = of(&["--component", "connect.reporting"]);
        let object = of(&[
            "--object",
            "Deployment/jupyterhub-users/spark-connect-reporting",
        ]);
        for (text, name, is_there) in [
            (&whole, "spark-connect-analytics", true),
            (&whole, "spark-connect-reporting", true),
            (&part, "spark-connect-analytics", false),
            (&part, "Role/jupyterhub-users/spark-connect-reporting", true),
            (&part, "DNS", true),
            (&object, "spark-connect-analytics", false),
            (
                &object,
                "Role/jupyterhub-users/spark-connect-reporting",
                false,
            ),
            (
                &object,
                "ServiceAccount/jupyterhub-users/spark-connect-reporting",
                true,
            ),
        ] {
            assert_eq!(text.contains(name), is_there, "{format}: {name} in\n{text}");
        }
    }
}

/// The pictures that the documentation shows.
#[test]
fn the_documentation_shows_this_repository() {
    for (file, arguments) in [
        ("staging-references.svg", ["staging", "references"]),
        ("prod-traffic.svg", ["prod", "traffic"]),
        ("prod-access.svg", ["prod", "access"]),
    ] {
        let [name, show] = arguments;
        let svg = kiln(&["graph", name, "--format", "svg", "--show", show]);
        let path = Path::new(root()).join("docs/graph").join(file);
        if env::var_os("KILN_BLESS").is_some() {
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
            fs::write(&path, &svg).expect("it can be written");
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == svg,
            "docs/graph/{file} is stale; run `make generate`"
        );
    }
}
