//! Arguments as `juju/gnuflag` reads them: flags and positionals mixed, `--` ends the flags.

use super::{go, value::Format};
use std::borrow::Cow;

/// A command that ended with a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: i32,
    pub(super) message: String,
}

/// The arguments are wrong: exit code 2.
pub(super) fn usage(message: impl Into<String>) -> Failure {
    Failure { code: 2, message: message.into() }
}

/// The command ran and failed: exit code 1.
pub(super) fn refused(message: impl Into<String>) -> Failure {
    Failure { code: 1, message: message.into() }
}

/// A flag that a command knows, by all its names: without dashes, one letter is a short one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flag {
    names: &'static [&'static str],
    takes_value: bool,
}

impl Flag {
    pub(super) const fn value(names: &'static [&'static str]) -> Self {
        Self { names, takes_value: true }
    }

    pub(super) const fn switch(names: &'static [&'static str]) -> Self {
        Self { names, takes_value: false }
    }

    fn name(self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

/// `--format`, `-o` and `--output` of the commands that print.
pub(super) const FORMAT: Flag = Flag::value(&["format"]);
pub(super) const OUTPUT: Flag = Flag::value(&["output", "o"]);

/// Arguments, taken apart.
#[derive(Debug, Default)]
pub(super) struct Arguments<'a> {
    /// Each flag by its first name, as it was spelt, and its value.
    flags: Vec<(&'static str, Cow<'a, str>, Cow<'a, str>)>,
    /// Everything else.
    pub(super) positionals: Vec<&'a str>,
    /// Whether help was asked for.
    pub(super) help: bool,
}

impl<'a> Arguments<'a> {
    pub(super) fn parse(arguments: &'a [Cow<'a, str>], known: &[Flag]) -> Result<Self, Failure> {
        let mut parsed = Self::default();
        let mut rest = arguments.iter().map(|argument| &**argument);
        while let Some(argument) = rest.next() {
            if argument == "--" {
                parsed.positionals.extend(rest);
                break;
            }
            if let Some(body) = argument.strip_prefix("--") {
                parsed.long(argument, body, known, &mut rest)?;
            } else if let Some(body) = argument.strip_prefix('-').filter(|body| !body.is_empty()) {
                parsed.short(body, known, &mut rest)?;
            } else {
                parsed.positionals.push(argument);
            }
        }
        Ok(parsed)
    }

    fn long(
        &mut self,
        argument: &'a str,
        body: &'a str,
        known: &[Flag],
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), Failure> {
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        let spelt = argument.split_once('=').map_or(argument, |(spelt, _)| spelt);
        if name == "help" {
            self.help = true;
            return Ok(());
        }
        let flag = known
            .iter()
            .find(|flag| name.len() > 1 && flag.names.contains(&name))
            .ok_or_else(|| usage(format!("option provided but not defined: {spelt}")))?;
        let value = match value {
            Some(value) => Cow::Borrowed(value),
            None if !flag.takes_value => Cow::Borrowed("true"),
            None => Cow::Borrowed(
                rest.next().ok_or_else(|| usage(format!("option needs an argument: {spelt}")))?,
            ),
        };
        self.flags.push((flag.name(), Cow::Borrowed(spelt), value));
        Ok(())
    }

    fn short(
        &mut self,
        body: &'a str,
        known: &[Flag],
        rest: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), Failure> {
        let mut letters = body.chars();
        while let Some(letter) = letters.next() {
            let mut buffer = [0; 4];
            let name: &str = letter.encode_utf8(&mut buffer);
            let spelt = format!("-{letter}");
            if letter == 'h' {
                self.help = true;
                return Ok(());
            }
            let flag = known
                .iter()
                .find(|flag| flag.names.contains(&name))
                .ok_or_else(|| usage(format!("option provided but not defined: {spelt}")))?;
            if !flag.takes_value {
                self.flags.push((flag.name(), spelt.into(), Cow::Borrowed("true")));
                continue;
            }
            let value = match letters.as_str() {
                "" => rest
                    .next()
                    .ok_or_else(|| usage(format!("option needs an argument: {spelt}")))?,
                value => value,
            };
            self.flags.push((flag.name(), spelt.into(), Cow::Borrowed(value)));
            return Ok(());
        }
        Ok(())
    }

    /// The last value of a flag, as it was spelt, and the value.
    pub(super) fn given(&self, name: &str) -> Option<(&str, &str)> {
        self.flags
            .iter()
            .rev()
            .find(|(found, ..)| *found == name)
            .map(|(_, spelt, value)| (&**spelt, &**value))
    }

    /// The last value of a flag.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.given(name).map(|(_, value)| value)
    }

    /// A switch, which may also be given as `--name=false`.
    pub(super) fn switch(&self, name: &str) -> Result<bool, Failure> {
        let Some((spelt, value)) = self.given(name) else { return Ok(false) };
        go::parse_bool(value).ok_or_else(|| {
            let why = format!("strconv.ParseBool: parsing {}: invalid syntax", go::quote(value));
            invalid(value, spelt, &why)
        })
    }

    /// The format to print in. `allowed` are those that the command has.
    pub(super) fn format(&self, default: Format, allowed: &[Format]) -> Result<Format, Failure> {
        let Some((spelt, value)) = self.given("format") else { return Ok(default) };
        Format::parse(value)
            .filter(|format| allowed.contains(format))
            .ok_or_else(|| invalid(value, spelt, &format!("unknown format {}", go::quote(value))))
    }

    /// At most so many positionals.
    pub(super) fn at_most(&self, count: usize) -> Result<(), Failure> {
        match self.positionals.get(count..) {
            Some(extra) if !extra.is_empty() => {
                Err(usage(format!("unrecognized args: {}", go::quote_all(extra.iter().copied()))))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn positional(&self, at: usize) -> Option<&'a str> {
        self.positionals.get(at).copied()
    }
}

/// `invalid value "v" for option -x: why`.
pub(super) fn invalid(value: &str, spelt: &str, why: &str) -> Failure {
    usage(format!("invalid value {} for option {spelt}: {why}", go::quote(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Flag] = &[
        Flag::value(&["relation", "r"]),
        Flag::switch(&["app"]),
        Flag::switch(&["all", "a"]),
        FORMAT,
    ];

    fn parse(arguments: &str) -> Result<String, String> {
        let arguments: Vec<Cow<'_, str>> = arguments.split(' ').map(Cow::Borrowed).collect();
        let parsed = Arguments::parse(&arguments, KNOWN).map_err(|f| f.message)?;
        let app = parsed.switch("app").map_err(|f| f.message)?;
        Ok(format!("{:?} {app} {:?}", parsed.value("relation"), parsed.positionals))
    }

    #[test]
    fn flags_are_read_in_all_their_spellings() {
        for arguments in
            ["--relation=7 --app x", "--relation 7 x --app=true", "x -r 7 --app", "-r7 --app=T x"]
        {
            assert_eq!(parse(arguments).unwrap(), "Some(\"7\") true [\"x\"]", "{arguments}");
        }
        assert_eq!(parse("--app=False -- --app -").unwrap(), "None false [\"--app\", \"-\"]");
        assert_eq!(parse("-ar 7 -").unwrap(), "Some(\"7\") false [\"-\"]");
    }

    #[test]
    fn wrong_flags_are_refused_in_jujus_words() {
        for (arguments, message) in [
            ("--x", "option provided but not defined: --x"),
            ("--x=1", "option provided but not defined: --x"),
            ("-x", "option provided but not defined: -x"),
            ("--r 7", "option provided but not defined: --r"),
            ("--relation", "option needs an argument: --relation"),
            ("-r", "option needs an argument: -r"),
            (
                "--app=maybe",
                "invalid value \"maybe\" for option --app: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
        ] {
            assert_eq!(parse(arguments).unwrap_err(), message);
        }
    }
}
