//! Loading: from bytes to a plugin that any number of workers can start.

use super::analyzer_v0::{AnalyzerV0, SandboxedAnalyzer};
use super::cache::{Cache, Origin};
use super::classifier_v0::{ClassifierV0, SandboxedClassifier};
use super::compile::Compiler;
use super::contract::{Fault, FaultKind, Provenance};
use super::description_v0::{CRITICAL, Description, Wanted};
use super::engine::Engine;
use super::extractor_v0::{ExtractorV0, SandboxedExtractor};
use super::guest::{Guest, Notes};
use super::instance::{Edition, Instance, describe};
use super::limits::{Limits, Who};
use super::package::{self, Package, Role};
use super::settings::PluginSettings;
use super::{Granted, builtin, words};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use wasmtime::Store;
use wasmtime::component::Component;

/// Where plugins are loaded; cheap to clone, one for a run is enough.
#[derive(Clone)]
pub struct Sandbox {
    engine: Arc<Engine>,
    cache: Arc<Cache>,
    compiler: Compiler,
    limits: Arc<Limits>,
}

impl Sandbox {
    /// A sandbox with limits, that keeps compiled components in a folder if one is given.
    /// The folder is made when it is needed, and must belong to the user alone.
    pub fn new(limits: Limits, cache: Option<&Path>, compiler: Compiler) -> Result<Sandbox, Fault> {
        let engine = Engine::new().map_err(|error| Fault {
            kind: FaultKind::Refused,
            message: format!("no plugin can run on this machine: {error}"),
        })?;
        Ok(Sandbox { engine: Arc::new(engine), cache: Arc::new(Cache::new(cache)), compiler, limits: Arc::new(limits) })
    }

    /// The limits that hold for every plugin.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Inspects a component or core module, compiles it or takes it from the cache, lets it
    /// describe itself, and refuses it if it asks to see more than was granted. What was
    /// granted has to be known to belong to this very file.
    pub fn load(&self, file: &[u8], settings: PluginSettings, granted: &Granted) -> Result<LoadedPlugin, Fault> {
        let package = package::inspect(file, &self.limits)?;
        let (component, origin) = self.compile(file, &package)?;
        let load = Load { sandbox: self, package, component, origin, settings: Arc::new(settings), granted };
        Ok(LoadedPlugin(match load.package.role {
            Role::Classifier => Kept::Classifier(Arc::new(load.finish()?)),
            Role::Extractor => Kept::Extractor(Arc::new(load.finish()?)),
            Role::Analyzer => Kept::Analyzer(Arc::new(load.finish()?)),
        }))
    }

    fn compile(&self, file: &[u8], package: &Package<'_>) -> Result<(Component, Origin), Fault> {
        let who = Who::Unnamed(package.content_hash.clone());
        let engine = self.engine.get();
        // What the program brings along needs no watching.
        let compiler = if builtin::holds(file) { &Compiler::Here } else { &self.compiler };
        let compile = || compiler.compile(engine, &package.component, &who, &self.limits);
        let (component, origin) = self.cache.component(engine, &package.component, compile)?;
        Ok((component.map_err(|error| refused(&who, "cannot be made ready to run", &error))?, origin))
    }
}

fn refused(who: &Who, what: &str, error: &wasmtime::Error) -> Fault {
    who.fault(FaultKind::Refused, format!("{what}: {}", words::quote(&format!("{error:#}"), 500)))
}

/// A component on its way to a plugin.
struct Load<'a> {
    sandbox: &'a Sandbox,
    package: Package<'a>,
    component: Component,
    origin: Origin,
    settings: Arc<PluginSettings>,
    granted: &'a Granted,
}

impl Load<'_> {
    fn finish<E: Edition>(self) -> Result<Loaded<E>, Fault> {
        let Load { sandbox: Sandbox { engine, limits, .. }, package, component, origin, settings, granted } = self;
        let who = Who::Unnamed(package.content_hash.clone());
        let linked = E::link(engine.get(), &component)
            .map_err(|error| refused(&who, "does not fit the contract that it names", &error))?;
        let store = Guest::store(engine.get(), limits.clone(), settings.clone());
        let (description, notes) = describe::<E>(&linked, store, &who, limits)?;
        let (name, version) = (description.name.clone(), description.version.clone());
        let provenance = Provenance {
            plugin: name.clone(),
            version: version.clone(),
            content_hash: package.content_hash,
            settings_hash: settings.hash(),
            host_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let who = Who::Named { name, version };
        let mut asks = description.interest.asks();
        check_grants(&who, &asks, granted)?;
        if description.critical {
            asks.insert(CRITICAL.to_owned());
        }
        let about = About { contract: package.contract, imports: package.imports, asks, origin, notes };
        let may_be_critical = description.critical && granted.holds(CRITICAL);
        let (engine, limits) = (engine.clone(), limits.clone());
        Ok(Loaded { engine, linked, who, limits, settings, description, may_be_critical, provenance, about })
    }
}

