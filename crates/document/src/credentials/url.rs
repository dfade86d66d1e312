//! What stands before the host of a URL.

use std::ops::Range;

use super::reference::References;

/// The user information of a URL.
pub(super) struct User {
    /// Where its user begins.
    start: usize,
    /// The password.
    pub(super) password: Range<usize>,
    /// Whether the user is a credential as well, as the identifier of a key of S3 is.
    is_pair_of_keys: bool,
}

impl User {
    /// Whether it is the one that documentation writes, such as `user:password`.
    pub(super) fn is_of_documentation(&self, text: &str) -> bool {
        let written = text[self.start..self.password.end].to_ascii_lowercase();
        written.split_once(':').is_some_and(|(user, password)| {
            ["user", "username"].contains(&user) && ["pass", "password"].contains(&password)
        })
    }

    /// What has to stay unseen.
    pub(super) fn secret(&self) -> Range<usize> {
        let start = if self.is_pair_of_keys {
            self.start
        } else {
            self.password.start
        };
        start..self.password.end
    }
}

/// The users with passwords of all URLs of a text, each of which ends before the next one.
pub(super) fn users(text: &str, references: &References) -> Vec<User> {
    let is_of_scheme = |it: char| it.is_ascii_alphanumeric() || "+.-".contains(it);
    // A URL may leave out its scheme.
    let starts = text.match_indices("//").filter_map(|(at, sign)| {
        let before = &text[..at];
        let of_scheme = before.strip_suffix(':');
        let is_first = before.is_empty() || before.ends_with(['=', ' ', '"', '\'']);
        (is_first || of_scheme.is_some_and(|it| it.ends_with(is_of_scheme)))
            .then_some((of_scheme.map_or(at, str::len), at + sign.len()))
    });
    let mut starts = starts.peekable();
    let mut found: Vec<_> = of_authority(text).into_iter().collect();
    while let Some((at, start)) = starts.next() {
        let end = starts.peek().map_or(text.len(), |(next, _)| *next);
        if let Some(password) = password(&text[..end], start, references) {
            let before = &text[..at];
            let scheme = &before[before.trim_end_matches(is_of_scheme).len()..];
            found.push(User {
                start,
                password,
                is_pair_of_keys: scheme.starts_with("s3"),
            });
        }
    }
    found
}

/// The user of a text that is an authority alone, as settings of proxies have it: `user:password@host:3128`.
fn of_authority(text: &str) -> Option<User> {
    let is_short = text.len() < 200;
    let (before, host) = text.rsplit_once('@').filter(|_| is_short)?;
    let (user, password) = before.split_once(':')?;
    let (_, port) = host.split_once(':')?;
    let is_port = (2..=5).contains(&port.len()) && port.bytes().all(|it| it.is_ascii_digit());
    let is_plain = !text.contains(|it: char| it.is_whitespace() || "/\"'".contains(it));
    (is_port && is_plain && !user.is_empty() && !password.is_empty()).then(|| User {
        start: 0,
        password: user.len() + 1..before.len(),
        is_pair_of_keys: false,
    })
}

/// The password of what begins with an authority. People write slashes into it, which no reader of URLs takes; what
/// could be a port before one is not a password.
fn password(text: &str, start: usize, references: &References) -> Option<Range<usize>> {
    let ends = |it: char| it.is_whitespace() || "\"'<>@".contains(it);
    let colon = outside(text, start, references, |it| {
        ends(it) || ":;/?#".contains(it)
    })?;
    // An IPv6 address has brackets.
    if !text[colon..].starts_with(':') || text[start..].starts_with('[') {
        return None;
    }
    let first = colon + 1;
    let mut end = outside(text, first, references, ends)?;
    let first_part = text[first..end].split(['/', '?', '#', ',', ';']).next()?;
    let is_port = first_part.len() < end - first
        && (first_part.starts_with('$') || first_part.bytes().all(|it| it.is_ascii_digit()));
    if !text[end..].starts_with('@') || end == first || is_port {
        return None;
    }
    // A password may have the sign, too.
    while let Some(next) = outside(text, end + 1, references, |it| {
        ends(it) || "/?#,:".contains(it)
    }) && text[next..].starts_with('@')
    {
        end = next;
    }
    Some(first..end)
}

/// Where the next letter of a kind stands that is in no reference.
pub(super) fn outside(
    text: &str,
    start: usize,
    references: &References,
    is_such: impl Fn(char) -> bool,
) -> Option<usize> {
    let mut at = start;
    for reference in references.from(start) {
        if reference.start > at {
            let part = text.get(at..reference.start.min(text.len()))?;
            if let Some(found) = part.find(&is_such) {
                return Some(at + found);
            }
        }
        at = at.max(reference.end);
        if at >= text.len() {
            return None;
        }
    }
    text.get(at..)?.find(&is_such).map(|it| at + it)
}

/// What stands behind the scheme of a URL and its user information: the host, or the bucket, and all that follows.
#[must_use]
pub fn without_user(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let start = url.len() - rest.len();
    if let Some(password) = password(url, start, &References::of(url)) {
        return Some(&url[password.end + 1..]);
    }
    let end = rest.find(['/', '?', '#', ',']).unwrap_or(rest.len());
    let user = rest[..end].rfind('@').map_or(0, |it| it + 1);
    Some(&rest[user..])
}
