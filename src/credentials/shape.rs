//! Credentials that are known by their shape, whatever they are called.

use std::{ops::Range, sync::LazyLock};

use regex_lite::Regex;

use super::{Credential, Naming, is_credential, reference::References, url, value};

struct Shape {
    /// What it is, for a message.
    what: &'static str,
    /// A part of every text that has it, which is faster to look for.
    part: &'static str,
    regex: Regex,
}

/// A word of a command line: with quotes, a command in its place, or neither.
const WORD: &str = r#"(?:"[^"\n]*"|'[^'\n]*'|\$\([^)\n]*\)|[^\s"';|&<>()])+"#;

/// The shapes. The group `secret` is what has to stay unseen; without one it is all. The group `name` has to be that
/// of a credential. `WORD` stands for a word of a command line.
static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    [
        (
            "the token of a URL",
            "://",
            r#"https?://(?<secret>[A-Za-z0-9_-]{20,})@"#,
        ),
        (
            "the password of a URL",
            "jdbc:oracle:",
            r#"jdbc:oracle:[a-z]+:[^\s/@"']+/(?<secret>[^\s@"']+)@"#,
        ),
        (
            "a private key",
            "-----BEGIN ",
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\+[nrt]|\\)*(?:[A-Za-z-]+: [^\n\\]*(?:\s|\\+[nrt])+)*(?<secret>[A-Za-z0-9+/=:-]{8}(?:[A-Za-z0-9+/=:,.\s-]|\\+[nrt]|\\)*)",
        ),
        ("the identifier of an AWS access key", "AKIA", r"\bAKIA[A-Z2-7]{16}\b"),
        ("the identifier of an AWS access key", "ASIA", r"\bASIA[A-Z2-7]{16}\b"),
        (
            "the signature of an Azure SAS",
            "sig=",
            r#"\b(?:sv|se|sp|sr|st|spr)=[^\s"']*[&?]sig=(?<secret>[^\s"'&]+)"#,
        ),
        (
            "the signature of an Azure SAS",
            "sig=",
            r#"\bsig=(?<secret>[^\s"'&]+)&(?:sv|se|sp|sr|st|spr|sktid)="#,
        ),
        (
            "the password of a user",
            "curl",
            r#"\bcurl\b[^\n]*\s(?:-u|--user)[\s=]*["']?[^\s:"'$]+:(?<secret>[^\s"']+)"#,
        ),
        (
            "the password of `sshpass`",
            "sshpass",
            r"\bsshpass[ \t](?:[^\n]*[ \t])?-p[ \t]*(?<secret>WORD)",
        ),
        (
            "the password of a login",
            "login",
            r"\b(?:docker|podman|nerdctl|buildah|skopeo|crane|oras|helm|az)[ \t][^\n]*\blogin[ \t](?:[^\n]*[ \t])?-p[ \t=]*(?<secret>WORD)",
        ),
        (
            "the password of a database",
            "mysql",
            r"\bmysql(?:dump|admin)?[ \t](?:[^\n]*[ \t])?-p(?<secret>WORD)",
        ),
        (
            "a password of OpenSSL",
            "pass:",
            r"\s-pass(?:in|out)?[ \t]+pass:(?<secret>WORD)",
        ),
        (
            "the password of Redis",
            "redis-cli",
            r"\bredis-cli[ \t](?:[^\n]*[ \t])?-a[ \t]+(?<secret>WORD)",
        ),
        (
            "the secret key of an alias of `mc`",
            "mc ",
            r"\bmc[ \t]+(?:-\S+[ \t]+)*(?:alias[ \t]+set|config[ \t]+host[ \t]+add)[ \t]+(?:-\S+[ \t]+)*WORD[ \t]+WORD[ \t]+WORD[ \t]+(?<secret>WORD)",
        ),
        (
            "a setting",
            "conf",
            r"\bconfig(?:ure)?[ \t]+set[ \t]+(?<name>[A-Za-z0-9._/:-]+)[ \t=]+(?<secret>WORD)",
        ),
        (
            "a password of `.netrc`",
            "password",
            r"\b(?:machine\s+\S+|default)\s+login\s+\S+\s+(?:account\s+\S+\s+)?password\s+(?<secret>\S+)",
        ),
        (
            "a key of a provider of models",
            "sk-",
            r"\bsk-(?:[a-z]+[0-9]*-)+[A-Za-z0-9_-]{16,}|\bsk-[A-Za-z0-9]{32,}",
        ),
        ("a token of GitHub", "gh", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
        ("a token of GitHub", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{22,}"),
        ("a token of GitLab", "gl", r"\bgl(?:pat|ptt|dt|rt|cbt)-[A-Za-z0-9_-]{20,}"),
        ("a token of Slack", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
        (
            "a webhook of Slack",
            "hooks.slack.com/",
            r"hooks\.slack\.com/(?:services|workflows)/(?<secret>[A-Za-z0-9/_-]{20,})",
        ),
        ("a token of Databricks", "dapi", r"\bdapi[0-9a-f]{32}\b"),
        ("a token of Hugging Face", "hf_", r"\bhf_[A-Za-z0-9]{30,}\b"),
        ("a token of npm", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("a token of PyPI", "pypi-", r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
        ("a token of Vault", "hv", r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}"),
        ("a key of Stripe", "_live_", r"\b[rs]k_live_[A-Za-z0-9]{16,}\b"),
        ("a key of Google", "AIza", r"\bAIza[A-Za-z0-9_-]{35}"),
        ("a client secret of Google", "GOCSPX-", r"\bGOCSPX-[A-Za-z0-9_-]{20,}"),
        ("a key of age", "AGE-SECRET-KEY-", r"\bAGE-SECRET-KEY-1[A-Z0-9]{20,}"),
        (
            "a JSON Web Token",
            "eyJ",
            r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        ),
        (
            "the credential of an HTTP header",
            "uthorization",
            r#"(?i)\bauthorization["']?\s*[:=,]\s*\\?["']?(?:bearer|basic|token|apikey|negotiate)\s+(?<secret>[^\s"'\\,]{4,})"#,
        ),
    ]
    .into_iter()
    .map(|(what, part, regex)| Shape {
        what,
        part,
        regex: Regex::new(&regex.replace("WORD", WORD)).expect("the expressions are constants, which every run compiles"),
    })
    .collect()
});

/// Everything in a text that has a known shape.
pub(super) fn find(text: &str, references: &References, found: &mut Vec<Credential>) {
    for user in url::users(text, references) {
        if value::is_literal(&text[user.password.clone()]) {
            push(found, "the password of a URL", user.secret());
        }
    }
    for shape in SHAPES.iter().filter(|it| text.contains(it.part)) {
        for captures in shape.regex.captures_iter(text) {
            let secret = captures.name("secret").or_else(|| captures.get(0));
            let Some(secret) = secret.map(|it| within_quotes(text, it.range(), references)) else {
                continue;
            };
            let written = &text[secret.clone()];
            match captures.name("name") {
                Some(name) if is_credential(name.as_str(), Naming::Setting, written) => {
                    push(found, &format!("`{}`", name.as_str()), secret);
                }
                None if value::is_literal(written) => push(found, shape.what, secret),
                _ => {}
            }
        }
    }
    encoded_keys(text, found);
}

/// The span without the quotes around it, and with all of a reference that it cuts.
fn within_quotes(text: &str, span: Range<usize>, references: &References) -> Range<usize> {
    let cut = references.from(span.end).first();
    let end = match cut.filter(|it| it.start < span.end) {
        Some(reference) => reference.end,
        None => span.end,
    };
    let written = &text[span.start..end];
    let quote = written.chars().next().filter(|it| "\"'".contains(*it));
    match quote {
        Some(quote) if written.len() > 1 && written.ends_with(quote) => span.start + 1..end - 1,
        _ => span.start..end,
    }
}

/// Private keys in base64, as Secrets and variables often hold them.
fn encoded_keys(text: &str, found: &mut Vec<Credential>) {
    // `-----BEGIN`
    let mut last = 0;
    for (at, _) in text.match_indices("LS0tLS1CRUdJTi") {
        if at < last {
            continue;
        }
        let is_inside = |it: char| it.is_ascii_alphanumeric() || "+/=".contains(it);
        let rest = &text[at..];
        let end = rest.find(|it| !is_inside(it)).unwrap_or(rest.len());
        let first = &rest[..end.min(96)];
        last = at + end;
        if decoded(first).is_some_and(|it| it.contains("PRIVATE KEY")) {
            push(found, "a private key in base64", at..last);
        }
    }
}

fn push(found: &mut Vec<Credential>, what: &str, span: Range<usize>) {
    found.push(Credential {
        what: what.to_owned(),
        span,
    });
}

/// The text that base64 stands for, when it is one.
#[must_use]
pub fn decoded(base64: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(base64.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in base64.bytes().filter(|it| !it.is_ascii_whitespace()) {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("eight bits are a byte"));
        }
    }
    String::from_utf8(bytes).ok()
}
