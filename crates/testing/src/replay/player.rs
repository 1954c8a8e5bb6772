//! Plays the steps of a recording: says what was answered then, and notes where the charm does something else.
//!
//! Steps that only read may come in another order, once more or once less, as long as nothing is written in
//! between and the answer was the same: nobody can tell. What is written has its place. Lines of the log are
//! compared and stop nothing. After the first step to which there is no answer there are no answers at all:
//! whatever the charm does from then on, it does in a world that never was.

use super::{Divergence, likeness::Likeness};
use ops::record::{Came, Data, Exchange, Given, Line, Request, Response};

/// Hook commands that change nothing.
const READS: &[&str] = &[
    "action-get",
    "config-get",
    "credential-get",
    "goal-state",
    "is-leader",
    "network-get",
    "opened-ports",
    "relation-get",
    "relation-ids",
    "relation-list",
    "relation-model-get",
    "resource-get",
    "secret-get",
    "secret-ids",
    "secret-info-get",
    "state-get",
    "status-get",
    "storage-get",
    "storage-list",
    "unit-get",
];
/// The one that makes a read of a secret something else: the tracked revision moves.
const MOVES: &str = "--refresh";
const LOG: &str = "juju-log";
/// How much of a step is shown.
const SHOWN: usize = 400;

/// What the charm does now.
pub(super) enum Step<'a> {
    Call { program: &'a str, arguments: &'a [Argument<'a>], input: Option<&'a [u8]> },
    Pebble { container: &'a str, request: &'a Request },
}

/// An argument now; a file may be behind it.
pub(super) struct Argument<'a> {
    pub(super) text: &'a str,
    pub(super) read: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

/// A recording on its way.
#[derive(Debug)]
pub(super) struct Player {
    lines: Vec<(Line, bool)>,
    /// Where the reads begin that may still come again: behind the last thing written.
    window: usize,
    likeness: Likeness,
    is_lost: bool,
    is_whole: bool,
    calls: Vec<String>,
    divergences: Vec<Divergence>,
}

impl Player {
    /// One that is not whole asks nothing of a charm that gets beyond its end.
    pub(super) fn new(lines: Vec<Line>, is_whole: bool) -> Self {
        Self {
            is_whole,
            lines: lines.into_iter().map(|line| (line, false)).collect(),
            window: 0,
            likeness: Likeness::default(),
            is_lost: false,
            calls: Vec::new(),
            divergences: Vec::new(),
        }
    }

    /// What came of this step then; `None` if there was no such step.
    pub(super) fn play(&mut self, step: &Step<'_>) -> Option<Line> {
        let text = self.shown_now(step);
        if let Step::Call { .. } = step {
            self.calls.push(text.clone());
        }
        if self.is_lost {
            return None;
        }
        let Some(at) = self.find(step) else {
            let is_log = matches!(step, Step::Call { program: LOG, .. });
            let expected = (0..self.lines.len()).find(|at| self.is_awaited(*at));
            if expected.is_none() && !self.is_whole {
                self.is_lost = true;
                return None;
            }
            let then = expected.filter(|_| !is_log).map(|at| self.shown_then(at));
            self.differs(expected.unwrap_or(self.lines.len()), then, Some(text));
            if is_log {
                let done =
                    Came::Reply { exit: 0, stdout: Data::default(), stderr: Data::default() };
                let call = ops::record::Call {
                    program: LOG.to_owned(),
                    arguments: Vec::new(),
                    input: None,
                    outcome: done,
                };
                return Some(Line::Call(call));
            }
            self.is_lost = true;
            return None;
        };
        let line = self.lines.get_mut(at).map(|(line, used)| {
            *used = true;
            line.clone()
        })?;
        if !is_read(&line) && !is_log(&line) {
            self.pass_over(at);
            self.window = at + 1;
        }
        Some(self.tell(line))
    }

    /// The place of the recorded step that this one is.
    fn find(&mut self, step: &Step<'_>) -> Option<usize> {
        let mut again = None;
        for at in self.window..self.lines.len() {
            let (line, used) = self.lines.get(at)?.clone();
            if used {
                if again.is_none() && is_read(&line) && self.likeness.is_step(&line, step) {
                    again = Some(at);
                }
                continue;
            }
            if self.likeness.is_step(&line, step) {
                return Some(at);
            }
            if !is_read(&line) && !is_log(&line) && is_step(&line) {
                break;
            }
        }
        again
    }

