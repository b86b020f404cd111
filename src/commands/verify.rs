//! `unframed verify`: checks a site, many sites, or every response of this program's own server.

mod access;
mod browser;
mod files;
mod many;
mod output;
mod own_server;
mod signals;
mod whole_file;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use self::access::AccessArguments;
use self::browser::BrowserArguments;
use self::files::refuse_shared;
use self::many::ManyArguments;
use self::output::{Output, OutputArguments};
use self::signals::until_signal;
use super::Failure;
use crate::verify::probe::Options;
use crate::verify::{Report, Rule, probe};
use crate::{config, routes};

/// What to check and how to report it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Check the site at this URL from outside. Without it: this program's own server, on a private database
    #[arg(long, group = "site")]
    url: Option<String>,
    #[command(flatten)]
    many: ManyArguments,
    #[command(flatten)]
    access: AccessArguments,
    #[command(flatten)]
    browser: BrowserArguments,
    #[command(flatten)]
    output: OutputArguments,
    /// Print the page of a rule: what it finds, why that matters, and how to fix it
    #[arg(long, value_name = "RULE", exclusive = true, hide_possible_values = true, value_parser = rule_parser())]
    explain: Option<Rule>,
}

/// The text after the options in `--help`.
pub const HELP: &str = "\
Proxies come from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as in curl. docs/VERIFY.md describes recipes.

Exit code 0: no findings. 1: findings. 2: no findings, but the check could not start or is not complete.
Findings below --fail-on and those that --baseline knows count as none.

With --format json: site; responses, findings and notes (their numbers); incomplete (what was not checked, and
why); list, with for each finding: severity (high, medium, low or note), rule (a stable name), what (what
was seen), browser (what browsers do with it), change (what to change), page (of the rule), places; known: the same
for findings of the baseline, with reason and expires. With --urls: sites, the list of these objects, and summary.";

impl Arguments {
    fn refuse_shared_files(&self) -> Result<(), Failure> {
        let [cookies, recipe, authorities] = self.access.read_files();
        let read = [self.many.list(), cookies, recipe, authorities, self.output.read_file()];
        let [report, baseline] = self.output.written_files();
        refuse_shared(&read, &[report, baseline, self.many.journal()])
    }
}

/// Prints or writes a report. [`HELP`] explains the exit code.
pub async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(rule) = arguments.explain {
        write!(std::io::stdout(), "{}", rule.text()).context("the page cannot be printed")?;
        return Ok(ExitCode::SUCCESS);
    }
    if config::environment("RUST_LOG").is_none() {
        // Our own server would log hundreds of refused requests.
        log::set_max_level(log::LevelFilter::Off);
    }
    arguments.refuse_shared_files()?;
    let sites = arguments.many.sites()?;
    let asks = arguments.url.is_some() || !sites.is_empty();
    // Before anything is begun: the files may be pipes, whose other end takes its time.
    let options = if asks { Some(arguments.access.options()?) } else { None };
    let mut output = Output::begin(&arguments.output, arguments.many.urls.is_some())?;
    let report = match (options, &arguments.url) {
        (None, _) => own_server::walk().await?,
        (Some(options), Some(url)) => until_signal(one(url, options, arguments)).await?,
        (Some(options), None) => {
            until_signal(arguments.many.check(&sites, &options, &mut output)).await?;
            return Ok(ExitCode::from(output.finish()?));
        }
    };
    output.add(report).context("the report cannot be written")?;
    Ok(ExitCode::from(output.finish()?))
}

/// Checks one site.
async fn one(url: &str, mut options: Options, arguments: &Arguments) -> Result<Report, Failure> {
    // Before anything is requested: the browser may be missing.
    let chosen = arguments.browser.find()?;
    options.keep = arguments.browser.pages(chosen.as_ref());
    let checked = probe::run(url, &options, &routes::map()?).await?;
    match chosen {
        Some(programs) => arguments.browser.check(checked, &programs).await,
        None => Ok(checked.report),
    }
}

fn rule_parser() -> impl clap::builder::TypedValueParser<Value = Rule> {
    let names = PossibleValuesParser::new(Rule::ALL.iter().map(|rule| rule.name()));
    names.try_map(|name| Rule::named(&name).ok_or("there is no such rule"))
}
