//! Fits text of any length into a fixed width. Width is counted in characters.

pub(super) use crate::history::grouped;

/// The width of a report.
pub(super) const WIDTH: usize = 120;

/// `1 run`, `1,234 runs`.
pub(super) fn counted(number: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// How wide a text is.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// A text on one line of at most `width`: without its end if it is too long.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = in_one_line(text);
    match self::width(&text) <= width {
        true => text,
        false => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A name in at most `width`: without its middle if it is too long, because related names differ at their ends.
pub(super) fn squeezed(name: &str, width: usize) -> String {
    let name = in_one_line(name);
    let (length, kept) = (self::width(&name), width.saturating_sub(1));
    if length <= width {
        return name;
    }
    let start = name.chars().take(kept.div_ceil(2));
    start.chain(['…']).chain(name.chars().skip(length - kept / 2)).collect()
}

/// Parts, joined with `separator` into lines of at most `width`; a part that is longer is cut. A comma stays at a line's
/// end, a separator that begins with a space does not.
pub(super) fn wrapped(parts: &[String], separator: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if self::width(line) + self::width(separator) + self::width(part) < width => {
                line.push_str(separator);
                line.push_str(part);
            }
            last => {
                if let Some(line) = last {
                    line.push_str(separator.split(' ').next().unwrap_or_default());
                }
                lines.push(cut(part, width));
            }
        }
    }
    lines
}

fn in_one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_title_loses_its_end_and_a_long_name_its_middle() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abc\ndefg", 6), "abc d…");
        assert_eq!(squeezed("abcdef", 6), "abcdef");
        assert_eq!(squeezed("abcdefgh", 6), "abc…gh");
        assert_eq!(squeezed("abcdefgh", 5), "ab…gh");
    }

    #[test]
    fn a_list_becomes_lines_that_fit() {
        let parts = ["aa", "bb", "cc", "dddddddddd"].map(str::to_owned);
        assert_eq!(wrapped(&parts, ", ", 8), ["aa, bb,", "cc,", "ddddddd…"]);
        assert!(wrapped(&[], ", ", 8).is_empty());
    }
}
