//! Makes a sequence shorter and simpler for as long as the same property does not hold after it.

use super::{
    Exploration,
    failure::{Counterexample, Failure},
    moves::{Move, Trouble},
    perform::Stop,
};

/// So many sequences are tried: a slow charm has an answer in the end.
const TRIES: usize = 2_000;

impl Exploration {
    /// The shortest sequence found that fails in the same way.
    pub(super) fn shrink(
        &self,
        moves: Vec<Move>,
        failure: Failure,
        seed: Option<u64>,
    ) -> Counterexample {
        let mut smallest = (moves, failure);
        let mut tries = 0;
        loop {
            let (moves, failure) = &smallest;
            let found = simpler(moves).take(TRIES - tries).find_map(|candidate| {
                tries += 1;
                match self.judge(&candidate) {
                    Err(Stop::Failed(found)) if found.property == failure.property => {
                        Some((candidate, found))
                    }
                    _ => None,
                }
            });
            match found {
                Some(simpler) => smallest = simpler,
                None => break,
            }
        }
        let (sequence, Failure { property, evidence }) = smallest;
        Counterexample { property, evidence, seed, sequence }
    }
}

/// Sequences that are simpler by one thing, the boldest first.
fn simpler(moves: &[Move]) -> impl Iterator<Item = Vec<Move>> + '_ {
    let lengths = std::iter::successors(Some(moves.len()), |length| Some(length / 2));
    let lengths = lengths.take_while(|length| *length > 0);
    let shorter = lengths.flat_map(move |length| {
        (0..=moves.len() - length).rev().map(move |at| replaced(moves, at, length, None))
    });
    let is_hook = |step: &Move| matches!(step, Move::Hook { trouble: None, .. });
    let calmer = (0..moves.len()).flat_map(move |at| {
        let hooks = moves.iter().skip(at).take_while(|step| is_hook(step)).count();
        (2..=hooks).rev().map(move |length| replaced(moves, at, length, Some(Move::Settle)))
    });
    let easier = moves.iter().enumerate().flat_map(move |(at, step)| {
        lighter(step).into_iter().map(move |step| replaced(moves, at, 1, Some(step)))
    });
    shorter.chain(calmer).chain(easier)
}

fn replaced(moves: &[Move], at: usize, length: usize, by: Option<Move>) -> Vec<Move> {
    let before = moves.iter().take(at).cloned();
    before.chain(by).chain(moves.iter().skip(at + length).cloned()).collect()
}

/// The same move with less trouble.
fn lighter(step: &Move) -> Vec<Move> {
    let Move::Hook { unit, name, trouble: Some(trouble) } = step else { return Vec::new() };
    let mut lighter = vec![None];
    match trouble {
        Trouble::KilledAfter(effects) if *effects > 1 => {
            lighter.push(Some(Trouble::KilledAfter(effects - 1)));
        }
        Trouble::FailsAfterSecrets => lighter.push(Some(Trouble::Fails)),
        _ => {}
    }
    let with = |trouble| Move::Hook { unit: unit.clone(), name: name.clone(), trouble };
    lighter.into_iter().map(with).collect()
}
