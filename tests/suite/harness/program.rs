//! The program itself, run as a process with its own environment.

use std::process::{Command, Output, Stdio};

/// A run of `unframed` that reads no `.env` and sees only these variables.
pub fn unframed(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unframed"));
    command.args(arguments).env_clear().envs(variables.iter().copied());
    command.current_dir(super::database::private_folder("empty"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program to its end without blocking other tasks of the test.
pub async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("the program runs")).await.expect("it ends")
}

/// Standard output and standard error as text.
pub fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// What a run of the program printed, and its exit code.
pub struct Run {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// `None` after a signal.
    pub code: Option<i32>,
}

/// Runs `unframed admin` on a database.
pub async fn admin_on(url: &str, arguments: &[&str]) -> Run {
    let variables = [
        ("DATABASE_URL", url),
        ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM="),
        ("MAIL_URL", "folder:/nonexistent"),
        // A transaction that is retried beside other tests is a warning.
        ("RUST_LOG", "error"),
    ];
    let ended = output(unframed(&[&["admin"], arguments].concat(), &variables)).await;
    let (stdout, stderr) = said(&ended);
    println!("$ unframed admin {}\n{stdout}{stderr}[{:?}]", arguments.join(" "), ended.status.code());
    Run { stdout, stderr, code: ended.status.code() }
}
