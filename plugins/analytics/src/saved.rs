//! How a state is saved: a version, what it was gathered by, and the sums.

use crate::state::State;
use crate::zone::Zone;
use serde::{Deserialize, Serialize};

/// The version of the bytes, which is the first of them.
const VERSION: u8 = 1;

/// What two states must share to be added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Measure {
    /// The offset from UTC in minutes, which says where days begin.
    pub minutes: i32,
    /// Buckets for each doubling of a time.
    pub steps: u32,
}

/// Writes a state.
pub(crate) fn save(measure: Measure, state: &State) -> Result<Vec<u8>, String> {
    postcard::to_extend(&(measure, state), vec![VERSION]).map_err(|error| format!("the state cannot be saved: {error}"))
}

/// Reads a state that was gathered by the same measure.
pub(crate) fn load(bytes: &[u8], expected: Measure) -> Result<State, String> {
    let (version, rest) = bytes.split_first().ok_or("the state is empty: these bytes were not saved by this plugin")?;
    if *version != VERSION {
        return Err(format!("the state has version {version}, but this plugin reads version {VERSION}"));
    }
    let broken = |error| format!("the state cannot be read: {error}");
    let (measure, rest) = postcard::take_from_bytes::<Measure>(rest).map_err(broken)?;
    if measure.minutes != expected.minutes {
        let [saved, now] = [measure, expected].map(|measure| Zone::of_minutes(measure.minutes));
        return Err(format!("the state was saved with zone {saved}, but the zone is now {now}: gather it anew"));
    }
    if measure.steps != expected.steps {
        let (saved, now) = (measure.steps, expected.steps);
        return Err(format!("the state was saved with latency.steps = {saved}, but it is now {now}: gather it anew"));
    }
    let (state, rest) = postcard::take_from_bytes(rest).map_err(broken)?;
    if rest.is_empty() { Ok(state) } else { Err(format!("the state has {} bytes too many", rest.len())) }
}
