//! The paths in a file of Rust that begin at the root of its crate.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::{fmt, iter::Peekable};

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

/// Everything that this source names from the crate's root, by `crate::` or by enough `super::`, but for macros: they
/// have no module. `depth` is how many modules deep the file itself is; the root is 0.
pub(crate) fn from_root(source: &str, depth: usize) -> Vec<FromRoot> {
    let mut found = Vec::new();
    collect(source.parse().unwrap(), depth, &mut found);
    found
}

fn collect(tokens: TokenStream, depth: usize, found: &mut Vec<FromRoot>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut last = [const { String::new() }; 2];
    while let Some(token) = tokens.next() {
        let text = match &token {
            TokenTree::Group(_) => String::new(),
            word => word.to_string(),
        };
        match token {
            TokenTree::Group(group) => {
                let is_module = last[0] == "mod" && group.delimiter() == Delimiter::Brace;
                collect(group.stream(), depth + usize::from(is_module), found);
            }
            TokenTree::Ident(_) if text == "crate" && is_path(&mut tokens) => {
                names(&mut tokens, found);
            }
            TokenTree::Ident(_) if text == "super" => {
                let mut ups = 1;
                let mut goes_on = is_path(&mut tokens);
                while goes_on && tokens.next_if(|next| next.to_string() == "super").is_some() {
                    ups += 1;
                    goes_on = is_path(&mut tokens);
                }
                if goes_on && ups == depth {
                    names(&mut tokens, found);
                }
            }
            _ => {}
        }
        let [_, before] = last;
        last = [before, text];
    }
}

/// Takes a `::`, if there is one.
fn is_path(tokens: &mut Peekable<impl Iterator<Item = TokenTree>>) -> bool {
    let mut colon = || tokens.next_if(|next| next.to_string() == ":").is_some();
    colon() && colon()
}

/// The first name behind a path, or of each entry of the group behind it.
fn names(tokens: &mut Peekable<impl Iterator<Item = TokenTree>>, found: &mut Vec<FromRoot>) {
    let Some(first) = tokens.next() else { return };
    if let TokenTree::Group(group) = first {
        let mut entries = group.stream().into_iter().peekable();
        while entries.peek().is_some() {
            names(&mut entries, found);
            entries.by_ref().take_while(|token| token.to_string() != ",").for_each(drop);
        }
    } else if tokens.peek().is_none_or(|next| next.to_string() != "!") {
        let line = first.span().start().line;
        found.push(FromRoot { name: first.to_string(), line });
    }
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
