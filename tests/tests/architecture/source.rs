//! Just enough of Rust's grammar to find the paths in a file.

use std::fmt;

/// A piece of source that is neither comment nor literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Word(String),
    /// `::`
    Path,
    Sign(char),
}

impl Token {
    fn is(&self, sign: char) -> bool {
        *self == Token::Sign(sign)
    }

    fn word(&self) -> Option<&str> {
        if let Token::Word(word) = self { Some(word) } else { None }
    }
}

/// A name that stands directly behind the crate's root, such as `model` in `crate::model::Unit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FromRoot {
    pub(crate) name: String,
    pub(crate) line: usize,
}

impl fmt::Display for FromRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: crate::{}", self.line, self.name)
    }
}

/// Everything that this source names from the crate's root, by `crate::` or by enough `super::`.
/// `depth` is how many modules deep the file itself is; the root is 0.
pub(crate) fn from_root(source: &str, depth: usize) -> Vec<FromRoot> {
    let tokens = tokens(source);
    let (mut found, mut braces, mut inline) = (Vec::new(), 0_usize, Vec::new());
    let mut at = 0;
    while let Some((token, line)) = tokens.get(at) {
        at += 1;
        match token {
            Token::Sign('{') => braces += 1,
            Token::Sign('}') => {
                braces = braces.saturating_sub(1);
                inline.pop_if(|outside| *outside == braces);
            }
            Token::Word(word) if word == "mod" && is_sign(&tokens, at + 1, '{') => {
                inline.push(braces);
            }
            Token::Word(word) if word == "crate" && is_path(&tokens, at) => {
                names(&tokens, at + 1, *line, &mut found);
            }
            Token::Word(word) if word == "super" => {
                let mut ups = 1;
                while is_path(&tokens, at) && is_word(&tokens, at + 1, "super") {
                    ups += 1;
                    at += 2;
                }
                if ups == depth + inline.len() && is_path(&tokens, at) {
                    names(&tokens, at + 1, *line, &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

/// The first name behind the path, or of each entry of the group behind it.
fn names(tokens: &[(Token, usize)], at: usize, line: usize, found: &mut Vec<FromRoot>) {
    let Some((first, _)) = tokens.get(at) else { return };
    if let Some(name) = first.word() {
        found.push(FromRoot { name: name.to_owned(), line });
    }
    if first.is('*') {
        found.push(FromRoot { name: "*".to_owned(), line });
    }
    if !first.is('{') {
        return;
    }
    let (mut depth, mut expected) = (0, true);
    for (token, line) in &tokens[at..] {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => depth -= 1,
            Token::Sign(',') if depth == 1 => expected = true,
            Token::Word(name) if depth == 1 && expected => {
                expected = false;
                found.push(FromRoot { name: name.clone(), line: *line });
            }
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

fn is_path(tokens: &[(Token, usize)], at: usize) -> bool {
    tokens.get(at).is_some_and(|(token, _)| *token == Token::Path)
}

fn is_sign(tokens: &[(Token, usize)], at: usize, sign: char) -> bool {
    tokens.get(at).is_some_and(|(token, _)| token.is(sign))
}

fn is_word(tokens: &[(Token, usize)], at: usize, word: &str) -> bool {
    tokens.get(at).is_some_and(|(token, _)| token.word() == Some(word))
}

/// The tokens of this source, each with its line.
pub(crate) fn tokens(source: &str) -> Vec<(Token, usize)> {
    let chars: Vec<char> = source.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while at < chars.len() {
        let rest = &chars[at..];
        let length = match rest {
            ['/', '/', ..] => until(rest, |c| c == '\n'),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['\'', ..] => character(rest),
            [':', ':', ..] => {
                found.push((Token::Path, line));
                2
            }
            [first, ..] if first.is_alphanumeric() || *first == '_' => {
                let length = until(rest, |c| !(c.is_alphanumeric() || c == '_'));
                let word: String = rest[..length].iter().collect();
                match raw_string(&word, &rest[length..]) {
                    0 => {
                        found.push((Token::Word(word), line));
                        length
                    }
                    literal => length + literal,
                }
            }
            [first, ..] => {
                if !first.is_whitespace() {
                    found.push((Token::Sign(*first), line));
                }
                1
            }
            [] => break,
        };
        line += rest.iter().take(length).filter(|c| **c == '\n').count();
        at += length;
    }
    found
}

fn until(rest: &[char], stop: impl Fn(char) -> bool) -> usize {
    rest.iter().position(|c| stop(*c)).unwrap_or(rest.len())
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// A character; of a lifetime or a label only the quote.
fn character(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', ..] => until(&rest[3..], |c| c == '\'') + 4,
        ['\'', _, '\'', ..] => 3,
        _ => 1,
    }
}

/// The length of the raw string of which this word is the prefix, or 0.
fn raw_string(word: &str, rest: &[char]) -> usize {
    let hashes = until(rest, |c| c != '#');
    if !matches!(word, "r" | "br" | "cr") || rest.get(hashes) != Some(&'"') {
        return 0;
    }
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let start = hashes + 1;
    let length = rest[start..].windows(end.len()).position(|window| window == end);
    length.map_or(rest.len(), |length| start + length + end.len())
}

#[test]
fn paths_are_found_in_groups_and_not_in_comments_or_literals() {
    let source = r##"
        //! [`crate::charm`]
        /* crate::charm /* nested */ crate::charm */
        use crate::{
            event::Event, host,
            model::{self, config::Config},
            Fault,
        };
        const A: &str = "crate::charm \" crate::charm";
        const B: &str = r#"crate::charm " crate::charm"#;
        const C: char = '"'; // "
        fn f<'a>(x: &'a str) -> crate::store::Queue<'a> { $crate::log::write(x, '\'') }
    "##;
    let names: Vec<_> = from_root(source, 1).into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["event", "host", "model", "Fault", "store", "log"]);
}

#[test]
fn enough_supers_are_the_root_and_fewer_are_not() {
    let source = "
        use super::sibling;
        use super::super::host::Host;
        mod inner { use super::super::near; use super::super::super::{event, store}; }
        use super::super::log;
    ";
    let found: Vec<_> = from_root(source, 2).into_iter().map(|found| found.to_string()).collect();
    let expected = [
        "line 3: crate::host",
        "line 4: crate::event",
        "line 4: crate::store",
        "line 5: crate::log",
    ];
    assert_eq!(found, expected);
}
