//! Credentials that are known by their shape, whatever they are called.

use std::{ops::Range, sync::LazyLock};

use regex_lite::Regex;

use super::{Credential, Naming, name, reference::References, url, value};

struct Pattern {
    /// What it is, for a message.
    what: &'static str,
    /// Parts, one of which is in every text that has it, and is faster to look for.
    parts: Vec<&'static str>,
    regex: Regex,
}

impl Pattern {
    /// The lines of a text that have one of the parts.
    fn lines(&self, text: &str) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        for part in &self.parts {
            let mut end = 0;
            for (at, _) in text.match_indices(part) {
                if at < end {
                    continue;
                }
                let start = text[end..at].rfind('\n').map_or(end, |it| end + it + 1);
                end = text[at..].find('\n').map_or(text.len(), |it| at + it);
                lines.push(start..end);
            }
        }
        lines.sort_by_key(|it| it.start);
        lines.dedup();
        lines
    }

    /// Everything in a part of a text that has the shape.
    fn find(
        &self,
        text: &str,
        part: Range<usize>,
        references: &References,
        found: &mut Vec<Credential>,
    ) {
        let start = part.start;
        for captures in self.regex.captures_iter(&text[part]) {
            let (proof, hash) = (captures.name("proof"), captures.name("hash"));
            let secret = captures.name("secret").or(proof).or(hash);
            let Some(secret) = secret.or_else(|| captures.get(0)) else {
                continue;
            };
            let secret = start + secret.start()..start + secret.end();
            let secret = within_quotes(text, secret, references);
            let written = &text[secret.clone()];
            let name = captures.name("name").map(|it| it.as_str());
            let is_written = match name {
                Some(name) => name::kind(name, Naming::Setting)
                    .is_some_and(|kind| value::is_written(written, kind)),
                None => {
                    hash.is_some()
                        || value::is_literal(written)
                            && (proof.is_none() || value::is_proof(written))
                }
            };
            if is_written {
                let what = name.map(|it| format!("`{it}`"));
                push(found, what.as_deref().unwrap_or(self.what), secret);
            }
        }
    }
}

/// The pairs of neighbours among the letters of a text, by their last six bits: a text without a pair of a word's
/// has no such word, which is one pass for all words.
struct Pairs([u64; 64]);

impl Pairs {
    fn of(text: &str) -> Self {
        let mut pairs = [0; 64];
        for pair in text.as_bytes().windows(2) {
            pairs[usize::from(pair[0] & 63)] |= 1 << (pair[1] & 63);
        }
        Self(pairs)
    }

    /// Whether a text, whose pairs these are, has a word.
    fn are_of(&self, text: &str, word: &str) -> bool {
        let mut pairs = word.as_bytes().windows(2);
        pairs.all(|pair| self.0[usize::from(pair[0] & 63)] & 1 << (pair[1] & 63) != 0)
            && text.contains(word)
    }
}

/// A word of a command line: with quotes, a command in its place, or neither.
const WORD: &str = r#"(?:"[^"\n]*"|'[^'\n]*'|\$\([^)\n]*\)|[^\s"';|&<>()])+"#;

/// Shapes: what they are, their parts with `|` between, and an expression. The group `secret` is what has to stay
/// unseen; without one it is all. A `proof` is one that no sentence could have in its place, and a `hash` has signs of
/// references. The group `name` has to be that of a credential. `WORD` stands for a word of a command line.
type Written = (&'static str, &'static str, &'static str);

/// The shapes that may have several lines.
static ACROSS_LINES: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    compiled(&[
        (
            "a private key",
            "-----BEGIN ",
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\+[nrt]|\\)*(?:[A-Za-z-]+: [^\n\\]*(?:\s|\\+[nrt])+)*(?<secret>[A-Za-z0-9+/=:-]{8}(?:[A-Za-z0-9+/=:,.\s-]|\\+[nrt]|\\)*)",
        ),
        (
            "a private key",
            "Private-Lines: ",
            r"Private-Lines: \d+(?:\s|\\+[nrt])+(?<secret>(?:[A-Za-z0-9+/=]|\s|\\+[nrt])+)",
        ),
        (
            "a password of `.netrc`",
            "login",
            r"\b(?:machine\s+\S+|default)\s+login\s+\S+\s+(?:account\s+\S+\s+)?password\s+(?<secret>\S+)",
        ),
    ])
});

