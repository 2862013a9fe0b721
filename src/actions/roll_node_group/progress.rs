//! Which nodes a rolling replacement still has to replace. The marks are annotations of the nodes, because an action has
//! no state.

use jiff::Timestamp;
use preflight::facts::Node;

/// How long an interrupted replacement can be continued. After that, an invocation replaces all nodes.
const CONTINUED: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// What is left of a rolling replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    /// The nodes to replace.
    pub(super) nodes: Vec<Node>,
    /// The mark of the nodes.
    pub(super) mark: String,
    /// Whether an earlier invocation began it.
    pub(super) is_continued: bool,
}

/// Returns the nodes to replace: the nodes that joined before the interrupted replacement began, or else all of them.
pub(super) fn left(nodes: Vec<Node>, now: Timestamp) -> Left {
    // The clock of the API server sets the times of nodes, so that the newest node marks the beginning.
    let earlier = nodes.iter().filter_map(|node| Mark::parse(node.roll_mark.as_deref()?));
    let earlier = earlier.filter(|mark| now.duration_since(mark.started) < CONTINUED).max_by_key(|mark| mark.started);
    let is_continued = earlier.is_some();
    let mark = earlier.unwrap_or_else(|| Mark {
        newest: nodes.iter().map(|node| node.created_at.clone()).max().unwrap_or_default(),
        started: now,
    });
    let nodes = nodes.into_iter().filter(|node| node.created_at <= mark.newest).collect();
    Left { nodes, mark: format!("{},{}", mark.newest, mark.started.strftime("%Y-%m-%dT%H:%M:%SZ")), is_continued }
}

/// The content of the mark.
struct Mark {
    /// When the newest of the old nodes joined. RFC 3339 times in UTC have the order of their text.
    newest: String,
    /// When the replacement began.
    started: Timestamp,
}

impl Mark {
    fn parse(text: &str) -> Option<Self> {
        let (newest, started) = text.split_once(',')?;
        Some(Self { newest: newest.to_owned(), started: started.parse().ok()? })
    }
}
