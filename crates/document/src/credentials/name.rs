//! What names say of their values.

/// Who gives names, which decides what a word in them means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// A property, a variable, an option, or a key of a `ConfigMap`: its last words say what the value is.
    Setting,
    /// A field of an object or of somebody's file, where `secret` and `token` often name the object that
    /// holds one.
    Field,
}

impl Naming {
    /// Who gave a name of which nothing else is known: a name with dots, in capitals or of an option is a setting's.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let is_variable = !name.bytes().any(|it| it.is_ascii_lowercase());
        if is_variable || name.starts_with('-') || name.contains('.') {
            Self::Setting
        } else {
            Self::Field
        }
    }
}

/// How sure a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Where the file of one is.
    Place,
    /// A header that proves who asks.
    Header,
    /// A user and a password in base64, as files for registries have it.
    Pair,
    /// A word that a field more often has for the name of what holds one.
    Name,
    /// A word that stands for many things, such as a token.
    Word,
    /// A key for some purpose, such as an access key, or a token of somebody.
    Key,
    /// A password, whatever it looks like.
    Password,
}

const PASSWORDS: [&str; 4] = ["password", "passwd", "passphrase", "passcode"];
const SHORT_PASSWORDS: [&str; 13] = [
    "pw",
    "psw",
    "pswd",
    "pwd",
    "pass",
    "pgpass",
    "keypass",
    "masterauth",
    "requirepass",
    "storepass",
    "userpass",
    "dbpass",
    "passwords",
];

/// What makes a credential of a key, a secret or a token.
const PURPOSES: [&str; 37] = [
    "access",
    "account",
    "aes",
    "api",
    "app",
    "auth",
    "bearer",
    "bot",
    "client",
    "consumer",
    "cookie",
    "encryption",
    "fernet",
    "github",
    "gitlab",
    "hmac",
    "jwt",
    "licence",
    "license",
    "master",
    "oauth",
    "oauth2",
    "personal",
    "private",
    "provided",
    "refresh",
    "sas",
    "secret",
    "session",
    "shared",
    "signing",
    "slack",
    "ssh",
    "storage",
    "subscription",
    "vault",
    "webhook",
];
const WORDS: [&str; 6] = [
    "secret",
    "token",
    "credential",
    "credentials",
    "creds",
    "jwt",
];

/// What a name ends in that tells about a credential, but holds none.
const ABOUT: [&str; 83] = [
    "algorithm",
    "alias",
    "arn",
    "audience",
    "backend",
    "binding",
    "bits",
    "bytes",
    "cache",
    "claim",
    "class",
    "column",
    "config",
    "count",
    "dir",
    "directory",
    "enable",
    "enabled",
    "endpoint",
    "engine",
    "env",
    "expiration",
    "expiry",
    "factory",
    "field",
    "file",
    "files",
    "format",
    "handler",
    "header",
    "hint",
    "host",
    "id",
    "ids",
    "impl",
    "interval",
    "issuer",
    "kind",
    "label",
    "length",
    "lifetime",
    "location",
    "manager",
    "managers",
    "mapping",
    "mechanism",
    "method",
    "mode",
    "mount",
    "name",
    "names",
    "namespace",
    "owner",
    "path",
    "plugin",
    "policy",
    "port",
    "prefix",
    "prompt",
    "provider",
    "providers",
    "ratio",
    "ref",
    "regex",
    "renewer",
    "resolver",
    "rotation",
    "scope",
    "service",
    "sha",
    "signature",
    "size",
    "source",
    "store",
    "strategy",
    "template",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "validator",
    "version",
];

/// Other words that begin like one of a credential.
const OTHERS: [&str; 5] = [
    "passwordless",
    "secretar",
    "secretion",
    "tokenis",
    "tokeniz",
];

/// What a name ends in that tells how its credential is written.
const FORMS: [&str; 8] = [
    "base",
    "encoded",
    "list",
    "plain",
    "plaintext",
    "string",
    "text",
    "value",
];

