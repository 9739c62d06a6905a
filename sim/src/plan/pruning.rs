//! A file without the part that has a mistake, so that the rest can be read. All other parts keep their places.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A way into a table: the keys, and the numbers of elements as text.
type Way = Vec<Step>;

/// One step of a way.
#[derive(Clone)]
enum Step {
    Key(String),
    Element(usize),
}

/// Takes the smallest part that these bytes are in out of the tree, and whatever is empty without it. Returns the keys that lead there; `None`
/// if the bytes are in no part.
pub(super) fn prune(root: &mut DeTable<'_>, bytes: &Range<usize>) -> Option<Vec<String>> {
    let mut found = None;
    search(root, bytes, &mut Vec::new(), &mut found);
    let (_, way) = found?;
    remove(root, &way);
    let keys = way.iter().filter_map(|step| if let Step::Key(key) = step { Some(key.clone()) } else { None });
    Some(keys.collect())
}

/// The smallest part so far, and the way to it.
type Found = Option<(usize, Way)>;

fn search(table: &DeTable<'_>, bytes: &Range<usize>, way: &mut Way, found: &mut Found) {
    for (key, value) in table {
        way.push(Step::Key(key.get_ref().to_string()));
        consider(&key.span(), bytes, way, found);
        search_value(value, bytes, way, found);
        way.pop();
    }
}

fn search_value(value: &Spanned<DeValue<'_>>, bytes: &Range<usize>, way: &mut Way, found: &mut Found) {
    consider(&value.span(), bytes, way, found);
    match value.get_ref() {
        DeValue::Table(table) => search(table, bytes, way, found),
        DeValue::Array(array) => {
            for (place, element) in array.iter().enumerate() {
                way.push(Step::Element(place));
                search_value(element, bytes, way, found);
                way.pop();
            }
        }
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

/// A part whose bytes are just those goes before any other.
fn consider(own: &Range<usize>, bytes: &Range<usize>, way: &Way, found: &mut Found) {
    let size = if own == bytes { 0 } else { own.len().max(1) };
    let is_in = own == bytes || (own.start <= bytes.start && bytes.start < own.end);
    if is_in && found.as_ref().is_none_or(|(known, _)| size < *known) {
        *found = Some((size, way.clone()));
    }
}

/// Removes what the way leads to. An emptied list or table would be a mistake of its own, and goes, too.
fn remove(table: &mut DeTable<'_>, way: &[Step]) {
    let Some((Step::Key(key), rest)) = way.split_first() else { return };
    let is_gone = match table.get_mut(key.as_str()) {
        Some(value) => rest.is_empty() || removed_in(value.get_mut(), rest),
        None => false,
    };
    if is_gone {
        table.remove(key.as_str());
    }
}

/// Removes in a value. Returns whether nothing is left of it.
fn removed_in(value: &mut DeValue<'_>, way: &[Step]) -> bool {
    match (value, way) {
        (DeValue::Table(table), _) => {
            remove(table, way);
            table.is_empty()
        }
        (DeValue::Array(array), [Step::Element(place), rest @ ..]) => {
            let is_gone = rest.is_empty() || array.get_mut(*place).is_some_and(|one| removed_in(one.get_mut(), rest));
            if is_gone {
                let all = std::mem::replace(array, std::iter::empty().collect());
                let others = all.into_iter().enumerate().filter(|(other, _)| other != place);
                *array = others.map(|(_, element)| element).collect();
            }
            array.is_empty()
        }
        _ => false,
    }
}
