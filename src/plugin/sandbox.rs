//! Loading: from bytes to a plugin that any number of workers can start.

use super::cache::{Cache, Origin};
use super::classifier_v0::{self, Linked, SandboxedClassifier};
use super::contract::{Fault, FaultKind, Interest, Provenance};
use super::description_v0::Description;
use super::engine::Engine;
use super::guest::{Guest, Notes};
use super::limits::{Limits, Who};
use super::package;
use super::settings::PluginSettings;
use super::words;
use std::path::Path;
use std::sync::Arc;
use wasmtime::Store;

/// Where plugins are loaded; cheap to clone, one for a run is enough.
#[derive(Clone)]
pub struct Sandbox {
    engine: Arc<Engine>,
    cache: Arc<Cache>,
    limits: Arc<Limits>,
}

impl Sandbox {
    /// A sandbox with limits, that keeps compiled components in a folder if one is given.
    /// The folder is made when it is needed, and must belong to the user alone.
    pub fn new(limits: Limits, cache: Option<&Path>) -> Result<Sandbox, Fault> {
        let engine = Engine::new().map_err(|error| Fault {
            kind: FaultKind::Refused,
            message: format!("no plugin can run on this machine: {error}"),
        })?;
        Ok(Sandbox { engine: Arc::new(engine), cache: Arc::new(Cache::new(cache)), limits: Arc::new(limits) })
    }

    /// The limits that hold for every plugin.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Inspects a component or core module, compiles it or takes it from the cache, and
    /// lets it describe itself.
    pub fn load(&self, component: &[u8], settings: PluginSettings) -> Result<LoadedPlugin, Fault> {
        let package = package::inspect(component, &self.limits)?;
        let who = Who::Unnamed(package.content_hash.clone());
        let refuse = |what: &str, error: wasmtime::Error| {
            who.fault(FaultKind::Refused, format!("{what}: {}", words::quote(&format!("{error:#}"), 500)))
        };
        let engine = self.engine.get();
        let (component, origin) =
            self.cache.component(engine, &package.component).map_err(|error| refuse("cannot be compiled", error))?;
        let linked = classifier_v0::link(engine, &component)
            .map_err(|error| refuse("does not fit the contract that it names", error))?;
        let settings_hash = settings.hash();
        let settings = Arc::new(settings);
        let store = Guest::store(engine, self.limits.clone(), settings.clone());
        let (description, notes) = classifier_v0::describe(&linked, store, &who, &self.limits)?;
        let (name, version) = (description.name.clone(), description.version.clone());
        let provenance = Provenance {
            plugin: name.clone(),
            version: version.clone(),
            content_hash: package.content_hash,
            settings_hash,
            host_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let loaded = Loaded {
            engine: self.engine.clone(),
            linked,
            who: Who::Named { name, version },
            limits: self.limits.clone(),
            settings,
            description,
            provenance,
            origin,
            notes,
        };
        Ok(LoadedPlugin(Arc::new(loaded)))
    }
}

/// What all instances of a plugin share.
pub(super) struct Loaded {
    engine: Arc<Engine>,
    pub linked: Linked,
    pub who: Who,
    pub limits: Arc<Limits>,
    settings: Arc<PluginSettings>,
    pub description: Description,
    pub provenance: Provenance,
    origin: Origin,
    notes: Notes,
}

impl Loaded {
    /// A store for a new instance.
    pub fn store(&self) -> Store<Guest> {
        Guest::store(self.engine.get(), self.limits.clone(), self.settings.clone())
    }
}

/// A plugin that is ready to be started; cheap to clone and to share between threads.
#[derive(Clone)]
pub struct LoadedPlugin(Arc<Loaded>);

impl LoadedPlugin {
    /// What it asked to see.
    pub fn interest(&self) -> &Interest {
        &self.0.description.interest
    }

    /// Who it is.
    pub fn provenance(&self) -> &Provenance {
        &self.0.provenance
    }

    /// The notes that it left while it described itself.
    pub fn notes(&self) -> &Notes {
        &self.0.notes
    }

    /// Whether it was compiled now, rather than taken from the cache.
    pub fn was_compiled(&self) -> bool {
        self.0.origin == Origin::Compiled
    }

    /// Starts a classifier for one worker.
    pub fn classifier(&self) -> Result<SandboxedClassifier, Fault> {
        SandboxedClassifier::new(self.0.clone())
    }
}