/// What a name says of its value; nothing when it is not a credential.
pub(super) fn kind(name: &str, naming: Naming) -> Option<Kind> {
    let name = name.strip_prefix("-D").unwrap_or(name);
    let name = name.trim_start_matches('-');
    let (name, naming, is_property) = match property(name) {
        Property::Reference => return None,
        Property::Variable(name) => (name, naming, false),
        Property::Label(name) => (name, Naming::Field, false),
        Property::Own(name) => (name, naming, naming == Naming::Setting),
        Property::None => (name, naming, false),
    };
    let mut words = words(account(name));
    while words.len() > 1 && words.last().is_some_and(|it| FORMS.contains(&it.as_str())) {
        words.pop();
    }
    let ended = by_last(&words);
    match naming {
        // Python's programs read them with this sign.
        Naming::Field if is_key_of_store(&words) && !name.contains('_') => Some(Kind::Name),
        Naming::Field => ended.map(|kind| if kind == Kind::Word { Kind::Name } else { kind }),
        Naming::Setting => {
            ended.or_else(|| (is_property && is_redacted(&words)).then_some(Kind::Word))
        }
    }
}

/// Whether a text only says that a credential belongs there, such as `tokenValue`.
pub(super) fn is_of_form(text: &str) -> bool {
    let words = words(text);
    let is_form = words.last().is_some_and(|it| FORMS.contains(&it.as_str()));
    is_form && text.bytes().all(|it| !it.is_ascii_digit()) && kind(text, Naming::Field).is_some()
}

/// Whether a part stands in a word. Words are short: preparing a search would take longer than comparing.
fn holds(word: &str, part: &str) -> bool {
    let mut windows = word.as_bytes().windows(part.len());
    windows.any(|it| it == part.as_bytes())
}

/// What Spark would redact (`spark.redaction.regex`), unless the word is part of another, or the name ends in what
/// tells about a credential.
fn is_redacted(words: &[String]) -> bool {
    let parts = ["secret", "password", "token", "accesskey", "credential"];
    let is_such = |word: &String| {
        parts.iter().any(|it| holds(word, it)) && !OTHERS.iter().any(|it| holds(word, it))
    };
    let is_pair = |pair: &[String]| pair[0].ends_with("access") && pair[1].starts_with("key");
    let last = words.last().map_or("", String::as_str);
    (words.iter().any(is_such) || words.windows(2).any(is_pair))
        && !ABOUT.contains(&last)
        && !last.ends_with('s')
}

/// The two keys of stores that speak S3; fields have these names for the keys of a Secret, too.
fn is_key_of_store(words: &[String]) -> bool {
    match words {
        [.., purpose, last] if last == "key" => {
            purpose == "secret" || purpose == "access" && words.len() == 2
        }
        _ => false,
    }
}

fn by_last(words: &[String]) -> Option<Kind> {
    let [before @ .., last] = words else {
        return None;
    };
    if ["file", "path", "location"].contains(&last.as_str()) {
        return (by_last(before) >= Some(Kind::Key)).then_some(Kind::Place);
    }
    if ["authorization", "cookie"].contains(&last.as_str()) {
        return Some(Kind::Header);
    }
    let before = before.last().map_or("", String::as_str);
    let ends = |list: &[&str]| list.iter().any(|it| last.ends_with(it));
    let is_halved = before.starts_with("pass") && PASSWORDS.contains(&&*format!("{before}{last}"));
    if is_halved || ends(&PASSWORDS) || SHORT_PASSWORDS.contains(&last.as_str()) {
        return Some(Kind::Password);
    }
    let is_purpose = PURPOSES.contains(&before);
    if is_purpose && ["key", "keys", "secret", "token"].contains(&last.as_str()) || is_joined(last)
    {
        return Some(Kind::Key);
    }
    if last == "auth" {
        return Some(if before == "redis" {
            Kind::Password
        } else {
            Kind::Pair
        });
    }
    // Names of Secrets.
    if last == "secret" && ["pull", "tls", "existing", "credentials"].contains(&before) {
        return None;
    }
    // In models of language, and where answers have pages.
    if last == "token"
        && [
            "pad", "eos", "bos", "unk", "sep", "cls", "mask", "stop", "next", "input", "output",
            "page",
        ]
        .contains(&before)
    {
        return None;
    }
    (ends(&WORDS[..2]) || WORDS.contains(&last.as_str())).then_some(Kind::Word)
}

