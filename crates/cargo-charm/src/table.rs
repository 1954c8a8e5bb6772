//! Text in aligned columns, as `juju status` prints it.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Rows of cells. A column is as wide as its widest cell, and two spaces stand between columns.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    right: Vec<usize>,
}

#[derive(Debug)]
enum Row {
    Cells(Vec<String>),
    /// Takes the whole width.
    Line(String),
}

impl Table {
    pub(crate) fn new(heading: &[&str]) -> Self {
        let mut table = Self::default();
        table.row(heading);
        table
    }

    /// Aligns a column, counted from 0, on its right.
    pub(crate) fn align_right(mut self, column: usize) -> Self {
        self.right.push(column);
        self
    }

    pub(crate) fn row<T: Display>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(Row::Cells(cells.into_iter().map(|cell| cell.to_string()).collect()));
    }

    pub(crate) fn line(&mut self, text: impl Into<String>) {
        self.rows.push(Row::Line(text.into()));
    }

    pub(crate) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let widths = self.widths();
        for row in &self.rows {
            let mut text = String::new();
            match row {
                Row::Line(line) => text.push_str(line),
                Row::Cells(cells) => {
                    for (at, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                        let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
                        let is_right = self.right.contains(&at);
                        let (before, after) =
                            if is_right { (&*padding, "") } else { ("", &*padding) };
                        text.extend([before, cell, after, "  "]);
                    }
                }
            }
            writeln!(out, "{}", text.trim_end())?;
        }
        Ok(())
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            widths.resize(widths.len().max(cells.len()), 0);
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["App", "Scale", "Message"]).align_right(1);
        table.row(["hook-service", "1", ""]);
        table.line("a line that takes no part in it");
        table.row(["ä", "12", "x"]);
        let mut out = Vec::new();
        table.print(&mut out).unwrap();
        let expected = "App           Scale  Message\n\
                        hook-service      1\n\
                        a line that takes no part in it\n\
                        ä                12  x\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
