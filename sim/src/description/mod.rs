//! Descriptions: the HTTP protocol of a memory provider as data, so that its simulated server needs no code.
//!
//! A description says which requests there are, where in them the texts and their document stand, what a store does with them, and what is
//! answered; `docs/providers.md` has the language. Nothing here serves a request: `providers::described` does. Deliberately absent: what a real
//! service makes of the texts.
//!
//! - `file`: reads one. - `route`: reads its routes. - `keep`: where a plugin keeps turns in files of its own. - `reader`: where mistakes are. - `template`: values with placeholders. - `path`: places in JSON. - `catalog`: those that
//!   the program has, and those that were read.

mod catalog;
mod file;
mod keep;
mod path;
mod reader;
mod route;
mod template;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use catalog::{BUILT_IN, find, named, names, read};
pub use keep::{Keep, Means};
pub use path::JsonPath;
pub use template::{Part, Source, Template, Word};

/// The provider that needs no description.
pub const HINDSIGHT: &str = "hindsight";

/// What is judged by requests: an agent that makes none keeps all of it.
const OF_REQUESTS: &[&str] = &["no-stale-recall", "prompt-delivery", "refusal-is-reported", "traffic-is-bounded"];

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its name, with its variant: `honcho`, `supermemory:replace`.
    pub name: String,
    /// The hash of its file, and its variant.
    pub version: String,
    /// The name of its host.
    pub host: String,
    /// What its agent calls the host, if that is another name or an address.
    pub known_as: Option<String>,
    /// Its port there.
    pub port: u16,
    /// The header, in lower case, and the value that a request must have.
    pub authentication: Option<(String, String)>,
    /// What its store shows.
    pub shows: Shows,
    /// How an agent is brought to it.
    pub configuration: Configuration,
    /// What it does with texts.
    pub store: Store,
    /// Its requests.
    pub routes: Vec<Route>,
    /// Where its plugin keeps turns in files.
    pub keeps: Vec<Keep>,
    /// Where its plugin comes from, if Hermes does not ship it.
    pub plugin: Option<Plugin>,
    /// The answer to a request that is refused.
    pub problem: Template,
    /// The answer to a delivery that has failed inside, though its status says that it has not.
    pub unsuccessful: Template,
}

/// What can be judged by a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shows {
    /// Whether a document is one of a session, and named after it.
    pub session: bool,
    /// Whether the order of texts means anything.
    pub order: bool,
}

/// How an agent is brought to its provider. Values have the provider's address filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Variables of its environment.
    pub environment: Vec<(String, String)>,
    /// Files, by their path from its working directory.
    pub files: Vec<(String, String)>,
    /// Modules that it imports when it first needs them.
    pub imports: Vec<String>,
    /// Packages whose versions its runs depend on.
    pub packages: Vec<String>,
    /// Files of its code that get switch points, by the ends of their paths.
    pub points: Vec<String>,
    /// Arguments of constructors that no setting reaches, by the constructor's name with its module.
    pub arguments: Map<String, Value>,
    /// What a user says in each turn, if a plugin only keeps what is said in certain words.
    pub says: Option<String>,
}

/// A plugin that Hermes does not ship.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// The name of its package.
    pub package: String,
    /// The name by which Hermes knows it, if the package has several.
    pub name: Option<String>,
    /// What installs it into a profile: a program that the package brings, and its arguments; `{home}` is the profile.
    #[serde(default)]
    pub installer: Vec<String>,
    /// Whether the template imports it ahead. A plugin that settles its folder when it is imported has to be imported in each process.
    #[serde(default = "yes")]
    pub ahead: bool,
}

fn yes() -> bool {
    true
}

/// What a provider does with the texts that it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// What another write to the same document does.
    pub again: Again,
    /// The most messages of a write, and the status with which more are refused.
    pub batch: Option<(usize, u16)>,
    /// What makes a write one that was seen before: its key, and the scope in which the key counts.
    pub once: Option<(Template, Option<Template>)>,
    /// The words for an operation that is pending, completed, failed and unknown.
    pub states: [String; 4],
}

/// What another write to the same document does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Again {
    /// Its messages follow those that are there.
    Append,
    /// They take their place.
    Replace,
    /// Those that the document begins with are skipped, and the others follow.
    SkipPrefix,
}