/// Whether a word is a key and its purpose, written as one.
fn is_joined(word: &str) -> bool {
    let purpose = word.strip_suffix("key");
    purpose.is_some_and(|it| PURPOSES.iter().any(|purpose| it.ends_with(purpose)))
        || word.ends_with("secretid")
}

/// What the name of a property is made of.
enum Property<'n> {
    /// It is none.
    None,
    /// Its value says where a credential is, or is of no concern.
    Reference,
    /// It sets a label.
    Label(&'n str),
    /// It sets a variable, or something else that has a name of its own.
    Variable(&'n str),
    /// The part that somebody's code gave it.
    Own(&'n str),
}

fn property(name: &str) -> Property<'_> {
    const REFERENCES: [&str; 7] = [
        "spark.redaction.",
        "spark.sql.redaction.",
        "spark.kerberos.renewal.credentials",
        "spark.kubernetes.driver.secrets.",
        "spark.kubernetes.executor.secrets.",
        "spark.kubernetes.driver.secretKeyRef.",
        "spark.kubernetes.executor.secretKeyRef.",
    ];
    const LABELS: [&str; 2] = [
        "spark.kubernetes.driver.label.",
        "spark.kubernetes.executor.label.",
    ];
    const VARIABLES: [&str; 7] = [
        "spark.executorEnv.",
        "spark.kubernetes.driverEnv.",
        "spark.yarn.appMasterEnv.",
        "spark.kubernetes.driver.annotation.",
        "spark.kubernetes.executor.annotation.",
        "spark.kubernetes.driver.service.annotation.",
        "spark.kubernetes.authenticate.",
    ];
    // Who names a bucket or a catalog says nothing of its credentials.
    const OF_USERS: [&str; 5] = [
        "spark.hadoop.fs.s3a.bucket.",
        "fs.s3a.bucket.",
        "spark.sql.catalog.",
        "spark.kafka.clusters.",
        "spark.security.credentials.",
    ];
    if REFERENCES.iter().any(|it| name.starts_with(it))
        // The agent's annotations name paths in Vault.
        || name.contains("vault.hashicorp.com/")
    {
        return Property::Reference;
    }
    if let Some(rest) = LABELS.iter().find_map(|it| name.strip_prefix(it)) {
        return Property::Label(rest);
    }
    if let Some(rest) = VARIABLES.iter().find_map(|it| name.strip_prefix(it)) {
        return Property::Variable(rest);
    }
    if let Some(rest) = OF_USERS.iter().find_map(|it| name.strip_prefix(it)) {
        return Property::Own(rest.split_once('.').map_or("", |(_, rest)| rest));
    }
    if name.starts_with("spark.") {
        // Where applications have their own, which makes no purpose of the word.
        Property::Own(name.strip_prefix("spark.app.").unwrap_or(name))
    } else {
        Property::None
    }
}

/// The name without the host of the account that it is for, as Hadoop's for Azure end in
/// (`fs.azure.account.key.ACCOUNT.dfs.core.windows.net`).
fn account(name: &str) -> &str {
    if !name.contains("fs.azure.") {
        return name;
    }
    let hosts = [".blob.", ".dfs.", ".file.", ".queue.", ".table."];
    let Some(at) = hosts.iter().find_map(|it| name.find(it)) else {
        return name;
    };
    let rest = &name[..at];
    rest.rsplit_once('.').map_or(rest, |(name, _)| name)
}

/// The words of a name in lower case, however it joins them; numbers at their ends only count.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let is_humped = letter.is_ascii_uppercase() && before.is_ascii_lowercase();
        if is_humped || !letter.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_ascii_alphanumeric()) {
            word.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    let digits = |it: char| it.is_ascii_digit();
    let words = words.iter().map(|it| match it.as_str() {
        "oauth2" => it.clone(),
        _ => it.trim_end_matches(digits).to_owned(),
    });
    words.filter(|it| !it.is_empty()).collect()
}