/// The shapes of which only the lines with one of their parts have any.
static WITHIN_LINES: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    compiled(&[
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
        // PKCS#8 and PKCS#1 of RSA, and both of elliptic curves, which certificates do not begin like.
        (
            "a private key in base64",
            "IBADAN|IBAAK",
            r"\bMI[A-Za-z0-9+/]{2,5}IBA(?:DAN|AK[BC])[A-Za-z0-9+/=]{32,}",
        ),
        (
            "a private key in base64",
            "AgEAMBMGByqGSM49|MHcCAQEEI",
            r"\b(?:MI[A-Za-z0-9+/]{2}AgEAMBMGByqGSM49|MHcCAQEEI)[A-Za-z0-9+/=]{32,}",
        ),
        (
            "the hash of a password",
            "$2",
            r"(?<hash>\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53})",
        ),
        (
            "the hash of a password",
            "$apr1$|$1$|$5$|$6$|$y$",
            r"(?<hash>\$(?:apr1|1|5|6|y)\$(?:[a-z0-9]+(?:=[0-9]+)?\$)?[./A-Za-z0-9]{1,32}\$[./A-Za-z0-9]{22,86})",
        ),
        (
            "a password of `.pgpass`",
            ":5432:|:*:",
            r"(?m)^[^:\s#]+:(?:\*|5432):[^:\s]+:[^:\s]+:(?<secret>\S+)$",
        ),
        (
            "the password of a URL",
            "%3A%2F%2F|%3a%2f%2f",
            r#"(?i)%3a%2f%2f[^%\s"'@/]+%3a(?<secret>[^\s"'&@/%]+)%40"#,
        ),
        (
            "the password of a URL",
            "%3A|%3a",
            r#"://[^\s/@"'%:]+%3[Aa](?<secret>[^\s/@"']+)@"#,
        ),
        (
            "the password of a proxy",
            "roxy|ROXY",
            r#"(?:[Pp]roxy|PROXY)["']?\s*[:=]\s*["']?[^\s:/@"'$]+:(?<secret>[^\s/@"']+)@[A-Za-z0-9.-]+:[0-9]{2,5}\b"#,
        ),
        (
            "the signature of a URL",
            "-Signature=",
            r"\bX-(?:Goog|Amz)-Signature=(?<secret>[A-Za-z0-9%+/=_-]{16,})",
        ),
        (
            "the identifier of an AWS access key",
            "AKIA",
            r"\bAKIA[A-Z2-7]{16}\b",
        ),
        (
            "the identifier of an AWS access key",
            "ASIA",
            r"\bASIA[A-Z2-7]{16}\b",
        ),
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
            "the password of a user",
            "-u|--user",
            r#"(?:^|\s)(?:-u|--user)[\s=]+["']?[^\s:"'$/@]+:(?<proof>[^\s"'/@]+)"#,
        ),
        (
            "the password of a user",
            "auth=(|auth = (",
            r#"\bauth ?= ?\(\s*["'][^"'\n]*["'],\s*["'](?<secret>[^"'\n]+)["']"#,
        ),
        (
            "the password of a login",
            "--password-stdin|chpasswd",
            r"\b(?:echo|printf)[ \t]+(?:-[a-z]+[ \t]+|'%s(?:\\n)?'[ \t]+)*(?<secret>WORD)[ \t]*\|[^\n]*(?:--password-stdin|\bchpasswd)\b",
        ),
        (
            "the password of a login",
            "<<<",
            r"(?i)passw(?:or)?d[^\n<]*<<<[ \t]*(?<secret>WORD)",
        ),
        (
            "the password of a database",
            "ASSWORD|assword|DENTIFIED|dentified",
            r#"(?i)\b(?:password|identified(?:\s+with\s+[^\s;]+)?\s+by(?:\s+password)?)\s+["'](?<secret>[^"'\s]+)["']"#,
        ),
        (
            "a setting",
            "assword(|ecret(|oken(|ey(",
            r#"\b(?:set|with)_?(?<name>[A-Za-z_]*(?:[Pp]assword|[Ss]ecret|[Tt]oken|[Kk]ey))\(\s*(?<secret>"[^"\n]*"|'[^'\n]*')\s*\)"#,
        ),
        (
            "a setting",
            "assword(",
            r#"\.(?<name>password)\(\s*(?<secret>"[^"\n]*"|'[^'\n]*')\s*\)"#,
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
            "a key of a provider of models",
            "sk-",
            r"\bsk-(?:[a-z]+[0-9]*-)+[A-Za-z0-9_-]{16,}|\bsk-[A-Za-z0-9]{32,}",
        ),
        ("a token of GitHub", "gh", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
        (
            "a token of GitHub",
            "github_pat_",
            r"\bgithub_pat_[A-Za-z0-9_]{22,}",
        ),
        (
            "a token of GitLab",
            "gl",
            r"\bgl(?:pat|ptt|dt|rt|cbt)-[A-Za-z0-9_-]{20,}",
        ),
        (
            "a token of Slack",
            "xox",
            r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
        ),
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
        (
            "a key of Stripe",
            "_live_",
            r"\b[rs]k_live_[A-Za-z0-9]{16,}\b",
        ),
        ("a key of Google", "AIza", r"\bAIza[A-Za-z0-9_-]{35}"),
        (
            "a client secret of Google",
            "GOCSPX-",
            r"\bGOCSPX-[A-Za-z0-9_-]{20,}",
        ),
        (
            "a key of age",
            "AGE-SECRET-KEY-",
            r"\bAGE-SECRET-KEY-1[A-Z0-9]{20,}",
        ),
        (
            "a JSON Web Token",
            "eyJ",
            r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        ),
        (
            "a webhook of Discord",
            "/api/webhooks/",
            r"discord(?:app)?\.com/api/webhooks/(?<secret>[0-9]+/[A-Za-z0-9_-]{20,})",
        ),
        (
            "a webhook of Teams",
            "webhook.office.com/|logic.azure.com",
            r#"(?:webhook\.office\.com|logic\.azure\.com(?::443)?)/(?<secret>[^\s"'<>]{20,})"#,
        ),
        (
            "a token of Telegram",
            ":AA",
            r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
        ),
        (
            "a key of SendGrid",
            "SG.",
            r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        ),
        ("a key of Twilio", "SK", r"\bSK[0-9a-f]{32}\b"),
        (
            "a token of Grafana",
            "glsa_",
            r"\bglsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b",
        ),
        ("a token of Grafana", "glc_", r"\bglc_[A-Za-z0-9+/]{32,}"),
        (
            "a token of Doppler",
            "dp.",
            r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{20,}",
        ),
        ("a token of SonarQube", "sq", r"\bsq[aup]_[0-9a-f]{40}\b"),
        ("a token of Google", "ya29.", r"\bya29\.[A-Za-z0-9_-]{20,}"),
        (
            "a client secret of Azure",
            "Q~",
            r"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
        ),
        (
            "a token of DigitalOcean",
            "_v1_",
            r"\bdo[opr]_v1_[0-9a-f]{64}\b",
        ),
        (
            "a token of Shopify",
            "shp",
            r"\bshp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}\b",
        ),
        (
            "a token of Atlassian",
            "ATATT3",
            r"\bATATT3[A-Za-z0-9_=-]{20,}",
        ),
        ("a key of New Relic", "NRAK-", r"\bNRAK-[A-Z0-9]{27}\b"),
        (
            "a token of PlanetScale",
            "pscale_",
            r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{30,}",
        ),
        ("a key of Linear", "lin_api_", r"\blin_api_[A-Za-z0-9]{30,}"),
        (
            "a token of a header",
            "earer ",
            r"\b[Bb]earer\s+(?<proof>[A-Za-z0-9._~+/=-]{16,})",
        ),
        (
            "the credential of an HTTP header",
            "uthorization|UTHORIZATION",
            r#"(?i)\bauthorization\\?["']?(?:\s*[:=,]\s*|\s+)\\?["']?(?:bearer|basic|token|apikey|negotiate)\s+(?<proof>[^\s"'\\,]+)"#,
        ),
        (
            "a cookie",
            "ookie",
            r#"(?i)\bcookie\\?["']?(?:\s*[:,]\s*|\s+)\\?["']?[A-Za-z0-9_.-]+=(?<proof>[^\s"'\\;,]{12,})"#,
        ),
    ])
});

