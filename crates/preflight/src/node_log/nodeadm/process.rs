//! The log of nodeadm: one process for each phase, which ends with `done!` or with `Command failed`.

use serde_json::{Map, Value};

use super::super::log::{ConsoleLog, Line};

/// A line of nodeadm. Since the AMI release v20251217, it is text: `warn cli/config.go:25 message {"field": "value"}`.
/// Before, it was a JSON object with `level`, `caller`, and `msg`.
pub(super) struct Entry<'l> {
    /// The index of the line.
    pub(super) line: usize,
    pub(super) level: Level,
    pub(super) message: &'l str,
    fields: Map<String, Value>,
    /// The line without the prefix of the journal.
    pub(super) body: &'l str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
    /// Written by the AWS SDK, or by a program that nodeadm runs.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// `nodeadm-internal boot-hook`: the network interfaces.
    BootHook,
    /// `nodeadm-config`, before cloud-init.
    Config,
    /// `nodeadm-run`, after cloud-init.
    Run,
}

pub(super) struct Process<'l> {
    pub(super) phase: Phase,
    pid: u32,
    pub(super) entries: Vec<Entry<'l>>,
}

impl Entry<'_> {
    /// A field such as `error` or `name`. A line that is cut off has no valid JSON.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        if let Some(value) = self.fields.get(name) {
            return value.as_str();
        }
        let (_, after) = self.body.split_once(&format!("\"{name}\":"))?;
        let value = after.trim_start().strip_prefix('"')?;
        Some(value.trim_end_matches(['"', '}']))
    }

    pub(super) fn is(&self, message: &str) -> bool {
        self.message.starts_with(message)
    }
}

impl<'l> Process<'l> {
    pub(super) fn is_done(&self) -> bool {
        self.entries.iter().any(|entry| entry.is("done!") || entry.is("Completed boot hook!"))
    }

    /// The error that ended the process.
    pub(super) fn failure(&self) -> Option<&Entry<'l>> {
        self.entries.iter().rfind(|entry| entry.level == Level::Fatal)
    }

    pub(super) fn last(&self) -> Option<&Entry<'l>> {
        self.entries.last()
    }

    /// The entries with the text, in order.
    pub(super) fn with(&self, text: &str) -> Vec<&Entry<'l>> {
        self.entries.iter().filter(|entry| entry.body.contains(text)).collect()
    }
}

/// The processes in the order of their start.
pub(super) fn processes(log: &ConsoleLog) -> Vec<Process<'_>> {
    let mut found: Vec<Process<'_>> = Vec::new();
    for (index, line) in log.lines().iter().enumerate() {
        let Some(entry) = entry(index, line) else { continue };
        let is_hook = line.program == "nodeadm-internal";
        let continues = found.last().is_some_and(|last| {
            (last.phase == Phase::BootHook) == is_hook && last.pid == line.pid && !entry.is("Checking user is root")
        });
        if !continues {
            let phase = if is_hook { Phase::BootHook } else { Phase::Config };
            found.push(Process { phase, pid: line.pid, entries: Vec::new() });
        }
        if let Some(process) = found.last_mut() {
            if entry.is("Setting up system run aspects") || entry.body.contains("/etc/eks/nodeadm.d/\"") {
                process.phase = Phase::Run;
            }
            process.entries.push(entry);
        }
    }
    found
}

fn entry(index: usize, line: &Line) -> Option<Entry<'_>> {
    let body = line.body.as_str();
    let other = |message| Entry { line: index, level: Level::Other, message, fields: Map::new(), body };
    if body.starts_with("{\"level\":") && body.contains("\"caller\":") {
        return Some(json(index, body));
    }
    if let Some((level, message, fields)) = console(body) {
        return Some(Entry { level, fields, ..other(message) });
    }
    let is_nodeadm = matches!(line.program.as_str(), "nodeadm" | "nodeadm-internal");
    is_nodeadm.then(|| {
        let message = ["DEBUG ", "WARN "].iter().find_map(|level| body.strip_prefix("SDK ")?.split_once(level));
        other(message.map_or(body, |(_, message)| message))
    })
}

fn json(index: usize, body: &str) -> Entry<'_> {
    let text = |name: &str| {
        let (_, after) = body.split_once(&format!("\"{name}\":\""))?;
        Some(after.split('"').next().unwrap_or(after))
    };
    let fields = serde_json::from_str(body).unwrap_or_default();
    let level = text("level").and_then(level).unwrap_or(Level::Other);
    Entry { line: index, level, message: text("msg").unwrap_or_default(), fields, body }
}

fn console(body: &str) -> Option<(Level, &str, Map<String, Value>)> {
    let (level, rest) = body.split_once(' ').and_then(|(word, rest)| Some((self::level(word)?, rest)))?;
    let (caller, rest) = rest.split_once(' ')?;
    let (file, number) = caller.rsplit_once(".go:")?;
    if file.is_empty() || number.parse::<u32>().is_err() {
        return None;
    }
    let message = rest.find(" {\"").map_or(rest, |fields| &rest[..fields]);
    Some((level, message, serde_json::from_str(&rest[message.len()..]).unwrap_or_default()))
}

fn level(word: &str) -> Option<Level> {
    Some(match word {
        "debug" => Level::Debug,
        "info" => Level::Info,
        "warn" => Level::Warn,
        "error" => Level::Error,
        "fatal" => Level::Fatal,
        _ => return None,
    })
}
