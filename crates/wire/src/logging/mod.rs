//! Log lines for the host: one line of JSON each on stderr, in hclog format.

mod line;
mod panics;

use std::io::{self, Write as _};

use serde_json::{Map, Value as Json};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber, span};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

pub(super) use panics::{Caught, Guarded};

use line::Pairs;

/// The crates of this repository. Other crates may log the data they send, so only their warnings are logged.
const OWN_TARGETS: [&str; 7] =
    ["ekscompute", "terraform_provider", "framework", "preflight", "render", "wire", "clients"];

/// Starts logging at the level in the environment, and reports panics in the format of the host. `name` is the type
/// name of the provider. `variable` returns the value of an environment variable.
pub(super) fn start(name: &str, variable: impl Fn(&str) -> Option<String>) {
    panics::install();
    let level = level(name, variable);
    let others = level.min(LevelFilter::WARN);
    let filter = OWN_TARGETS
        .iter()
        .fold(Targets::new().with_default(others), |filter, target| filter.with_target(*target, level));
    // If logging was already started in this process, for example in a test, the first start stays in effect.
    let _ = tracing_subscriber::registry().with(HostLog { write: write_line }.with_filter(filter)).try_init();
}

/// Returns the level of the most specific variable that is set. No variable disables logging.
fn level(name: &str, variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let own = format!("TF_LOG_PROVIDER_{}", name.replace('-', "_").to_uppercase());
    let names = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"];
    let given = names.into_iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    match given.map(|level| level.to_uppercase()).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        // `JSON` is TRACE in another format. The host also treats unsupported levels as TRACE.
        Some(_) => LevelFilter::TRACE,
    }
}

/// Writes each event as one line, with the pairs of its spans.
struct HostLog<W> {
    write: W,
}

impl<S, W> Layer<S> for HostLog<W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: Fn(&str) + 'static,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut pairs = Pairs::default();
            attributes.record(&mut pairs);
            span.extensions_mut().insert(pairs);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(pairs) = span.extensions_mut().get_mut::<Pairs>()
        {
            values.record(pairs);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut pairs: Map<String, Json> = Map::new();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(span_pairs) = span.extensions().get::<Pairs>() {
                pairs.extend(span_pairs.0.clone());
            }
        }
        let mut own = Pairs::default();
        event.record(&mut own);
        pairs.extend(own.0);
        (self.write)(&line::render(*event.metadata().level(), event.metadata().target(), pairs));
    }
}

/// Writes a whole line at once, so that lines of concurrent tasks are not interleaved. If stderr is closed, the error
/// is ignored.
fn write_line(line: &str) {
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use framework::secrets;

    /// Returns the lines that the closure logs.
    fn logged(work: impl FnOnce()) -> Vec<Map<String, Json>> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let layer = HostLog { write: move |line: &str| sink.lock().unwrap().push(line.to_owned()) };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let lines = lines.lock().unwrap();
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn secrets_are_masked_in_every_part_of_a_line() {
        secrets::mask("log-secret-\"1\"");
        let lines = logged(|| {
            let span = tracing::info_span!("span", of_span = "x log-secret-\"1\"", api_token = "anything");
            let _entered = span.enter();
            let shown = Some("log-secret-\"1\"");
            tracing::info!(pair = "log-secret-\"1\" y", debugged = ?shown, password = 7, "log-secret-\"1\"!");
        });
        let line = &lines[0];
        assert_eq!(
            (&line["@message"], &line["pair"], &line["of_span"]),
            (&"***!".into(), &"*** y".into(), &"x ***".into())
        );
        assert_eq!((&line["api_token"], &line["password"]), (&"***".into(), &"***".into()));
        assert_eq!(line["debugged"], "Some(\"***\")");
    }

    #[test]
    fn log_lines_include_enclosing_span_fields() {
        let lines = logged(|| {
            let outer = tracing::info_span!("outer", a = 1, b = tracing::field::Empty);
            outer.record("b", "later");
            let _outer = outer.enter();
            tracing::info_span!("inner", c = true).in_scope(|| tracing::warn!(a = 2, "within"));
            tracing::info!("after");
        });
        assert_eq!((&lines[0]["a"], &lines[0]["b"], &lines[0]["c"]), (&2.into(), &"later".into(), &true.into()));
        assert_eq!((&lines[1]["a"], lines[1].get("c")), (&1.into(), None));
    }

    #[test]
    fn most_specific_variable_decides() {
        let level = |variables: &[(&str, &str)]| {
            level("eks-compute", |name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(level(&[]), LevelFilter::OFF);
        assert_eq!(level(&[("TF_LOG", "json")]), LevelFilter::TRACE);
        assert_eq!(level(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "warn")]), LevelFilter::WARN);
        assert_eq!(level(&[("TF_LOG_PROVIDER", "warn"), ("TF_LOG_PROVIDER_EKS_COMPUTE", "OFF")]), LevelFilter::OFF);
    }
}
