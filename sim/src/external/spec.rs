//! What `--agent` names: an adapter's file, or an adapter that the program has, the Python that runs it, and the provider that it speaks to.

use std::path::{Path, PathBuf};

use model::words::spelling;

use super::source::Source;
use crate::description::{self, Description, HINDSIGHT, Plugin};

/// The adapters that the program has.
pub const BUILT_IN: &[&str] = &["hermes"];
/// The interpreter, if the user names none.
pub const PYTHON: &str = "python3.11";
/// A memory plugin of Hermes: `hermes/retaindb`.
pub const PLUGIN: &str = "hermes/";
/// The adapter for those plugins.
const OF_PLUGINS: &str = "hermes_plugin";
/// The plugins that Hermes ships. Any other is that of an installed package.
const SHIPPED: &[&str] =
    &["byterover", "hindsight", "holographic", "honcho", "mem0", "openviking", "retaindb", "supermemory"];
/// The description of a plugin that nobody has described: it keeps turns in some file.
const UNDESCRIBED: &str = "files";

/// A real agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// The name of the subject.
    pub name: String,
    /// What the template takes as its adapter: an absolute path, or the name of one that the program has.
    pub adapter: String,
    /// The interpreter.
    pub python: PathBuf,
    /// Where programs are searched.
    pub path: String,
    /// Folders to import from before the interpreter's own, such as a checkout.
    pub folders: Vec<PathBuf>,
    /// Settings for the adapter.
    pub options: Vec<(String, String)>,
    /// Modules that the template imports behind the adapter.
    pub imports: Vec<String>,
    /// The ends of the paths of files that get switch points.
    pub points: Vec<String>,
    /// The plugin, if Hermes does not ship it.
    pub source: Option<Source>,
    /// The provider, if the user names it. Otherwise the adapter does.
    pub provider: Option<&'static Description>,
    /// As `--agent` names it.
    pub said: String,
    /// The options of the command line that name it.
    pub named_by: Vec<String>,
}

impl Spec {
    /// The agent that `text` names, run by this interpreter, with the provider of this description. `path` is where programs are searched.
    ///
    /// # Errors
    /// If there is no such file, no such plugin with a description, or a mistake in the description.
    pub fn of(text: &str, python: Option<&Path>, provider: Option<&str>, path: &str) -> Result<Self, String> {
        let mut named_by = vec!["--agent".to_owned(), text.to_owned()];
        named_by.extend(python.into_iter().flat_map(|python| ["--python".to_owned(), python.display().to_string()]));
        named_by.extend(provider.into_iter().flat_map(|provider| ["--provider".to_owned(), provider.to_owned()]));
        let spec = Self::adapter(Path::new(text), provider).map_err(|error| format!("--agent {text}: {error}"))?;
        let python = interpreter(Path::new(""), python.unwrap_or(Path::new(PYTHON)));
        Ok(Self { python, path: path.to_owned(), said: text.to_owned(), named_by, ..spec })
    }

    /// The part of an agent that its adapter says.
    ///
    /// # Errors
    /// As for [`Spec::of`].
    pub fn adapter(path: &Path, provider: Option<&str>) -> Result<Self, String> {
        let text = path.to_str().unwrap_or_default();
        let description = provider.map(named).transpose()?;
        let of_the_program =
            |adapter: &str| Self { name: text.to_owned(), adapter: adapter.to_owned(), ..Self::default() };
        let spec = match text.strip_prefix(PLUGIN).filter(|_| !path.exists()) {
            Some(HINDSIGHT) if description.is_none() => of_the_program(BUILT_IN[0]),
            Some(plugin) => return plugin_of_hermes(text, plugin, description),
            None if BUILT_IN.contains(&text) => of_the_program(text),
            None => {
                let file = std::fs::canonicalize(path).map_err(|error| {
                    format!("{error}; it takes an adapter's file, {}, or {PLUGIN}PLUGIN", BUILT_IN.join(", "))
                })?;
                let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                if file.is_dir() {
                    return in_a_folder(name, file, description);
                }
                Self { name, adapter: file.to_string_lossy().into_owned(), ..Self::default() }
            }
        };
        Ok(spec.speaking_to(description))
    }

    /// The adapter's file, unless the program has the adapter in itself.
    pub(super) fn file(&self) -> Option<&Path> {
        Some(Path::new(&self.adapter)).filter(|path| path.is_absolute())
    }

