//! The file of agents: several real agents by their names, each with its adapter, its Python and its options.
//!
//! Paths are seen from the file's folder. What the file says of one agent does not touch another: an adapter that is not there is an error
//! of the agent that needs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::agents::Subject;
use serde::Deserialize;
use toml::{Spanned, Value};

use crate::description;
use crate::external::{BUILT_IN, PLUGIN, PYTHON, Spec, interpreter};
use crate::plan::ScenarioError;

/// The file that is read if the user names none.
pub(super) const NAME: &str = "forget-me-not.toml";

/// The file of agents.
pub(super) struct AgentsFile {
    /// Where it is.
    pub(super) path: PathBuf,
    agents: BTreeMap<String, Result<Spec, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    #[serde(default)]
    agents: BTreeMap<String, Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    adapter: Spanned<String>,
    #[serde(default)]
    python: Option<Spanned<String>>,
    #[serde(default)]
    provider: Option<Spanned<String>>,
    #[serde(default)]
    path: Vec<Spanned<String>>,
    #[serde(default)]
    options: BTreeMap<String, Spanned<Value>>,
}

impl AgentsFile {
    /// The file that the user names, or the one here. `None` if the user names none and there is none.
    pub(super) fn find(named: Option<&Path>, path: &str) -> Result<Option<Self>, String> {
        match named {
            Some(file) => Self::read(file, path).map(Some).map_err(|error| error.to_string()),
            None if Path::new(NAME).is_file() => {
                Self::read(Path::new(NAME), path).map(Some).map_err(|error| error.to_string())
            }
            None => Ok(None),
        }
    }

    /// Reads a file. `path` is where programs are searched.
    pub(super) fn read(file: &Path, path: &str) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| ScenarioError::whole_file(file, format!("cannot be read: {error}")))?;
        let shape: Shape = toml::from_str(&text).map_err(|error| ScenarioError::from_toml(file, &text, &error))?;
        let reader = Reader { file, text: &text, path };
        if shape.agents.is_empty() {
            let message = "names no agents; a table [agents.NAME] is one, with adapter and python";
            return Err(ScenarioError::whole_file(file, message.into()));
        }
        let mut agents = BTreeMap::new();
        for (name, entry) in shape.agents {
            reader.check(&name, &entry)?;
            let spec = reader.spec(&name, entry.into_inner()).map_err(|error| error.to_string());
            agents.insert(name, spec);
        }
        Ok(Self { path: file.to_owned(), agents })
    }

    /// The agent of this name.
    pub(super) fn named(&self, name: &str) -> Option<Result<Spec, String>> {
        self.agents.get(name).cloned()
    }

    /// The names, in their order.
    pub(super) fn names(&self) -> Vec<&str> {
        self.agents.keys().map(String::as_str).collect()
    }
}

struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
    path: &'a str,
}

impl Reader<'_> {
    fn wrong<T>(&self, at: &Spanned<T>, message: &str) -> ScenarioError {
        ScenarioError::at(self.file, self.text, at.span().start, message)
    }

    /// What is wrong for the whole file: names that cannot be told apart, and values of no meaning.
    fn check(&self, name: &str, entry: &Spanned<Entry>) -> Result<(), ScenarioError> {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
        if name.is_empty() || name.len() > 40 || !name.chars().all(is_letter) {
            let message =
                format!("\"{name}\" is no name of an agent: up to 40 letters, digits, \"-\", \"_\" and \".\"");
            return Err(self.wrong(entry, &message));
        }
        if Subject::all().any(|known| known.name() == name && known.making().is_none()) {
            return Err(self.wrong(entry, &format!("\"{name}\" is a release; name the agent otherwise")));
        }
        let shapeless = entry.get_ref().options.iter().find(|(_, value)| option(value.get_ref()).is_none());
        shapeless.map_or(Ok(()), |(key, value)| {
            Err(self.wrong(value, &format!("the option {key} is a text, a number, true or false")))
        })
    }

    /// The agent of an entry, or what is not there.
    fn spec(&self, name: &str, entry: Entry) -> Result<Spec, ScenarioError> {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        let text = entry.adapter.get_ref();
        let is_ours = BUILT_IN.contains(&&**text) || text.starts_with(PLUGIN) && !folder.join(text).exists();
        let adapter = if is_ours { PathBuf::from(text) } else { folder.join(text) };
        let provider = entry.provider.as_ref().map(|provider| seen_from(folder, provider.get_ref()));
        let at = entry.provider.as_ref().unwrap_or(&entry.adapter);
        let spec = Spec::adapter(&adapter, provider.as_deref()).map_err(|error| self.wrong(at, &error))?;
        let python = interpreter(folder, Path::new(entry.python.as_ref().map_or(PYTHON, |python| python.get_ref())));
        if let Some(at) = entry.python.as_ref().filter(|_| python.is_absolute() && !python.exists()) {
            return Err(self.wrong(at, &format!("there is no interpreter {}", at.get_ref())));
        }
        let mut folders = Vec::new();
        for place in &entry.path {
            let found = std::fs::canonicalize(folder.join(place.get_ref())).ok().filter(|found| found.is_dir());
            let missing = || self.wrong(place, &format!("there is no folder {}", place.get_ref()));
            folders.push(found.ok_or_else(missing)?);
        }
        let options = entry.options.iter().filter_map(|(key, value)| Some((key.clone(), option(value.get_ref())?)));
        let mut named_by = vec!["--agent".to_owned(), name.to_owned()];
        if self.file != Path::new(NAME) {
            named_by.extend(["--agents".to_owned(), self.file.display().to_string()]);
        }
        let options = spec.options.iter().cloned().chain(options).collect();
        let (name, path) = (name.to_owned(), self.path.to_owned());
        Ok(Spec { said: name.clone(), name, python, path, folders, options, named_by, ..spec })
    }
}

