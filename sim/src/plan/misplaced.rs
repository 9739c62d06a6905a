//! A text that would be right elsewhere: a fault among the steps, a step among the faults.

use toml::Spanned;

use super::Mistake;
use super::faults::RequestFault;
use super::steps::Step;

/// The mistake in a step; if the text is a fault of a request, where that belongs.
pub(super) fn fault(text: &Spanned<String>, (span, message): Mistake) -> Mistake {
    match text.get_ref().parse::<RequestFault>() {
        Ok(fault) => {
            let message = format!(
                "\"{fault}\" is a fault of a request and no step; write it in [faults], as in retain = {{ 1 = \"{fault}\" }}"
            );
            (span, message)
        }
        Err(_) => (span, message),
    }
}

/// The mistake in a fault; if the text is a step, where that belongs.
pub(super) fn step(text: &Spanned<String>, (span, message): Mistake) -> Mistake {
    match text.get_ref().parse::<Step>() {
        Ok(step) => {
            (span, format!("\"{step}\" is a step and no fault; write it among the steps, as in steps = [\"{step}\"]"))
        }
        Err(_) => (span, message),
    }
}
