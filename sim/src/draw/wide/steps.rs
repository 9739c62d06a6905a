//! Any step that a host knows, from the table of steps.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use model::hosts::Kind;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::values::arguments;
use crate::plan::{self, Step};

/// How often `start STEP` is in the list: it stands for as many steps as can be started.
const STARTS: usize = 5;

/// The forms that a host knows, and those of them that can be started.
#[derive(Default)]
struct Forms {
    all: Vec<&'static str>,
    started: Vec<&'static str>,
}

static FORMS: LazyLock<BTreeMap<Kind, Forms>> =
    LazyLock::new(|| Kind::ALL.into_iter().map(|host| (host, forms(host))).collect());

fn forms(host: Kind) -> Forms {
    let mut forms = Forms::default();
    for form in plan::step_forms() {
        let known = |text: &str| text.parse::<Step>().is_ok_and(|step| step.is_for(host.properties()));
        // What can be started differs from host to host, and a turn can be everywhere.
        if known(form.example) || (form.written == ["start STEP"] && known("start turn")) {
            let often = if form.written == ["start STEP"] { STARTS } else { 1 };
            (0..often).for_each(|_| forms.all.extend(form.written));
            // "turn x3" cannot be started, and "turn" can.
            let can_start = |text: &str| known(&format!("start {text}"));
            forms.started.extend(form.written.iter().filter(|written| can_start(form.example) || can_start(written)));
        }
    }
    forms
}

/// A step of this host; `None` for arguments that make no step.
pub(super) fn step(host: Kind) -> BoxedStrategy<Option<Step>> {
    let Forms { all, started } = &FORMS[&host];
    let step = (select(&all[..]), arguments()).prop_map(move |(form, arguments)| {
        let started = match started.is_empty() {
            true => String::new(),
            false => arguments.fill(arguments.started.get::<&str>(started), ""),
        };
        arguments.fill(form, &started).parse().ok()
    });
    step.boxed()
}
