//! What a finished command said.

use std::fmt;

use serde_json::Value;

/// A finished command: its arguments, exit code and everything it wrote.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) command: String,
    /// The exit code, or none if a signal ended the program.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// One error or warning of a command that ran with `-json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    pub(crate) severity: String,
    pub(crate) summary: String,
    pub(crate) detail: String,
    /// Address of the object, where the program gives one.
    pub(crate) address: String,
    /// The line of configuration that is blamed, trimmed.
    pub(crate) code: String,
}

impl Run {
    pub(crate) fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// Both streams, for a look at what people would read.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The run itself if it succeeded; the test fails with everything it said otherwise.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        assert!(self.succeeded(), "it should have succeeded:\n{self}");
        self
    }

    /// The errors of a run that must have failed.
    #[track_caller]
    pub(crate) fn errors(&self) -> Vec<Diagnostic> {
        assert!(!self.succeeded(), "it should have failed:\n{self}");
        self.diagnostics().into_iter().filter(|each| each.severity == "error").collect()
    }

    /// The only error of a run that must have failed with exactly one.
    #[track_caller]
    pub(crate) fn only_error(&self) -> Diagnostic {
        let mut errors = self.errors();
        assert!(errors.len() == 1, "it should have failed with one error, not {}:\n{self}", errors.len());
        errors.remove(0)
    }

    /// All diagnostics: of the lines of a `-json` command, or of the one document of `validate -json`.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        if let Ok(document) = serde_json::from_str::<Value>(&self.stdout)
            && let Some(list) = document["diagnostics"].as_array()
        {
            return list.iter().map(Diagnostic::read).collect();
        }
        self.events("diagnostic").iter().map(|event| Diagnostic::read(&event["diagnostic"])).collect()
    }

    /// The diagnostics, except the warning that the provider is not a released one.
    pub(crate) fn own_diagnostics(&self) -> Vec<Diagnostic> {
        self.diagnostics().into_iter().filter(|each| !each.summary.contains("development overrides")).collect()
    }

    /// The warnings among them.
    pub(crate) fn own_warnings(&self) -> Vec<Diagnostic> {
        self.own_diagnostics().into_iter().filter(|each| each.severity == "warning").collect()
    }

    /// The lines of a `-json` command whose type is the given one.
    pub(crate) fn events(&self, kind: &str) -> Vec<Value> {
        let lines = self.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|event| event["type"] == kind).collect()
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}):\n{self}"))
    }
}

impl Diagnostic {
    fn read(value: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            severity: text(&value["severity"]),
            summary: text(&value["summary"]),
            detail: text(&value["detail"]),
            address: text(&value["address"]),
            code: text(&value["snippet"]["code"]).trim().to_owned(),
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "ended by a signal".to_owned(), |code| format!("exit code {code}"));
        writeln!(formatter, "$ {} ({code})\n{}{}", self.command, self.stdout, self.stderr)
    }
}
