//! The one call to the system's clock; everything else gets `now` as an argument.

use crate::event::Millis;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 by the system's clock.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
