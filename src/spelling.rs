//! Which name a misspelt one was meant to be.

/// The name among `known` that a misspelt one most likely meant.
pub fn did_you_mean<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        // A third of the letters wrong is a slip; more is another word.
        let most = candidate.chars().count().max(3) / 3;
        let most = best.map_or(most, |(distance, _)| distance.min(most));
        if differing_letters(written, candidate) > most {
            continue;
        }
        let distance = strsim::damerau_levenshtein(written, candidate);
        let is_better = best.is_none_or(|it| (distance, candidate) < it);
        if distance <= most && is_better {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many letters one of two words has more than the other: their distance is no smaller, and costs far more.
/// There are thousands of names to look among, and few share their letters.
pub fn differing_letters(one: &str, other: &str) -> usize {
    let mut left = [0_u32; 256];
    one.bytes().for_each(|it| left[usize::from(it)] += 1);
    let is_shared = |it: &u8| {
        let left = &mut left[usize::from(*it)];
        let is_shared = *left > 0;
        *left -= u32::from(is_shared);
        is_shared
    };
    let shared = other.bytes().filter(is_shared).count();
    let most = one.len().max(other.len()) - shared;
    // A letter outside of ASCII is up to four bytes.
    if one.is_ascii() && other.is_ascii() {
        most
    } else {
        most / 4
    }
}

/// Whether a name is another one but for a letter or two, so that nothing else can be meant.
#[must_use]
pub fn is_slip(written: &str, meant: &str) -> bool {
    strsim::damerau_levenshtein(written, meant) <= 2 && meant.chars().count() >= 4
}
