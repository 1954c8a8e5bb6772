//! Pages in `docs` with a table of features: a number first, and last the tests that hold the row, or
//! `not:` and why there are none. What such a page promises is held here against the tests' sources.

use crate::root;
use std::{collections::BTreeMap, fs, io};

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    number: u32,
    cells: Vec<String>,
}

impl Row {
    /// Lines that begin with `| 7 |`; others are none.
    fn read(line: &str) -> Option<Self> {
        let cells: Vec<String> =
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        let number = cells.first()?.parse().ok()?;
        Some(Self { number, cells })
    }

    fn last(&self) -> &str {
        self.cells.last().map_or("", String::as_str)
    }

    fn tests(&self) -> impl Iterator<Item = &str> {
        self.last().split('`').skip(1).step_by(2)
    }

    /// Whether it says why no test holds it.
    fn is_left_out(&self) -> bool {
        self.last().strip_prefix("not:").is_some_and(|why| !why.trim().is_empty())
    }
}

/// A page with its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scoreboard {
    rows: Vec<Row>,
}

impl Scoreboard {
    /// The page of this name in `docs`.
    ///
    /// # Errors
    /// It is not there.
    pub fn of(page: &str) -> io::Result<Self> {
        Ok(Self::read(&fs::read_to_string(root().join("docs").join(page))?))
    }

    /// The rows of this text.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self { rows: text.lines().filter_map(Row::read).collect() }
    }

    /// The numbers of the rows, in the order of the page.
    #[must_use]
    pub fn numbers(&self) -> Vec<u32> {
        self.rows.iter().map(|row| row.number).collect()
    }

    /// What is wrong, a line each: a row with an empty cell or not of `columns` cells, one that names no test and
    /// does not say why, one that names a test that is not there. A test is named
    /// by its file and its name: a file with `.rs` at its end is one of the repository, others are in `suite`.
    #[must_use]
    pub fn wrong(&self, columns: usize, suite: &str) -> Vec<String> {
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        let mut wrong = Vec::new();
        for row in &self.rows {
            let number = row.number;
            if row.cells.len() != columns || row.cells.iter().any(String::is_empty) {
                wrong.push(format!("row {number} has not {columns} cells with something in each"));
            }
            if row.tests().next().is_none() && !row.is_left_out() {
                wrong.push(format!("row {number} names no test, and does not say why not"));
            }
            if row.is_left_out() {
                continue;
            }
            for test in row.tests() {
                let Some((file, name)) = test.rsplit_once("::") else {
                    wrong.push(format!("row {number}: {test} names no file"));
                    continue;
                };
                let text = texts.entry(place(file, suite)).or_insert_with_key(|file| {
                    fs::read_to_string(root().join(file)).unwrap_or_default()
                });
                if !is_a_test(text, name) {
                    wrong.push(format!("row {number}: there is no test {test}"));
                }
            }
        }
        wrong
    }
}

fn place(file: &str, suite: &str) -> String {
    match file.ends_with(".rs") {
        true => file.to_owned(),
        false => format!("{suite}/{file}.rs"),
    }
}

/// Whether this source has a test of this name: a function under `#[test]`, or one that `cases!` lists.
fn is_a_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let function = format!("fn {name}(");
    let of_a_case = |line: &str| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest == ";" || rest.starts_with(' ') && rest.ends_with(';'))
    };
    let is_defined = lines.iter().any(|line| line.starts_with(&function));
    let is_marked = lines
        .windows(2)
        .any(|two| matches!(two, ["#[test]", defined] if defined.starts_with(&function)));
    is_defined && (is_marked || lines.iter().any(|line| of_a_case(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_not_there_is_found_out() {
        let text = "cases! {\n    one;\n    two since Three;\n}\nfn one(door: &Door) {}\nfn two(door: &Door) {}\n\
            #[test]\nfn three() {}\nfn helper() {}\n";
        for (name, is_there) in
            [("one", true), ("two", true), ("three", true), ("helper", false), ("four", false)]
        {
            assert_eq!(is_a_test(text, name), is_there, "{name}");
        }
    }

    #[test]
    fn every_kind_of_wrong_row_is_named() {
        let here = "tests/src/scoreboard.rs::every_kind_of_wrong_row_is_named";
        let page = format!(
            "| # | feature | held by |\n| --- | --- | --- |\n| 1 | right | `{here}` |\n| 2 | right | not: too new |\n\
             | 3 | | `{here}` |\n| 4 | none | |\n| 5 | silent | not: |\n| 6 | wrong | `lib::nothing` |\n| 7 | bare | `nothing` |\n"
        );
        let board = Scoreboard::read(&page);
        assert_eq!(board.numbers(), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(
            board.wrong(3, "tests/src"),
            [
                "row 3 has not 3 cells with something in each",
                "row 4 has not 3 cells with something in each",
                "row 4 names no test, and does not say why not",
                "row 5 names no test, and does not say why not",
                "row 6: there is no test lib::nothing",
                "row 7: nothing names no file",
            ]
        );
    }
}