    /// Steps before this one that the charm did not do: reads that changed nothing are missed by nobody.
    fn pass_over(&mut self, until: usize) {
        for at in 0..until {
            if !self.is_awaited(at) {
                continue;
            }
            let then = self.shown_then(at);
            self.differs(at, Some(then), None);
            if let Some((_, used)) = self.lines.get_mut(at) {
                *used = true;
            }
        }
    }

    /// Whether the charm still has to do this.
    fn is_awaited(&self, at: usize) -> bool {
        let Some((line, false)) = self.lines.get(at) else { return false };
        let refused = matches!(line, Line::Pebble(Exchange { request: None, .. }));
        let same = |other: &(Line, bool)| other.1 && is_read(line) && other.0 == *line;
        is_step(line) && !refused && !self.lines.iter().any(same)
    }

    /// How a charm finds the daemon of this container: the reason why it did not get a connection.
    pub(super) fn dial(&mut self, container: &str) -> Result<(), Option<String>> {
        let mut of_it = self.lines.iter().filter_map(|(line, _)| match line {
            Line::Pebble(exchange) if exchange.container == container => Some(exchange),
            _ => None,
        });
        let first = of_it.next();
        match first {
            Some(exchange) if exchange.request.is_some() => Ok(()),
            _ if of_it.any(|exchange| exchange.request.is_some()) => Ok(()),
            Some(exchange) => Err(exchange.failed.clone()),
            // Nothing was asked of it then: what is asked now is to be seen as another step.
            None => Ok(()),
        }
    }

    /// The charm sends this over a WebSocket: whether it is what it sent then.
    pub(super) fn is_like(&mut self, then: &Data, now: &[u8]) -> bool {
        self.likeness.is_like(then, now)
    }

    /// What the charm sent over a WebSocket is something else.
    pub(super) fn sent_otherwise(&mut self, then: Option<&Data>, now: Option<&[u8]>) {
        let then = then.map(|data| format!("WebSocket: {}", String::from_utf8_lossy(&data.0)));
        let now = now.map(|data| format!("WebSocket: {}", self.likeness.written(data)));
        self.differs(self.window, then, now);
    }

    /// The answer in this line, as the charm gets it.
    fn tell(&mut self, line: Line) -> Line {
        match line {
            Line::Call(mut call) => {
                if let Came::Reply { stdout, stderr, .. } = &mut call.outcome {
                    *stdout = self.likeness.told(stdout);
                    *stderr = self.likeness.told(stderr);
                }
                Line::Call(call)
            }
            Line::Pebble(mut exchange) => {
                match &mut exchange.response {
                    Some(Response::Http { body: data, .. } | Response::Raw(data)) => {
                        *data = self.likeness.told(data);
                    }
                    None => {}
                }
                for message in exchange.messages.iter_mut().filter(|message| !message.sent) {
                    message.data = self.likeness.told(&message.data);
                }
                Line::Pebble(exchange)
            }
            other => other,
        }
    }

    fn differs(&mut self, at: usize, expected: Option<String>, came: Option<String>) {
        // The first line of the file is the beginning.
        self.divergences.push(Divergence { line: at + 2, expected, came });
    }

    /// The charm has ended: what it did not do, and all that it did otherwise.
    pub(super) fn finish(&mut self) -> (Vec<String>, Vec<Divergence>) {
        if !self.is_lost {
            self.pass_over(self.lines.len());
        }
        (std::mem::take(&mut self.calls), std::mem::take(&mut self.divergences))
    }

    /// How many lines there are.
    pub(super) fn count(&self) -> usize {
        self.lines.len()
    }

    fn shown_now(&self, step: &Step<'_>) -> String {
        match step {
            Step::Call { program, arguments, input } => {
                let mut text = (*program).to_owned();
                for argument in *arguments {
                    text = format!("{text} {}", self.likeness.written(argument.text.as_bytes()));
                }
                if let Some(input) = input {
                    text = format!("{text} < {}", self.likeness.written(input));
                }
                text
            }
            Step::Pebble { container, request } => {
                let target = self.likeness.written(&request.target.0);
                let body = self.likeness.written(&request.body.0);
                format!("{container}: {} {target} {body}", request.method)
            }
        }
    }

