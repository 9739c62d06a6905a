//! Profiles: one user of a machine has several, each with sessions and a bank of its own. A process may serve several at once.
//!
//! The one rule: a session belongs to one profile for good, and its name says which: the session `S1` of profile `work` is `work_S1`. A name
//! means that only where the profile is known; of others it is just a name. Deliberately absent: anything that a profile has besides.

use std::str::FromStr;

use serde::Serialize;

use super::session::{BankId, SessionId};
use super::spelling;

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

/// How the bank of a session is named: Hermes' `bank_id_template`, as far as a scenario can have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Template {
    /// After its profile.
    #[default]
    Profile,
    /// After its profile and itself.
    ProfileAndSession,
}

impl Template {
    /// As the user writes it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Profile => "{profile}",
            Self::ProfileAndSession => "{profile}-{session}",
        }
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Profile, Self::ProfileAndSession];
        all.into_iter().find(|template| template.text() == text).ok_or_else(|| {
            let known = all.map(Self::text);
            spelling::unknown("bank_id_template", text, &known)
        })
    }
}

/// The banks of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Banks {
    /// The profiles that are known besides the one at home.
    pub profiles: Vec<String>,
    /// How a bank is named.
    pub template: Template,
}

impl Banks {
    /// Whether there is one bank for everything.
    pub fn is_one(&self) -> bool {
        *self == Self::default()
    }

    /// The bank of a session's turns.
    pub fn of(&self, session: &SessionId) -> BankId {
        let profile = self.profiles.iter().find(|profile| is_of(profile, session.as_str()));
        let profile = profile.map_or(HOME, String::as_str);
        match self.template {
            Template::Profile => BankId::from(profile),
            Template::ProfileAndSession => BankId::from(format!("{profile}-{session}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_names_its_profile_where_that_is_known() {
        let bank = |known: &[&str], session: &str| {
            let profiles = known.iter().map(|&name| name.to_owned()).collect();
            Banks { profiles, ..Banks::default() }.of(&session.into()).to_string()
        };
        assert_eq!(bank(&["work", "w"], &named("work", "S1")), "work");
        assert_eq!(bank(&["work", "w"], &named("w", "S1.2")), "w");
        assert_eq!([bank(&["work"], "S1"), bank(&["work"], "works"), bank(&[], "work_S1")], [HOME; 3]);
        assert_eq!(named(HOME, "S1"), "S1");
    }

    #[test]
    fn a_template_may_name_the_session_too() {
        let template: Template = "{profile}-{session}".parse().expect("a template");
        let banks = Banks { template, ..Banks::default() };
        assert_eq!(banks.of(&"S1".into()).as_str(), "hermes-S1");
        assert!(!banks.is_one() && Banks::default().is_one() && "{session}".parse::<Template>().is_err());
    }
}
