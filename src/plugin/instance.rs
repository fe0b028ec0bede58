//! An instance of a plugin, whatever its role: started when it is needed, metered in every
//! call, and thrown away after a fault.

use super::contract::{Fault, FaultKind, Plugin, Provenance};
use super::description_v0::{Description, RawDescription, Wanted, understand};
use super::fault::{Call, fault};
use super::guest::{Guest, Notes};
use super::limits::{Limits, Who};
use super::package::Role;
use super::sandbox::Loaded;
use super::words;
use std::fmt::Display;
use std::sync::Arc;
use wasmtime::component::Component;
use wasmtime::{Engine, Store};

/// Characters kept of an error that a plugin words itself.
const DECLINED_CHARACTERS: usize = 500;

/// What a call gives: the plugin's answer or its own error, if it came to that.
pub type Answer<T> = wasmtime::Result<Result<T, String>>;

/// A version of a role's contract, as an instance is driven through it.
pub trait Edition: Send + Sync + Sized + 'static {
    /// The role.
    const ROLE: Role;
    /// A component that is linked, and can be started cheaply and often.
    type Linked: Send + Sync;
    /// The functions of a component that was started.
    type Exports: Send;
    /// What it wants to see.
    type Interest: Wanted;

    /// Links a component to the host.
    fn link(engine: &Engine, component: &Component) -> wasmtime::Result<Self::Linked>;

    /// Starts a component.
    fn start(linked: &Self::Linked, store: &mut Store<Guest>) -> wasmtime::Result<Self::Exports>;

    /// Lets it describe itself.
    fn describe(
        exports: &Self::Exports,
        store: &mut Store<Guest>,
    ) -> Answer<RawDescription<<Self::Interest as Wanted>::Raw>>;
}

/// An instance that has described itself.
struct Live<E: Edition> {
    store: Store<Guest>,
    exports: E::Exports,
    /// Whether it has been called since.
    is_used: bool,
}

/// A plugin in its sandbox, for one worker.
pub struct Instance<E: Edition> {
    loaded: Arc<Loaded<E>>,
    /// Nothing before the first call, after a fault, and when it was renewed.
    live: Option<Live<E>>,
    notes: Notes,
    fuel: u64,
}

impl<E: Edition> Instance<E> {
    /// A plugin that is started by its first call.
    pub(super) fn new(loaded: Arc<Loaded<E>>) -> Instance<E> {
        Instance { loaded, live: None, notes: Notes::default(), fuel: 0 }
    }

    /// What all instances of the plugin share.
    pub(super) fn loaded(&self) -> &Loaded<E> {
        &self.loaded
    }

    /// Calls the plugin and checks what it gives back.
    pub(super) fn call<T, U, B: Display>(
        &mut self,
        call: &Call,
        run: impl FnOnce(&E::Exports, &mut Store<Guest>) -> Answer<T>,
        check: impl FnOnce(T) -> Result<U, B>,
    ) -> Result<U, Fault> {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => fresh(&self.loaded)?,
        };
        live.is_used = true;
        let answer = Guest::ready(&mut live.store, call).and_then(|()| run(&live.exports, &mut live.store));
        let used = call.fuel.saturating_sub(live.store.get_fuel().unwrap_or_default());
        self.fuel = self.fuel.saturating_add(used);
        self.notes.add(live.store.data_mut().take_notes(), self.loaded.limits.notes);
        let who = &self.loaded.who;
        let checked = answer
            .map_err(|error| fault(who, &self.loaded.limits, call, &error))?
            .map_err(|text| declined(who, call, &text))
            .and_then(|raw| {
                check(raw).map_err(|breach| who.fault(FaultKind::Invalid, format!("broke the contract: {breach}")))
            })?;
        self.live = Some(live);
        Ok(checked)
    }
}

impl<E: Edition> Plugin for Instance<E> {
    fn provenance(&self) -> &Provenance {
        &self.loaded.provenance
    }

    fn may_be_critical(&self) -> bool {
        self.loaded.may_be_critical
    }

    fn renew(&mut self) {
        // One that was never called knows nothing yet.
        self.live.take_if(|live| live.is_used);
    }

    /// At most as many are kept as one call may leave.
    fn take_notes(&mut self) -> Notes {
        std::mem::take(&mut self.notes)
    }

    fn take_fuel(&mut self) -> u64 {
        std::mem::take(&mut self.fuel)
    }
}

/// Starts a component and lets it describe itself, which also gives the notes that it left.
pub(super) fn describe<E: Edition>(
    linked: &E::Linked,
    store: Store<Guest>,
    who: &Who,
    limits: &Limits,
) -> Result<(Description<E::Interest>, Notes), Fault> {
    start::<E>(linked, store, who, limits)
        .map(|(mut live, description)| (description, live.store.data_mut().take_notes()))
}

fn start<E: Edition>(
    linked: &E::Linked,
    mut store: Store<Guest>,
    who: &Who,
    limits: &Limits,
) -> Result<(Live<E>, Description<E::Interest>), Fault> {
    let call = Call::to_start(limits);
    let (exports, description) = Guest::ready(&mut store, &call)
        .and_then(|()| E::start(linked, &mut store))
        .and_then(|exports| E::describe(&exports, &mut store).map(|description| (exports, description)))
        .map_err(|error| fault(who, limits, &call, &error))?;
    let description = description.map_err(|text| declined(who, &call, &text))?;
    let description = understand(who, E::ROLE, limits, description)?;
    Ok((Live { store, exports, is_used: false }, description))
}

/// A fresh instance, which must describe itself as it did when it was loaded.
fn fresh<E: Edition>(loaded: &Loaded<E>) -> Result<Live<E>, Fault> {
    let (mut live, description) = start::<E>(&loaded.linked, loaded.store(), &loaded.who, &loaded.limits)?;
    if description != loaded.description {
        let what = "describes itself differently each time; a description may depend on settings and rule files only";
        return Err(loaded.who.fault(FaultKind::Invalid, what));
    }
    // They were taken when it was loaded.
    live.store.data_mut().take_notes();
    Ok(live)
}

fn declined(who: &Who, call: &Call, text: &str) -> Fault {
    who.fault(FaultKind::Declined, format!("declined to {}: {}", call.task, words::quote(text, DECLINED_CHARACTERS)))
}
