//! The work that is measured, done in a process of its own: this one with other arguments.

use ops_pebble::{Client, Exec, PushOptions};
use std::{
    fs,
    io::{self, BufRead as _, Read as _},
    time::{Duration, Instant},
};

/// How the first argument calls this.
pub(crate) const WORK: &str = "--work";

/// Does a task as often as each line of standard input says, and prints after each what it cost: wall time and own CPU
/// in nanoseconds, and the most that was resident so far in KiB.
pub(crate) fn run(arguments: &[String]) {
    let [task, socket, path, size] = arguments else { panic!("TASK SOCKET PATH SIZE") };
    let client = Client::unix(socket).transfer_timeout(Duration::from_secs(600));
    let size: u64 = size.parse().unwrap();
    let work = || match task.as_str() {
        "plan" => drop(client.plan().unwrap()),
        "exec" => drop(client.exec(&Exec::new(["true"])).unwrap().succeeded().unwrap()),
        "push" => client.push_from(path, &mut Text.take(size), &PushOptions::new()).unwrap(),
        "pull" => {
            let mut sink = fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
            assert_eq!(client.pull_to(path, &mut sink).unwrap(), size);
        }
        task => panic!("no task {task}"),
    };
    for line in io::stdin().lock().lines() {
        let count: u32 = line.unwrap().parse().unwrap();
        let before = own();
        let began = Instant::now();
        for _ in 0..count {
            work();
        }
        let wall = began.elapsed();
        println!("{} {} {}", wall.as_nanos(), (own() - before).as_nanos(), resident());
    }
}

/// Lines of 64 bytes without end.
struct Text;

const LINE: &[u8; 64] = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";

impl io::Read for Text {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        out.chunks_mut(LINE.len()).for_each(|line| line.copy_from_slice(&LINE[..line.len()]));
        Ok(out.len())
    }
}

/// The CPU that this process took, the kernel for it included. It has one thread.
fn own() -> Duration {
    // Run time on a processor in nanoseconds comes first.
    let text = fs::read_to_string("/proc/self/schedstat").unwrap();
    let first = text.split_whitespace().next().unwrap();
    Duration::from_nanos(first.parse().unwrap())
}

fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