/// Whether all that a plugin asks to see was granted.
fn check_grants(who: &Who, asks: &BTreeSet<String>, granted: &Granted) -> Result<(), Fault> {
    let beyond: Vec<_> = asks.iter().filter(|ask| !granted.holds(ask)).map(String::as_str).collect();
    if beyond.is_empty() {
        return Ok(());
    }
    let what = format!(
        "asks for what it was not granted: {}; `logwright plugin install` shows what it asks for, and grants it",
        beyond.join(", ")
    );
    Err(who.fault(FaultKind::Refused, what))
}

/// What there is to tell of a plugin.
struct About {
    contract: &'static str,
    imports: Vec<String>,
    asks: BTreeSet<String>,
    origin: Origin,
    notes: Notes,
}

/// What all instances of a plugin share.
pub(super) struct Loaded<E: Edition> {
    engine: Arc<Engine>,
    pub linked: E::Linked,
    pub who: Who,
    pub limits: Arc<Limits>,
    settings: Arc<PluginSettings>,
    pub description: Description<E::Interest>,
    /// Whether it asked to have something kept for ever, and was granted it.
    pub may_be_critical: bool,
    pub provenance: Provenance,
    about: About,
}

impl<E: Edition> Loaded<E> {
    /// A store for a new instance.
    pub fn store(&self) -> Store<Guest> {
        Guest::store(self.engine.get(), self.limits.clone(), self.settings.clone())
    }
}

#[derive(Clone)]
enum Kept {
    Classifier(Arc<Loaded<ClassifierV0>>),
    Extractor(Arc<Loaded<ExtractorV0>>),
    Analyzer(Arc<Loaded<AnalyzerV0>>),
}

/// A plugin that is ready to be started; cheap to clone and to share between threads.
#[derive(Clone)]
pub struct LoadedPlugin(Kept);

impl LoadedPlugin {
    fn parts(&self) -> (Role, &About, &Provenance, &Who) {
        fn of<E: Edition>(loaded: &Loaded<E>) -> (Role, &About, &Provenance, &Who) {
            (E::ROLE, &loaded.about, &loaded.provenance, &loaded.who)
        }
        match &self.0 {
            Kept::Classifier(loaded) => of(loaded),
            Kept::Extractor(loaded) => of(loaded),
            Kept::Analyzer(loaded) => of(loaded),
        }
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.parts().0
    }

    /// The version of its role's contract.
    pub fn contract(&self) -> &'static str {
        self.parts().1.contract
    }

    /// What it imports, by name, in order.
    pub fn imports(&self) -> &[String] {
        &self.parts().1.imports
    }

    /// What it asks for, as the words that a person grants: `kind:K` to be handed events of
    /// a kind, `text:T` to be handed a text or have it searched, `field:F` to have a field
    /// filled, and `critical` to have something kept for ever.
    pub fn asks(&self) -> &BTreeSet<String> {
        &self.parts().1.asks
    }

    /// Who it is.
    pub fn provenance(&self) -> &Provenance {
        self.parts().2
    }

    /// The notes that it left while it described itself.
    pub fn notes(&self) -> &Notes {
        &self.parts().1.notes
    }

    /// Whether it was compiled now, rather than taken from the cache.
    pub fn was_compiled(&self) -> bool {
        self.parts().1.origin == Origin::Compiled
    }

    /// A classifier for one worker, which its first call starts.
    pub fn classifier(&self) -> Result<SandboxedClassifier, Fault> {
        match &self.0 {
            Kept::Classifier(loaded) => Ok(Instance::new(loaded.clone())),
            _ => Err(self.is_no(Role::Classifier)),
        }
    }

    /// An extractor for one worker, which its first call starts.
    pub fn extractor(&self) -> Result<SandboxedExtractor, Fault> {
        match &self.0 {
            Kept::Extractor(loaded) => Ok(Instance::new(loaded.clone())),
            _ => Err(self.is_no(Role::Extractor)),
        }
    }

    /// An analyzer for one worker, which its first call starts.
    pub fn analyzer(&self) -> Result<SandboxedAnalyzer, Fault> {
        match &self.0 {
            Kept::Analyzer(loaded) => Ok(Instance::new(loaded.clone())),
            _ => Err(self.is_no(Role::Analyzer)),
        }
    }

    fn is_no(&self, wanted: Role) -> Fault {
        let (role, _, _, who) = self.parts();
        who.fault(FaultKind::Refused, format!("serves in the role of {role}, not in that of {wanted}"))
    }
}
