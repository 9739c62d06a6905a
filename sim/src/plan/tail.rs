//! What a loss of power leaves of the end of a file: `unsynced_tail = "zeros"`.

use std::str::FromStr;

use strum::{Display, IntoStaticStr, VariantArray};

use super::error::did_you_mean;

/// What stands in a file in the place of bytes that were written, not synced, and lost with the power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Tail {
    /// Nothing: the file ends behind what survived.
    #[default]
    Cut,
    /// Zeros: the file system had noted the new length, and not all of the data.
    Zeros,
    /// What stood on the disk before.
    Garbage,
}

impl FromStr for Tail {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = Self::VARIANTS.iter().map(<&str>::from).collect();
        let found = Self::VARIANTS.iter().zip(&names).find(|(_, name)| **name == text);
        found.map(|(tail, _)| *tail).ok_or_else(|| {
            let hint = did_you_mean(text, &names);
            format!("unsynced_tail cannot be \"{text}\"{hint} it can be: {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_reads_back_and_another_word_is_answered_with_the_nearest() {
        for tail in Tail::VARIANTS {
            assert_eq!(tail.to_string().parse(), Ok(*tail));
        }
        let told = "zeroes".parse::<Tail>().expect_err("no tail");
        assert_eq!(told, "unsynced_tail cannot be \"zeroes\"; did you mean \"zeros\"? it can be: cut, zeros, garbage");
    }
}