    fn shown_then(&self, at: usize) -> String {
        let lossy = |data: &Data| String::from_utf8_lossy(&data.0).into_owned();
        match self.lines.get(at) {
            Some((Line::Call(call), _)) => {
                let mut text = call.program.clone();
                for given in &call.arguments {
                    let argument = match given {
                        Given::Plain(plain) => lossy(plain),
                        Given::File { prefix, file } => format!("{prefix}<file: {}>", lossy(file)),
                    };
                    text = format!("{text} {argument}");
                }
                match &call.input {
                    Some(input) => format!("{text} < {}", lossy(input)),
                    None => text,
                }
            }
            Some((Line::Pebble(Exchange { container, request: Some(request), .. }), _)) => {
                let (target, body) = (lossy(&request.target), lossy(&request.body));
                format!("{container}: {} {target} {body}", request.method)
            }
            _ => "something else".to_owned(),
        }
    }
}

impl Likeness {
    fn is_step(&mut self, line: &Line, step: &Step<'_>) -> bool {
        let mut tried = self.clone();
        let alike = match (line, step) {
            (Line::Call(then), Step::Call { program, arguments, input }) => {
                then.program == *program
                    && then.arguments.len() == arguments.len()
                    && then
                        .arguments
                        .iter()
                        .zip(*arguments)
                        .all(|(then, now)| tried.is_given(then, now))
                    && match (&then.input, input) {
                        (Some(then), Some(now)) => tried.is_like(then, now),
                        (None, None) => true,
                        _ => false,
                    }
            }
            (Line::Pebble(then), Step::Pebble { container, request }) => {
                then.container == *container
                    && then.request.as_ref().is_some_and(|then| {
                        then.method == request.method
                            && tried.is_like(
                                &without_timeout(&then.target),
                                &without_timeout(&request.target).0,
                            )
                            && tried.is_like(&then.body, &request.body.0)
                    })
            }
            _ => false,
        };
        if alike {
            *self = tried;
        }
        alike
    }

    fn is_given(&mut self, then: &Given, now: &Argument<'_>) -> bool {
        match then {
            Given::Plain(text) => self.is_like(text, now.text.as_bytes()),
            Given::File { prefix, file } => {
                let content = now.text.strip_prefix(prefix.as_str()).and_then(now.read);
                content.is_some_and(|content| self.is_like(file, &content))
            }
        }
    }
}

/// How long the daemon may wait depends on how much time is left.
fn without_timeout(target: &Data) -> Data {
    let text = String::from_utf8_lossy(&target.0).into_owned();
    let Some((path, query)) = text.split_once('?') else { return target.clone() };
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("timeout=")).collect();
    Data(format!("{path}?{}", kept.join("&")).into_bytes())
}

/// Whether it is something that a charm does, rather than something that it looks at.
fn is_step(line: &Line) -> bool {
    matches!(line, Line::Call(_) | Line::Pebble(_))
}

fn is_log(line: &Line) -> bool {
    matches!(line, Line::Call(call) if call.program == LOG)
}

fn is_read(line: &Line) -> bool {
    match line {
        Line::Call(call) => {
            let moves =
                |given: &Given| matches!(given, Given::Plain(text) if text.0 == MOVES.as_bytes());
            READS.contains(&call.program.as_str()) && !call.arguments.iter().any(moves)
        }
        Line::Pebble(exchange) => {
            exchange.request.as_ref().is_none_or(|request| request.method == "GET")
        }
        _ => false,
    }
}

/// The two texts from a little before where they differ.
pub(super) fn shortened(one: &str, other: &str) -> (String, String) {
    let common = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let skipped = if common > SHOWN / 2 { common - SHOWN / 4 } else { 0 };
    let cut = |text: &str| {
        let mut shown: String = text.chars().skip(skipped).take(SHOWN).collect();
        if skipped > 0 {
            // Whose it is stands at the beginning.
            let head: String = text.chars().take(SHOWN / 4).collect();
            shown = format!("{head}...{shown}");
        }
        if text.chars().count() > skipped + SHOWN {
            shown.push_str("...");
        }
        shown
    };
    (cut(one), cut(other))
}

#[cfg(test)]
mod tests;