/// A kind of request, and with it the faults that it meets: those of a scenario's `version`, `retain`, `recall`, or `operation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum Kind {
    /// It prepares the agent: `version`.
    Init,
    /// It brings messages: `retain`.
    Write,
    /// It makes memory of messages that wait: `operation`.
    Commit,
    /// It asks for memories: `recall`.
    Recall,
    /// It asks for the state of a write: `operation`.
    Status,
    /// Anything else. It meets no faults.
    Other,
}

/// A request that the provider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method, in capitals.
    pub method: String,
    /// The path's segments.
    pub path: Vec<Segment>,
    /// Its kind.
    pub kind: Kind,
    /// The document that it is about.
    pub document: Option<Template>,
    /// Where its messages stand, if it is a write.
    pub write: Option<Write>,
    /// How many of the last messages a commit leaves waiting.
    pub leaves: Option<Template>,
    /// The query of a recall.
    pub query: Option<Template>,
    /// The operation that is asked for.
    pub operation: Option<Template>,
    /// The status of its answer.
    pub status: u16,
    /// The body of its answer.
    pub answer: Template,
    /// Whether the body is a list with one `answer` for each message.
    pub for_each: bool,
}

/// A segment of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// This text.
    Is(String),
    /// Any text, known by this name.
    Variable(String),
}

/// Where the messages of a write stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The list of messages in the body. `None` if the body is the only one.
    pub messages: Option<JsonPath>,
    /// The text of a message.
    pub text: JsonPath,
    /// Who says it. `None` if a text holds whole turns.
    pub role: Option<JsonPath>,
    /// Its labels.
    pub tags: Option<JsonPath>,
    /// The session that its metadata name.
    pub session: Option<Template>,
    /// What another write of its document does, where a message says so.
    pub again: Option<Template>,
    /// Whether it is answered before it is kept: `true`, or where the request says so.
    pub queued: Option<Template>,
}

impl Description {
    /// Its address.
    pub fn url(&self) -> String {
        let host = self.name_for_its_agent();
        match self.port {
            80 => format!("http://{host}"),
            port => format!("http://{host}:{port}"),
        }
    }

    /// What its agent calls its host.
    pub fn name_for_its_agent(&self) -> &str {
        self.known_as.as_ref().unwrap_or(&self.host)
    }

    /// Whether all of it is in files: there is no provider to ask.
    pub fn is_local(&self) -> bool {
        self.routes.is_empty()
    }

    /// Whether a message becomes memory only with a commit.
    pub fn commits(&self) -> bool {
        self.routes.iter().any(|route| route.kind == Kind::Commit)
    }

    /// The invariants that nobody can judge by what it shows.
    pub fn unseen(&self) -> Vec<&'static str> {
        let mut recalls = self.routes.iter().filter(|route| route.kind == Kind::Recall);
        let tagged = self.routes.iter().filter_map(|route| route.write.as_ref()).any(|write| write.tags.is_some());
        let unseen = [
            (!self.shows.session, "attribution"),
            (!tagged, "lineage"),
            (!self.shows.order, "order"),
            (recalls.nth(1).is_some() || self.is_local(), "recall-is-read"),
        ];
        let unseen = unseen.into_iter().filter_map(|(unseen, name)| unseen.then_some(name));
        let of_requests = if self.is_local() { OF_REQUESTS } else { &[] };
        unseen.chain(of_requests.iter().copied()).collect()
    }
}

impl Route {
    /// The variables of a path that this route leads from. `None` if it does not.
    pub fn variables<'a>(&'a self, method: &str, path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        if self.method != method || self.path.len() != segments.len() {
            return None;
        }
        let mut variables = Vec::new();
        for (own, segment) in self.path.iter().zip(segments) {
            match own {
                Segment::Is(text) if text == segment => {}
                Segment::Variable(name) if !segment.is_empty() => variables.push((name.as_str(), segment)),
                Segment::Is(_) | Segment::Variable(_) => return None,
            }
        }
        Some(variables)
    }

    /// Whether some request would lead from both.
    fn overlaps(&self, other: &Self) -> bool {
        let both = |(one, other): (&Segment, &Segment)| match (one, other) {
            (Segment::Is(one), Segment::Is(other)) => one == other,
            (Segment::Variable(_), Segment::Variable(_)) => true,
            (Segment::Is(_), Segment::Variable(_)) | (Segment::Variable(_), Segment::Is(_)) => false,
        };
        self.method == other.method
            && self.path.len() == other.path.len()
            && self.path.iter().zip(&other.path).all(both)
    }
}
