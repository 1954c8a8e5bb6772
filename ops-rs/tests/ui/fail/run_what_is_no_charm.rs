struct NotACharm;

fn main() -> std::process::ExitCode {
    ops::run(NotACharm)
}
