//! Which name a misspelt one was meant to be.

/// The name among `known` that a misspelt one most likely meant.
pub fn did_you_mean<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let letters = Letters::of(written);
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        // A third of the letters wrong is a slip; more is another word.
        let most = candidate.chars().count().max(3) / 3;
        let most = best.map_or(most, |(distance, _)| distance.min(most));
        if letters.differ(&Letters::of(candidate)) > most {
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

/// What to say of a name that is not among those that are known: which of them is meant, or else something else.
pub fn hint<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    did_you_mean(written, known).map_or_else(otherwise, |meant| format!("did you mean `{meant}`?"))
}

/// How often each letter is in a word; some letters are counted together.
///
/// There are thousands of names to look among, and few share their letters: that is seen at once, and the distance
/// of two words costs far more.
pub struct Letters {
    counts: [u8; 64],
    is_ascii: bool,
}

impl Letters {
    /// Counts them.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let mut counts = [0_u8; 64];
        for letter in word.bytes() {
            let count = &mut counts[usize::from(letter % 64)];
            *count = count.saturating_add(1);
        }
        Self {
            counts,
            is_ascii: word.is_ascii(),
        }
    }

    /// How many letters one of two words has at least that the other lacks: their distance is no smaller.
    #[must_use]
    pub fn differ(&self, other: &Self) -> usize {
        let more = |one: &Self, other: &Self| -> u16 {
            let counts = one.counts.iter().zip(&other.counts);
            counts.map(|(a, b)| u16::from(a.saturating_sub(*b))).sum()
        };
        let most = more(self, other).max(more(other, self)).into();
        // A letter outside of ASCII is up to four bytes.
        if self.is_ascii && other.is_ascii {
            most
        } else {
            most / 4
        }
    }
}

/// Whether a name is another one but for a letter or two, so that nothing else can be meant.
#[must_use]
pub fn is_slip(written: &str, meant: &str) -> bool {
    strsim::damerau_levenshtein(written, meant) <= 2 && meant.chars().count() >= 4
}
