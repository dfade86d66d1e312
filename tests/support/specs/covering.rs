//! A covering array: few rows in which any two levels of any two factors meet, unless a rule forbids it.
//!
//! Greedy, as in Czerwonka, "Pairwise Testing in Real World" (2006): each row begins with a pair that no
//! row has, and every other factor takes the level that meets most such pairs. The same seed gives the
//! same rows.

use fastrand::Rng;

/// A set of levels of one factor, a bit each.
pub type Levels = u64;

/// The levels that each factor may still take.
type Domains = Vec<Levels>;

/// A level for each factor.
pub type Row = Vec<usize>;

/// Factors by their number of levels, and what may not be together.
pub struct Model {
    /// How many levels each factor has.
    pub sizes: Vec<usize>,
    /// Of each of these, at least one has to hold: a factor takes one of some levels.
    pub clauses: Vec<Vec<(usize, Levels)>>,
}

/// The rows, and the pairs in them.
pub struct Covering {
    /// The rows.
    pub rows: Vec<Row>,
    /// How many pairs of levels are in a row.
    pub covered: usize,
    /// How many pairs the rules keep from being in any.
    pub excluded: usize,
}

impl Model {
    /// Rows in which every pair of levels is, and more until there are `least`.
    pub fn cover(&self, least: usize, rng: &mut Rng) -> Covering {
        let by_factor = self.clauses_by_factor();
        let mut free: Domains = self.sizes.iter().map(|size| (1 << size) - 1).collect();
        let all: Vec<_> = (0..self.sizes.len()).collect();
        assert!(
            self.propagate(&mut free, all, &by_factor),
            "the rules leave no row"
        );
        let mut pairs = Pairs::new(&self.sizes);
        let mut pending = Pairs::all(&self.sizes);
        rng.shuffle(&mut pending);
        let mut covering = Covering {
            rows: Vec::new(),
            covered: 0,
            excluded: 0,
        };
        let total = pending.len();
        for pair in pending {
            if pairs.times(pair) > 0 {
                continue;
            }
            match self.row(&free, &pair, &pairs, &by_factor, rng) {
                Some(row) => {
                    pairs.count(&row);
                    covering.rows.push(row);
                }
                None => covering.excluded += 1,
            }
        }
        covering.covered = total - covering.excluded;
        while covering.rows.len() < least {
            let row = self.row(&free, &[], &pairs, &by_factor, rng);
            let row = row.expect("the rules leave rows");
            pairs.count(&row);
            covering.rows.push(row);
        }
        covering
    }

    /// A row that differs from another in one factor, and in what the rules make of that.
    pub fn neighbour(&self, row: &Row, factor: usize, level: usize, rng: &mut Rng) -> Option<Row> {
        let by_factor = self.clauses_by_factor();
        let mut domains: Domains = self.sizes.iter().map(|size| (1 << size) - 1).collect();
        domains[factor] = 1 << level;
        let mut order: Vec<_> = (0..self.sizes.len()).collect();
        rng.shuffle(&mut order);
        let all = order.clone();
        let fits = self.propagate(&mut domains, all, &by_factor);
        let prefer = |factor: usize, _: &Domains| vec![row[factor]];
        (fits && self.complete(&mut domains, &order, &by_factor, &prefer))
            .then(|| settled(&domains))
    }

    fn clauses_by_factor(&self) -> Vec<Vec<usize>> {
        let mut found = vec![Vec::new(); self.sizes.len()];
        for (index, clause) in self.clauses.iter().enumerate() {
            for (factor, _) in clause {
                found[*factor].push(index);
            }
        }
        found
    }

