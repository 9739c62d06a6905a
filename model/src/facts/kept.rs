//! A text that an agent keeps in a file of its own, as an observer of its files finds it.

/// A text in a file of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptText {
    /// The number of the place in the description that it was found in, from 0.
    pub keep: usize,
    /// The table or the files that it was found in.
    pub place: String,
    /// The session that it names.
    pub session: Option<String>,
    /// Who says it. `None` if it may hold whole turns.
    pub role: Option<String>,
    /// The text.
    pub text: String,
}