    /// The same with this provider, and with what brings an agent to it.
    fn speaking_to(mut self, provider: Option<&'static Description>) -> Self {
        if let Some(Description { configuration, .. }) = provider {
            self.imports.extend(configuration.imports.iter().cloned());
            self.points.extend(configuration.points.iter().cloned());
            self.options.extend(configuration.says.iter().map(|says| ("says".to_owned(), says.clone())));
            if !configuration.arguments.is_empty() {
                let arguments = serde_json::Value::Object(configuration.arguments.clone());
                self.options.push(("arguments".to_owned(), arguments.to_string()));
            }
        }
        Self { provider, ..self }
    }
}

/// The description that `--provider` names: that of a file, or one that the program has.
fn named(text: &str) -> Result<&'static Description, String> {
    let name = text.split(':').next().unwrap_or_default();
    match description::names().contains(&name) {
        true => description::find(text),
        false => description::read(text).map_err(|error| format!("--provider {error}")),
    }
}

/// A plugin of Hermes, with the provider that the program has a description of, unless the user names another.
fn plugin_of_hermes(text: &str, plugin: &str, provider: Option<&'static Description>) -> Result<Spec, String> {
    let name = plugin.split(':').next().unwrap_or_default();
    let is_described = description::names().contains(&name);
    let provider = match provider {
        Some(provider) => provider,
        None if is_described || SHIPPED.contains(&name) => {
            description::find(plugin).map_err(|error| format!("{error}; --provider FILE describes another"))?
        }
        None if name.contains('-') || spelling::did_you_mean(name, SHIPPED) == ";" => description::find(UNDESCRIBED)?,
        None => return Err(spelling::unknown("plugin", name, SHIPPED)),
    };
    let adapter = OF_PLUGINS.to_owned();
    let spec = match &provider.plugin {
        Some(Plugin { package, name, installer, .. }) => {
            let (package, name, installer) = (package.clone(), name.clone(), installer.clone());
            Spec { source: Some(Source::Package { package, name, installer }), ..Spec::default() }
        }
        None if !SHIPPED.contains(&name) => {
            let source = Source::Package { package: name.to_owned(), name: None, installer: Vec::new() };
            Spec { source: Some(source), ..Spec::default() }
        }
        None => {
            let module = format!("plugins.memory.{name}");
            Spec {
                options: vec![("plugin".to_owned(), name.to_owned())],
                points: vec![format!("{}/__init__.py", module.replace('.', "/"))],
                imports: vec![module],
                ..Spec::default()
            }
        }
    };
    Ok(Spec { name: text.to_owned(), adapter, ..spec }.speaking_to(Some(provider)))
}

/// The plugin of a folder.
fn in_a_folder(name: String, folder: PathBuf, provider: Option<&'static Description>) -> Result<Spec, String> {
    if !folder.join("__init__.py").is_file() {
        return Err(
            "this folder has no __init__.py; name the folder of a plugin of Hermes, or an adapter's file".into()
        );
    }
    let provider = provider.map_or_else(|| description::find(UNDESCRIBED), Ok)?;
    let spec = Spec { name, adapter: OF_PLUGINS.to_owned(), source: Some(Source::Folder(folder)), ..Spec::default() };
    Ok(spec.speaking_to(Some(provider)))
}

/// The interpreter that `python` names: a program, or the folder of a virtual environment, which has one. The template starts in a folder of
/// its own. A name without a slash is searched in the path; anything else is seen from `folder`, or from here. A link stays a link: an
/// environment's interpreter knows its packages by where it stands.
pub fn interpreter(folder: &Path, python: &Path) -> PathBuf {
    let in_environment = folder.join(python).join("bin/python");
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    match python.components().count() {
        _ if in_environment.is_file() => absolute(in_environment),
        1 => python.to_owned(),
        _ => absolute(folder.join(python)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_is_a_program_a_name_or_an_environment() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/interpreter");
        std::fs::create_dir_all(folder.join("env/bin")).expect("a folder");
        std::fs::write(folder.join("env/bin/python"), "").expect("a file");
        let check = |python: &str, expected: &Path| assert_eq!(interpreter(&folder, Path::new(python)), expected);
        check("env", &folder.join("env/bin/python"));
        check("env/bin/python", &folder.join("env/bin/python"));
        check("python3.11", Path::new("python3.11"));
        check("other/python", &folder.join("other/python"));
    }
}