/// The description of a provider: a name that the program has one of, or a file seen from this folder.
fn seen_from(folder: &Path, provider: &str) -> String {
    let name = provider.split(':').next().unwrap_or_default();
    match description::names().contains(&name) {
        true => provider.to_owned(),
        false => folder.join(provider).display().to_string(),
    }
}

/// An option as an adapter gets it.
fn option(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AgentsFile, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/agents_file");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(format!("{}.toml", &blake3::hash(text.as_bytes()).to_hex()[..8]));
        std::fs::write(&file, text).expect("a file");
        let place = format!("{}:", file.display());
        AgentsFile::read(&file, "/bin").map_err(|error| error.to_string().replace(&place, ""))
    }

    #[test]
    fn an_agent_has_an_adapter_a_python_and_options() {
        let text =
            "[agents.\"hermes-0.19.0\"]\nadapter = \"hermes\"\noptions = { retain_async = false, timeout = 5 }\n";
        let file = read(text).expect("a file");
        let spec = file.named("hermes-0.19.0").expect("an agent").expect("it can be started");
        assert_eq!((spec.adapter.as_str(), spec.python.as_path()), ("hermes", Path::new(PYTHON)));
        let options: Vec<_> = spec.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!((options.join(" ").as_str(), file.names()), ("retain_async=false timeout=5", vec!["hermes-0.19.0"]));
    }

    #[test]
    fn a_mistake_has_its_place() {
        let check = |text: &str, expected: &str| {
            let error = read(text).err().expect("a mistake");
            assert!(error.starts_with(expected), "{error}");
        };
        check("", " names no agents");
        check("[agents.a]\n", "1:1: missing field \"adapter\"");
        check(
            "[agents.a]\nadapter = \"hermes\"\npyton = \"x\"\n",
            "3:1: unknown field \"pyton\"; did you mean \"python\"?",
        );
        check("[agents.a]\nadapter = 5\n", "2:11: ");
        check("[agents.\"a b\"]\nadapter = \"hermes\"\n", "1:1: \"a b\" is no name of an agent");
        check("[agents.F]\nadapter = \"hermes\"\n", "1:1: \"F\" is a release");
        check("[agents.a]\nadapter = \"hermes\"\noptions = { a = [1] }\n", "3:17: the option a is a text");
    }

    #[test]
    fn what_is_not_there_is_an_error_of_its_agent_alone() {
        let check = |lines: &str, expected: &str| {
            let file = read(&format!("[agents.well]\nadapter = \"hermes\"\n[agents.ill]\n{lines}")).expect("a file");
            assert!(file.named("well").expect("an agent").is_ok());
            let error = file.named("ill").expect("an agent").expect_err("a mistake");
            assert!(error.contains(expected), "{error}");
        };
        check("adapter = \"nowhere.py\"\n", ".toml:4:11: No such file or directory");
        check(
            "adapter = \"hermes\"\npython = \"env/bin/python\"\n",
            ".toml:5:10: there is no interpreter env/bin/python",
        );
        check("adapter = \"hermes\"\npath = [\"checkout\"]\n", ".toml:5:9: there is no folder checkout");
    }
}
