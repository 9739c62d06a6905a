//! What a function can return at once, by the type that it returns: simple values that are likely to be wrong.
//!
//! The types are read as they are written, so some values do not compile; the compiler says which.

use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeParamBound};

/// The most values for one type: tuples would have many.
const MOST: usize = 12;

/// The expressions to return instead of a function's own result. `None` if it returns an iterator: then nothing comes from it instead.
pub(super) fn of(output: &ReturnType) -> Option<Vec<String>> {
    match output {
        ReturnType::Default => Some(vec!["()".to_owned()]),
        ReturnType::Type(_, kind) if is_iterator(kind) => None,
        ReturnType::Type(_, kind) => {
            let mut values = values(kind);
            values.truncate(MOST);
            Some(values)
        }
    }
}

/// Whether it is an `impl Iterator` that is nothing more.
fn is_iterator(kind: &Type) -> bool {
    let Type::ImplTrait(kind) = kind else { return false };
    let mut names = kind.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    });
    names.next().is_some_and(|name| name == "Iterator") && names.next().is_none()
}

fn values(kind: &Type) -> Vec<String> {
    if let Type::Path(path) = kind {
        let Some(last) = path.path.segments.last() else { return Vec::new() };
        return named(&last.ident.to_string(), &arguments(&last.arguments));
    }
    match kind {
        Type::Reference(reference) => referenced(&reference.elem),
        Type::Tuple(tuple) if tuple.elems.is_empty() => vec!["()".to_owned()],
        Type::Tuple(tuple) => {
            let parts = tuple.elems.iter().map(values);
            let joined = parts.fold(vec![String::new()], |all, part| {
                all.iter().flat_map(|start| part.iter().map(move |value| format!("{start}{value}, "))).collect()
            });
            joined.into_iter().map(|inside| format!("({})", inside.trim_end())).collect()
        }
        Type::Array(array) => values(&array.elem).into_iter().map(|value| format!("[{value}; _]")).collect(),
        Type::Paren(inner) => values(&inner.elem),
        Type::Never(_) | Type::ImplTrait(_) | Type::TraitObject(_) => Vec::new(),
        _ => vec!["Default::default()".to_owned()],
    }
}

/// The types between the angle brackets of a path.
fn arguments(arguments: &PathArguments) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return Vec::new() };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(kind) => Some(kind),
        _ => None,
    });
    types.collect()
}

fn named(name: &str, arguments: &[&Type]) -> Vec<String> {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let wrapped = |inner: &Type, before: &str, behind: &str| {
        values(inner).into_iter().map(|value| format!("{before}{value}{behind}")).collect::<Vec<_>>()
    };
    match (name, arguments) {
        ("bool", _) => texts(&["true", "false"]),
        ("u8" | "u16" | "u32" | "u64" | "u128" | "usize", _) => texts(&["0", "1"]),
        ("i8" | "i16" | "i32" | "i64" | "i128" | "isize", _) => texts(&["0", "1", "-1"]),
        ("f32" | "f64", _) => texts(&["0.0", "1.0", "-1.0"]),
        ("String", _) => texts(&["String::new()", "\"xyzzy\".into()"]),
        ("Option", [inner]) => [texts(&["None"]), wrapped(inner, "Some(", ")")].concat(),
        ("Result", [inner, ..]) => wrapped(inner, "Ok(", ")"),
        ("Result", []) => texts(&["Ok(Default::default())"]),
        ("Vec", [inner]) => [texts(&["vec![]"]), wrapped(inner, "vec![", "]")].concat(),
        ("Box" | "Rc" | "Arc" | "Cell" | "RefCell" | "Mutex", [inner]) => wrapped(inner, &format!("{name}::new("), ")"),
        ("VecDeque" | "BTreeSet" | "BinaryHeap", [inner]) => {
            [texts(&["Default::default()"]), wrapped(inner, "FromIterator::from_iter([", "])")].concat()
        }
        _ => texts(&["Default::default()"]),
    }
}

fn referenced(kind: &Type) -> Vec<String> {
    match kind {
        Type::Path(path) if path.path.is_ident("str") => vec!["\"\"".to_owned(), "\"xyzzy\"".to_owned()],
        Type::Slice(slice) => {
            let one = values(&slice.elem).into_iter().map(|value| format!("Vec::leak(vec![{value}])"));
            std::iter::once("Vec::leak(Vec::new())".to_owned()).chain(one).collect()
        }
        other => values(other).into_iter().map(|value| format!("Box::leak(Box::new({value}))")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    #[test]
    fn a_type_has_its_simple_values() {
        let check = |output: &str, expected: &[&str]| {
            let output = parse_str(output).unwrap_or_else(|error| panic!("{output}: {error}"));
            assert_eq!(super::of(&output).expect("no iterator"), expected);
        };
        check("", &["()"]);
        check("-> bool", &["true", "false"]);
        check("-> Option<u8>", &["None", "Some(0)", "Some(1)"]);
        check("-> io::Result<()>", &["Ok(())"]);
        check("-> Vec<TurnId>", &["vec![]", "vec![Default::default()]"]);
        check("-> &[TurnId]", &["Vec::leak(Vec::new())", "Vec::leak(vec![Default::default()])"]);
        check("-> &'static str", &["\"\"", "\"xyzzy\""]);
        check("-> (bool, u64)", &["(true, 0,)", "(true, 1,)", "(false, 0,)", "(false, 1,)"]);
        check("-> Duration", &["Default::default()"]);
        check("-> impl Future<Output = u8>", &[]);
        check("-> !", &[]);
        let iterator = parse_str("-> impl Iterator<Item = u8> + '_").expect("a type");
        assert_eq!(super::of(&iterator), None);
    }
}
