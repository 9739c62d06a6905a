//! The file of a description: its tables, and the mistakes in it, each with its place.

use std::collections::BTreeMap;
use std::path::Path;

use model::words::spelling;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use strum::VariantNames;
use toml::{Spanned, Value};

use super::keep::KeepFile;
use super::reader::{Mistake, Reader};
use super::route::RouteFile;
use super::template::{Allowed, Source, Template, Word};
use super::{Again, Configuration, Description, Keep, Kind, Means, Plugin, Shows, Store};
use crate::plan::ScenarioError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    host: Option<Spanned<String>>,
    known_as: Option<String>,
    #[serde(default = "http")]
    port: Spanned<u16>,
    authentication: Option<Authentication>,
    #[serde(default = "everything")]
    shows: Vec<Spanned<String>>,
    problem: Option<Spanned<Value>>,
    unsuccessful: Option<Spanned<Value>>,
    #[serde(default)]
    configuration: ConfigurationFile,
    #[serde(default)]
    store: StoreFile,
    #[serde(default)]
    routes: Vec<RouteFile>,
    #[serde(default)]
    keeps: Vec<KeepFile>,
    plugin: Option<Plugin>,
    #[serde(default)]
    variants: BTreeMap<Spanned<String>, Variant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authentication {
    header: Spanned<String>,
    value: Spanned<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigurationFile {
    #[serde(default)]
    environment: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    files: BTreeMap<Spanned<String>, Spanned<Value>>,
    #[serde(default)]
    imports: Vec<String>,
    #[serde(default)]
    packages: Vec<String>,
    #[serde(default)]
    points: Vec<String>,
    #[serde(default)]
    arguments: BTreeMap<String, Spanned<Value>>,
    says: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreFile {
    again: Option<Spanned<String>>,
    batch: Option<Batch>,
    once: Option<Once>,
    states: Option<States>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    most: Spanned<usize>,
    status: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Once {
    key: Spanned<Value>,
    scope: Option<Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct States {
    pending: String,
    completed: String,
    failed: String,
    unknown: String,
}

/// What another form of the same provider has instead.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    again: Option<Spanned<String>>,
    shows: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    environment: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    files: BTreeMap<Spanned<String>, Spanned<Value>>,
}

fn http() -> Spanned<u16> {
    Spanned::new(0..0, 80)
}

fn everything() -> Vec<Spanned<String>> {
    ["session", "order"].map(|word| Spanned::new(0..0, word.to_owned())).into()
}

/// The name of the turn in what a user says.
const TURN: &str = "{turn}";
/// The words of `shows`.
const SHOWS: [&str; 2] = ["session", "order"];
/// The name of the host on which the agent lives.
const AGENT: &str = "agent";
/// The name of a host that nobody asks.
const NOWHERE: &str = "nowhere";

/// Reads a description, in one of its variants.
///
/// # Errors
/// The first mistake, with its place.
pub(super) fn description(
    path: &Path,
    text: &str,
    name: &str,
    variant: Option<&str>,
) -> Result<Description, ScenarioError> {
    let file: File = toml::from_str(text).map_err(|error| ScenarioError::from_other_toml(path, text, &error))?;
    let at = |(span, message): Mistake| ScenarioError::at(path, text, span.start, &message);
    if let Some(variant) = variant.filter(|variant| !file.variants.contains_key(*variant)) {
        let known: Vec<&str> = file.variants.keys().map(|name| name.get_ref().as_str()).collect();
        let known_ones = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let hint = spelling::did_you_mean(variant, &known);
        return Err(ScenarioError::whole_file(
            path,
            format!("unknown variant \"{variant}\"{hint} variants: {known_ones}"),
        ));
    }
    let reader = Reader { text };
    // A mistake in a variant that nobody asks for is one as well.
    for (other, _) in file.variants.iter().filter(|(other, _)| Some(other.get_ref().as_str()) != variant) {
        file.read(reader, name, Some(other.get_ref())).map_err(at)?;
    }
    file.read(reader, name, variant).map_err(at)
}

impl File {
    fn read(&self, reader: Reader<'_>, name: &str, variant: Option<&str>) -> Result<Description, Mistake> {
        let none = Variant::default();
        let other = variant.and_then(|variant| self.variants.get(variant)).unwrap_or(&none);
        let routes: Vec<_> = self.routes.iter().map(|route| route.read(reader)).collect::<Result<_, _>>()?;
        for (place, route) in routes.iter().enumerate() {
            if routes[..place].iter().any(|earlier| earlier.overlaps(route)) {
                return Err((self.routes[place].span(), "another route is on the same requests".into()));
            }
        }
        let host = self.host(&routes)?;
        let keeps = self.keeps.iter().map(KeepFile::read).collect::<Result<Vec<_>, _>>()?;
        let made_up = Allowed { kinds: &[], words: &[Word::Id, Word::Time], variables: &[] };
        let of_a_problem = Allowed { words: &[Word::Id, Word::Time, Word::Detail], ..made_up };
        let default = |key: &str, value| Template::Table(vec![(key.to_owned(), value)]);
        let problem = self.problem.as_ref().map(|value| reader.template(value, of_a_problem)).transpose()?;
        let detail = Template::Text(vec![super::Part::Of(Source::Word(Word::Detail))]);
        let unsuccessful = self.unsuccessful.as_ref().map(|value| reader.template(value, made_up)).transpose()?;
        let mut description = Description {
            name: variant.map_or_else(|| name.to_owned(), |variant| format!("{name}:{variant}")),
            version: blake3::hash(reader.text.as_bytes()).to_hex()[..16].to_owned(),
            host,
            known_as: self.known_as.clone(),
            port: *self.port.get_ref(),
            authentication: self.authentication.as_ref().map(Authentication::read),
            shows: shows(other.shows.as_ref().unwrap_or(&self.shows), &routes, &keeps)?,
            configuration: Configuration::default(),
            store: self.store.read(reader, other.again.as_ref())?,
            routes,
            keeps,
            plugin: self.plugin.clone(),
            problem: problem.unwrap_or_else(|| default("detail", detail)),
            unsuccessful: unsuccessful.unwrap_or_else(|| default("success", Template::Plain(Json::Bool(false)))),
        };
        description.configuration = self.configuration.read(reader, other, &description.url())?;
        Ok(description)
    }
}

impl File {
    /// The name of the host. Who keeps everything in files has none, and asks nobody.
    fn host(&self, routes: &[super::Route]) -> Result<String, Mistake> {
        match &self.host {
            Some(name) if routes.iter().any(|route| route.kind == Kind::Write) => host(name),
            Some(name) => Err((name.span(), "no route is of kind write: nothing can come into the store".into())),
            None if !routes.is_empty() => {
                Err((self.routes[0].span(), "a route needs a host; write host = \"NAME\" at the top".into()))
            }
            None if self.keeps.is_empty() => {
                let message = "a provider has a host and routes, or its plugin has files; write host, or [[keeps]]";
                Err((0..0, message.into()))
            }
            None => Ok(NOWHERE.to_owned()),
        }
    }
}

impl Authentication {
    fn read(&self) -> (String, String) {
        (self.header.get_ref().to_lowercase(), self.value.get_ref().clone())
    }
}

impl ConfigurationFile {
    fn read(&self, reader: Reader<'_>, other: &Variant, url: &str) -> Result<Configuration, Mistake> {
        let allowed = Allowed { kinds: &[], words: &[Word::Url], variables: &[] };
        let filled = |value: &Spanned<Value>| {
            let template = reader.template(value, allowed)?;
            Ok::<Json, Mistake>(template.fill(&mut |_| Some(Json::from(url))))
        };
        let text = |value: &Spanned<Value>| match filled(value)? {
            Json::String(text) => Ok(text),
            other @ (Json::Object(_) | Json::Array(_)) => Ok(other.to_string()),
            Json::Null | Json::Bool(_) | Json::Number(_) => Err((value.span(), "a text in quotes belongs here".into())),
        };
        let mut environment = BTreeMap::new();
        for (name, value) in self.environment.iter().chain(&other.environment) {
            environment.insert(name.clone(), text(value)?);
        }
        let mut files = BTreeMap::new();
        for (path, value) in self.files.iter().chain(&other.files) {
            let inside = Path::new(path.get_ref()).components();
            if !inside.into_iter().all(|part| matches!(part, std::path::Component::Normal(_))) {
                let message = "a file stands in the agent's working directory; write a path without / at its beginning and without ..";
                return Err((path.span(), message.into()));
            }
            files.insert(path.get_ref().clone(), text(value)?);
        }
        let mut arguments = Map::new();
        for (constructor, value) in &self.arguments {
            let table = filled(value)?;
            if !table.is_object() || !constructor.contains('.') {
                let message =
                    "arguments are a table for each constructor, as in \"module.Class\" = { host = \"{url}\" }";
                return Err((value.span(), message.into()));
            }
            arguments.insert(constructor.clone(), table);
        }
        let (environment, files) = (environment.into_iter().collect(), files.into_iter().collect());
        let (imports, packages, points) = (self.imports.clone(), self.packages.clone(), self.points.clone());
        let says = self.says.as_ref().map(said).transpose()?;
        Ok(Configuration { environment, files, imports, packages, points, arguments, says })
    }
}

impl StoreFile {
    fn read(&self, reader: Reader<'_>, other: Option<&Spanned<String>>) -> Result<Store, Mistake> {
        let again = other.or(self.again.as_ref()).map_or(Ok(Again::Append), |word| {
            let unknown = |_| (word.span(), spelling::unknown("meaning", word.get_ref(), Again::VARIANTS));
            word.get_ref().parse().map_err(unknown)
        })?;
        let of_a_request = Allowed { kinds: &["query.", "header.", "body."], words: &[], variables: &[] };
        let once = self.once.as_ref().map(|once| {
            let scope = once.scope.as_ref().map(|scope| reader.template(scope, of_a_request)).transpose()?;
            Ok::<_, Mistake>((reader.template(&once.key, of_a_request)?, scope))
        });
        let batch = self.batch.as_ref().map(|Batch { most, status }| match *most.get_ref() {
            0 => Err((most.span(), "a write has at least one message".to_owned())),
            most => Ok((most, *status)),
        });
        let named = |States { pending, completed, failed, unknown }: &States| {
            [pending, completed, failed, unknown].map(Clone::clone)
        };
        let states = self.states.as_ref().map(named);
        let states = states.unwrap_or_else(|| ["pending", "completed", "failed", "unknown"].map(str::to_owned));
        Ok(Store { again, batch: batch.transpose()?, once: once.transpose()?, states })
    }
}

fn host(host: &Spanned<String>) -> Result<String, Mistake> {
    let name = host.get_ref();
    if name.parse::<std::net::IpAddr>().is_ok() {
        let message = format!("\"{name}\" is an address; name the host otherwise, and write known_as = \"{name}\"");
        return Err((host.span(), message));
    }
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    match is_name && name != AGENT {
        true => Ok(name.clone()),
        false => Err((
            host.span(),
            format!("\"{name}\" is no name of a host; one has letters, digits, - and ., and is not {AGENT}"),
        )),
    }
}

/// What a user says.
fn said(text: &Spanned<String>) -> Result<String, Mistake> {
    match text.get_ref().contains(TURN) {
        true => Ok(text.get_ref().clone()),
        false => Err((text.span(), format!("a text names its turn, as in \"{TURN} I like tea\""))),
    }
}

fn shows(words: &[Spanned<String>], routes: &[super::Route], keeps: &[Keep]) -> Result<Shows, Mistake> {
    for word in words {
        if !SHOWS.contains(&word.get_ref().as_str()) {
            return Err((word.span(), spelling::unknown("word", word.get_ref(), &SHOWS)));
        }
    }
    let has = |wanted: &str| words.iter().any(|word| word.get_ref() == wanted);
    let turns = || keeps.iter().filter(|keep| keep.means == Means::Turns);
    let in_files = !routes.is_empty() || turns().any(Keep::shows_session);
    Ok(Shows { session: has("session") && in_files, order: has("order") })
}