fn compiled(shapes: &[Written]) -> Vec<Pattern> {
    let shape = |(what, parts, regex): &Written| Pattern {
        what,
        parts: parts.split('|').collect(),
        regex: Regex::new(&regex.replace("WORD", WORD))
            .expect("the expressions are constants, which every run compiles"),
    };
    shapes.iter().map(shape).collect()
}

/// Everything in a text that has a known shape.
pub(super) fn find(text: &str, references: &References, found: &mut Vec<Credential>) {
    for user in url::users(text, references) {
        if value::is_literal(&text[user.password.clone()]) && !user.is_of_documentation(text) {
            push(found, "the password of a URL", user.secret());
        }
    }
    let pairs = Pairs::of(text);
    let is_there = |it: &&Pattern| it.parts.iter().any(|part| pairs.are_of(text, part));
    for shape in ACROSS_LINES.iter().filter(is_there) {
        shape.find(text, 0..text.len(), references, found);
    }
    for shape in WITHIN_LINES.iter().filter(is_there) {
        for line in shape.lines(text) {
            shape.find(text, line, references, found);
        }
    }
    encoded_keys(text, &pairs, found);
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
fn encoded_keys(text: &str, pairs: &Pairs, found: &mut Vec<Credential>) {
    // `PRIVATE KEY` behind three letters each, and one or two more.
    let parts = ["UFJJVkFURSBLRV", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW"];
    for part in parts.iter().filter(|it| pairs.are_of(text, it)) {
        let mut last = 0;
        for (at, _) in text.match_indices(part) {
            if at < last {
                continue;
            }
            let is_inside = |it: char| it.is_ascii_alphanumeric() || "+/".contains(it);
            let start = last + text[last..at].trim_end_matches(is_inside).len();
            let rest = &text[at..];
            let end = rest.find(|it| !is_inside(it) && it != '=');
            last = at + end.unwrap_or(rest.len());
            push(found, "a private key in base64", start..last);
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
