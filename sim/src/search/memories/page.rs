//! What a page about memories was made from.

use crate::description;

/// The hash of everything that the project says about memories: their cases and descriptions. A page that names another is stale.
pub fn inputs() -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(super::FILE.as_bytes());
    for (name, text) in description::BUILT_IN {
        hash.update(name.as_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().to_hex()[..16].to_owned()
}
