//! Notes each statement of an application together with the line of `src/` that sends it.

use std::backtrace::Backtrace;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use regex::Regex;
use tokio::runtime::Runtime;

use crate::architecture::{code, sources};

/// The name of the threads that open the connections whose statements are noted. It keeps those of other tests apart.
const THREADS: &str = "query-plans";

/// The runtime that opens the connections whose statements are noted.
pub(super) static CONNECTIONS: LazyLock<Runtime> = LazyLock::new(|| {
    set_default_instrumentation(recorder).expect("diesel takes it");
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    threads.worker_threads(1).thread_name(THREADS).enable_all().build().expect("a runtime")
});

/// The places that have sent each statement.
static SENT: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// The source files that speak to the database as a server, and never about the rows of users: the session's settings,
/// the migrations, `doctor`.
const ABOUT_THE_SERVER: &str = "src/db/";
/// The one file there that does.
const EXPIRY: &str = "src/db/expiring.rs";

/// A line of our sources in a backtrace.
static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^ +at \./(src/\S+\.rs:\d+)").unwrap());

fn recorder() -> Option<Box<dyn Instrumentation>> {
    let is_ours = std::thread::current().name() == Some(THREADS);
    is_ours.then(|| Box::new(note) as Box<dyn Instrumentation>)
}

fn note(event: InstrumentationEvent<'_>) {
    let InstrumentationEvent::StartQuery { query, .. } = event else { return };
    let text = query.to_string();
    let sql = text.split(" -- binds: ").next().unwrap_or_default().to_owned();
    // The query is sent while the function that runs it is polled, so that function is on the stack.
    let stack = Backtrace::force_capture().to_string();
    let place = PLACE.captures(&stack).map(|found| found[1].to_owned());
    let Some(place) = place.filter(|place| runs_queries(place)) else { return };
    SENT.lock().unwrap().entry(sql).or_default().insert(place);
}

fn runs_queries(place: &str) -> bool {
    !place.starts_with(ABOUT_THE_SERVER) || place.starts_with(EXPIRY)
}

/// The statements so far, each with the lines that sent it.
pub(super) fn statements() -> BTreeMap<String, BTreeSet<String>> {
    SENT.lock().unwrap().clone()
}

/// The lines of `src/` that run a query on `conn`.
pub(super) fn query_lines() -> BTreeSet<String> {
    let call =
        Regex::new(r"\.(execute|load|load_stream|first|get_results?)(::<.+>)?\((&mut )?\*?conn\)").unwrap();
    let mut lines = BTreeSet::new();
    for source in sources("src", "rs").iter().filter(|source| runs_queries(&source.path)) {
        let found = code(source).filter(|(_, line)| call.is_match(line));
        lines.extend(found.map(|(number, _)| format!("{}:{}", source.path, number + 1)));
    }
    lines
}
