//! For tests: what goes wrong with a later call of a stand-in, of any operation.

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
    /// The call does its work, and its answer is lost.
    LostAnswer,
}

/// Something that goes wrong at a call of the stand-in. The token is cancelled when it does.
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

/// Does the work of a call, as far as what goes wrong allows. An answer that is lost is this error.
pub fn struck<T>(
    kind: Option<FaultKind>,
    lost: impl FnOnce() -> ApiError,
    work: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    match kind {
        // The process ends here without an answer.
        Some(FaultKind::Kill) => std::panic::resume_unwind(Box::new("killed")),
        Some(FaultKind::KillAfter) => {
            work().ok();
            std::panic::resume_unwind(Box::new("killed"))
        }
        Some(FaultKind::LostAnswer) => work().and_then(|_| Err(lost())),
        Some(FaultKind::Interrupt) | None => work(),
    }
}
