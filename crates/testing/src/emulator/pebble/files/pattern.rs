//! Patterns of file names, as Go's `path.Match` has them.

/// A pattern that is none: an open `[`, or a `\` at its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Whether the whole name matches.
pub(super) fn matches(pattern: &str, name: &str) -> Result<bool, Malformed> {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    well_formed(&pattern)?;
    Ok(fits(&pattern, &name))
}

fn well_formed(mut pattern: &[char]) -> Result<(), Malformed> {
    while let Some((first, rest)) = pattern.split_first() {
        pattern = match first {
            '\\' => rest.get(1..).ok_or(Malformed)?,
            '[' => class(rest, '\0').ok_or(Malformed)?.1,
            _ => rest,
        };
    }
    Ok(())
}

fn fits(pattern: &[char], name: &[char]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return name.is_empty() };
    let next = name.split_first();
    match (first, next) {
        ('*', _) => (0..=name.len()).any(|taken| fits(rest, name.get(taken..).unwrap_or_default())),
        ('?', Some((_, name))) => fits(rest, name),
        ('[', Some((letter, name))) => {
            class(rest, *letter).is_some_and(|(fitting, rest)| fitting && fits(rest, name))
        }
        ('\\', Some((letter, name))) => {
            rest.split_first().is_some_and(|(meant, rest)| meant == letter && fits(rest, name))
        }
        (meant, Some((letter, name))) => meant == letter && fits(rest, name),
        (_, None) => false,
    }
}

/// Whether a letter is in a class of letters, and what follows the class.
fn class(pattern: &[char], letter: char) -> Option<(bool, &[char])> {
    let (negated, mut rest) = match pattern.split_first()? {
        ('^', rest) => (true, rest),
        _ => (false, pattern),
    };
    let mut found = false;
    let mut count = 0;
    loop {
        if count > 0 && rest.first() == Some(&']') {
            return Some((found != negated, rest.get(1..)?));
        }
        let (low, after) = member(rest)?;
        let (high, after) = match after.split_first() {
            Some(('-', after)) => member(after)?,
            _ => (low, after),
        };
        found |= (low..=high).contains(&letter);
        count += 1;
        rest = after;
    }
}

fn member(pattern: &[char]) -> Option<(char, &[char])> {
    match pattern.split_first()? {
        ('-' | ']', _) => None,
        ('\\', rest) => rest.split_first().map(|(letter, rest)| (*letter, rest)),
        (letter, rest) => Some((*letter, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_go() {
        // From the tests of Go's path package.
        for (pattern, name, expected) in [
            ("abc", "abc", Ok(true)),
            ("*", "abc", Ok(true)),
            ("*c", "abc", Ok(true)),
            ("a*", "abc", Ok(true)),
            ("a*b*c*d*e*", "axbxcxdxexxx", Ok(true)),
            ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
            ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
            ("ab[c]", "abc", Ok(true)),
            ("ab[b-d]", "abc", Ok(true)),
            ("ab[^e-g]", "abc", Ok(true)),
            ("ab[^b-d]", "abc", Ok(false)),
            ("a\\*b", "a*b", Ok(true)),
            ("a\\*b", "ab", Ok(false)),
            ("a?b", "a☺b", Ok(true)),
            ("[a-ζ]*", "α", Ok(true)),
            ("[\\]a]", "]", Ok(true)),
            ("[]a]", "]", Err(Malformed)),
            ("[-]", "-", Err(Malformed)),
            ("[a-b-c]", "a", Err(Malformed)),
            ("[", "a", Err(Malformed)),
            ("a[", "ab", Err(Malformed)),
            ("\\", "a", Err(Malformed)),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
