//! Profiles: one user of a machine has several, each with sessions and a bank of its own. A process may serve several at once.
//!
//! The one rule: a session belongs to one profile for good, and its name says which: the session `S1` of profile `work` is `work_S1`. A name
//! means that only where the profile is known; of others it is just a name. Deliberately absent: anything that a profile has besides.

use super::session::{BankId, SessionId};

/// The profile that needs no name, and its bank.
pub const HOME: &str = "hermes";

/// The name of what `profile` calls `name`: a session, or an agent.
pub fn named(profile: &str, name: &str) -> String {
    if profile == HOME { name.to_owned() } else { format!("{profile}_{name}") }
}

/// Whether a name is that of something of `profile`, which is not the one at home.
pub fn is_of(profile: &str, name: &str) -> bool {
    name.strip_prefix(profile).is_some_and(|rest| rest.starts_with('_'))
}

/// The bank of a session's turns, where these profiles are known besides the one at home.
pub fn bank_of<'a>(profiles: impl IntoIterator<Item = &'a String>, session: &SessionId) -> BankId {
    let of_session = profiles.into_iter().find(|profile| is_of(profile, session.as_str()));
    BankId::from(of_session.map_or(HOME, String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_names_its_profile_where_that_is_known() {
        let bank = |known: &[&str], session: &str| {
            let known: Vec<String> = known.iter().map(|&name| name.to_owned()).collect();
            bank_of(&known, &session.into()).to_string()
        };
        assert_eq!(bank(&["work", "w"], &named("work", "S1")), "work");
        assert_eq!(bank(&["work", "w"], &named("w", "S1.2")), "w");
        assert_eq!([bank(&["work"], "S1"), bank(&["work"], "works"), bank(&[], "work_S1")], [HOME; 3]);
        assert_eq!(named(HOME, "S1"), "S1");
    }
}