    fn row(
        &self,
        free: &Domains,
        begin: &[(usize, usize)],
        pairs: &Pairs,
        by_factor: &[Vec<usize>],
        rng: &mut Rng,
    ) -> Option<Row> {
        let mut domains = free.clone();
        for (factor, level) in begin {
            domains[*factor] &= 1 << level;
        }
        let changed = begin.iter().map(|(factor, _)| *factor).collect();
        if !self.propagate(&mut domains, changed, by_factor) {
            return None;
        }
        let mut order: Vec<_> = (0..self.sizes.len()).collect();
        rng.shuffle(&mut order);
        let prefer = |factor: usize, domains: &Domains| {
            let mut levels: Vec<_> = (0..self.sizes[factor]).collect();
            let gain = |level: &usize| {
                let others = domains.iter().enumerate();
                let settled =
                    others.filter(|(it, domain)| *it != factor && domain.is_power_of_two());
                let times = settled.map(|(other, domain)| {
                    let there = domain.trailing_zeros() as usize;
                    pairs.times([(factor, *level), (other, there)])
                });
                // A pair that is new is worth more than any number of old ones.
                times
                    .map(|it| {
                        if it == 0 {
                            1_000_000
                        } else {
                            1_000 / u64::from(it)
                        }
                    })
                    .sum::<u64>()
            };
            levels.sort_by_cached_key(|level| u64::MAX - gain(level));
            levels
        };
        self.complete(&mut domains, &order, by_factor, &prefer)
            .then(|| settled(&domains))
    }

    /// Gives every factor one level, the preferred ones first.
    fn complete(
        &self,
        domains: &mut Domains,
        order: &[usize],
        by_factor: &[Vec<usize>],
        prefer: &dyn Fn(usize, &Domains) -> Vec<usize>,
    ) -> bool {
        let Some((factor, rest)) = order.split_first() else {
            return true;
        };
        let open = domains[*factor];
        if open.is_power_of_two() {
            return self.complete(domains, rest, by_factor, prefer);
        }
        let preferred = prefer(*factor, domains);
        let others = (0..self.sizes[*factor]).filter(|it| !preferred.contains(it));
        for level in preferred.iter().copied().chain(others) {
            if open & (1 << level) == 0 {
                continue;
            }
            let mut tried = domains.clone();
            tried[*factor] = 1 << level;
            if self.propagate(&mut tried, vec![*factor], by_factor)
                && self.complete(&mut tried, rest, by_factor, prefer)
            {
                *domains = tried;
                return true;
            }
        }
        false
    }

    /// Takes out what the rules forbid; false when nothing is left.
    fn propagate(
        &self,
        domains: &mut Domains,
        mut changed: Vec<usize>,
        by_factor: &[Vec<usize>],
    ) -> bool {
        while let Some(factor) = changed.pop() {
            if domains[factor] == 0 {
                return false;
            }
            for clause in &by_factor[factor] {
                let clause = &self.clauses[*clause];
                let mut possible = clause
                    .iter()
                    .filter(|(it, levels)| domains[*it] & levels != 0);
                let (first, second) = (possible.next(), possible.next());
                match (first, second) {
                    (None, _) => return false,
                    (Some((only, levels)), None) if domains[*only] & !levels != 0 => {
                        domains[*only] &= levels;
                        changed.push(*only);
                    }
                    _ => {}
                }
            }
        }
        true
    }
}

fn settled(domains: &Domains) -> Row {
    domains
        .iter()
        .map(|it| it.trailing_zeros() as usize)
        .collect()
}

/// How many rows have each pair of levels.
struct Pairs {
    /// Where the levels of each factor begin.
    begins: Vec<usize>,
    levels: usize,
    times: Vec<u16>,
}

impl Pairs {
    fn new(sizes: &[usize]) -> Self {
        let begins = sizes.iter().scan(0, |sum, size| {
            *sum += size;
            Some(*sum - size)
        });
        let levels = sizes.iter().sum();
        Self {
            begins: begins.collect(),
            levels,
            times: vec![0; levels * levels],
        }
    }

    fn all(sizes: &[usize]) -> Vec<[(usize, usize); 2]> {
        let mut all = Vec::new();
        for one in 0..sizes.len() {
            for other in 0..one {
                for level in 0..sizes[one] {
                    all.extend((0..sizes[other]).map(|there| [(one, level), (other, there)]));
                }
            }
        }
        all
    }

    fn index(&self, [one, other]: [(usize, usize); 2]) -> usize {
        let [one, other] = [one, other].map(|(factor, level)| self.begins[factor] + level);
        one.max(other) * self.levels + one.min(other)
    }

    fn times(&self, pair: [(usize, usize); 2]) -> u16 {
        self.times[self.index(pair)]
    }

    fn count(&mut self, row: &Row) {
        for one in 0..row.len() {
            for other in 0..one {
                let index = self.index([(one, row[one]), (other, row[other])]);
                self.times[index] += 1;
            }
        }
    }
}
