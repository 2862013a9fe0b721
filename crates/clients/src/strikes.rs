//! For tests: injects faults into a later call of any operation of a test double.

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::errors::ApiError;

/// The fault of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The process is killed before the call, and stores nothing of the operation.
    Kill,
    /// The process is killed after the call.
    KillAfter,
    /// The user presses Ctrl-C during the call.
    Interrupt,
    /// The call takes effect, and its response is lost.
    LostAnswer,
}

/// A fault at a call of the test double. The token is cancelled when the fault occurs.
#[derive(Debug, Clone)]
pub struct Trouble {
    pub kind: FaultKind,
    pub struck: CancellationToken,
}

/// The faults to inject into a test double, and after how many other calls.
#[derive(Debug, Default)]
pub struct Strikes(Option<(usize, Trouble)>);

impl Strikes {
    pub fn set(&mut self, strike: Option<(usize, Trouble)>) {
        self.0 = strike;
    }

    /// Returns the fault of the call that starts now.
    pub fn take_due(&mut self) -> Option<FaultKind> {
        let (left, trouble) = self.0.as_mut()?;
        if *left > 0 {
            *left -= 1;
            return None;
        }
        trouble.struck.cancel();
        self.0.take().map(|(_, trouble)| trouble.kind)
    }
}

/// Runs a call, as far as the fault permits. A lost response becomes this error.
pub fn struck<T>(
    kind: Option<FaultKind>,
    lost: impl FnOnce() -> ApiError,
    work: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    match kind {
        // The process is killed here, so no response is returned.
        Some(FaultKind::Kill) => std::panic::resume_unwind(Box::new("killed")),
        Some(FaultKind::KillAfter) => {
            work().ok();
            std::panic::resume_unwind(Box::new("killed"))
        }
        Some(FaultKind::LostAnswer) => work().and_then(|_| Err(lost())),
        Some(FaultKind::Interrupt) | None => work(),
    }
}
