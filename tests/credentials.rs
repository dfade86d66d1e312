//! What the detector of credentials says of texts, a table for a person to review: `tests/credentials/planted.yaml`
//! has what must be found and stay unseen, `passing.yaml` what is not a credential. Objects and specs with credentials
//! lie in `tests/lint/credentials` and `tests/cases/credentials-in-every-place`.

use std::time::{Duration, Instant};

use kiln::credentials::{self, Naming, find, masked};
use serde::Deserialize;

/// Texts and settings, by what they are about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// What stands in a file, a script or an argument.
    texts: Vec<(String, Vec<String>)>,
    /// Names with their values, as properties and variables have them.
    settings: Vec<(String, Vec<(String, String)>)>,
}

fn table(text: &str) -> Table {
    serde_yaml::from_str(text).expect("the table is YAML")
}

#[test]
fn what_is_planted_is_found_and_hidden() {
    let table = table(include_str!("credentials/planted.yaml"));
    let mut missed = Vec::new();
    for (about, texts) in &table.texts {
        for text in texts {
            let shown = masked(text, &[]);
            if find(text).is_empty() || shown.contains("hunter2") || shown.len() != text.len() {
                missed.push(format!("{about}: {text}\n    shown as {shown}"));
            }
        }
    }
    for (about, settings) in &table.settings {
        for (name, value) in settings {
            if !credentials::is_credential(name, Naming::Setting, value) {
                missed.push(format!("{about}: {name} = {value}"));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn what_is_no_credential_passes() {
    let table = table(include_str!("credentials/passing.yaml"));
    let mut alarms = Vec::new();
    for (about, texts) in &table.texts {
        for text in texts {
            for found in find(text) {
                let value = &text[found.span];
                alarms.push(format!("{about}: {text}\n    {} is {value}", found.what));
            }
        }
    }
    for (about, settings) in &table.settings {
        for (name, value) in settings {
            if credentials::is_credential(name, Naming::Setting, value) {
                alarms.push(format!("{about}: {name} = {value}"));
            }
        }
    }
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

/// What a scan could start anew at each mark takes a time that no user notices; how it grows is counted by `growth`.
#[test]
fn many_marks_take_no_time() {
    let marks = [
        "password=$(",
        "<name>",
        "{{",
        "${",
        "password=<",
        "password: [\"",
        "password=f(",
        "://a:",
        "--password ",
        "password:\n",
        "\\u0070",
        "? password\n:",
        "(\"password\", \"",
        "sshpass -p ",
        "docker login ",
        "mc alias set ",
        "password=\\\n",
        "%(",
        "<%",
        "$a",
        "machine a login ",
        "<![CDATA[",
        "password='",
        "sk-a-",
        "$(\n",
        "a -> ",
        "//a:",
        "%3A%2F%2Fa%3A",
        "# password=",
        "password=(\n",
        "password=`",
        "echo a | --password-stdin ",
        "echo a | ",
        "password <<< ",
        "-u a:b1 ",
        "setPassword('",
        "auth=('', '",
        "PASSWORD '",
        "a:*:",
        "$6$a$",
        "cookie a=",
        "authorization bearer ",
        "MIIEvQIBADAN",
        "BSSVZBVEUgS0VZ",
        "proxy=a:",
        "$(echo ",
        "\u{430}",
    ];
    for mark in marks {
        let text = mark.repeat((1 << 17) / mark.len());
        let start = Instant::now();
        let found = find(&text).len();
        let taken = start.elapsed();
        println!("{mark:?}: {found} in {taken:?}");
        assert!(taken < Duration::from_secs(5), "{mark:?} takes {taken:?}");
    }
}
