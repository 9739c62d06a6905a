//! Every choice is drawn from one stream of the scenario's seed.

use std::time::Duration;

use super::{Place, Schedule, Waiting};
use crate::plan::Pace;
use crate::world::streams::Stream;

/// Draws every choice.
pub(in crate::world) struct Random {
    stream: Stream,
}

impl Random {
    /// Draws from this stream.
    pub(in crate::world) fn new(stream: Stream) -> Self {
        Self { stream }
    }
}

impl Schedule for Random {
    /// All ready tasks are equally likely.
    fn next(&mut self, ready: &[Waiting]) -> usize {
        let several = u32::try_from(ready.len()).expect("a process has a handful of tasks");
        self.stream.below(several) as usize
    }

    /// One step in eight lets others go first, one in sixty-four is preempted for 1 to 3 ms.
    fn step(&mut self, _: &Place<'_>) -> Pace {
        match self.stream.below(64) {
            0 => Pace::Sleep(Duration::from_millis(1 + u64::from(self.stream.below(3)))),
            1..=8 => Pace::Yield,
            _ => Pace::Go,
        }
    }

    fn effort(&mut self, least: Duration, most: Duration) -> Duration {
        effort(&mut self.stream, least, most)
    }
}

/// Draws how long a piece of work takes: three times in four it is in the lower fifth of the range.
pub(super) fn effort(stream: &mut Stream, least: Duration, most: Duration) -> Duration {
    let range = u32::try_from(most.saturating_sub(least).as_millis()).expect("work takes minutes at most");
    let bound = if stream.below(4) == 0 { range } else { range / 5 };
    least + Duration::from_millis(stream.below(bound + 1).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::schedule::TaskId;
    use crate::world::schedule::ready::Ready;

    #[test]
    fn one_step_in_eight_yields_and_one_in_sixty_four_sleeps() {
        let mut random = Random::new(Stream::new(7, "schedule"));
        let ready = Ready::default();
        let mut step = |step| random.step(&Place { task: TaskId(0), step, ready: &ready });
        let paces: Vec<Pace> = (1..=6_400).map(&mut step).collect();
        let yields = paces.iter().filter(|pace| **pace == Pace::Yield).count();
        let sleeps: Vec<Duration> = paces
            .iter()
            .filter_map(|pace| match pace {
                Pace::Sleep(length) => Some(*length),
                Pace::Go | Pace::Yield => None,
            })
            .collect();
        assert!((700..900).contains(&yields), "{yields}");
        assert!((60..140).contains(&sleeps.len()), "{}", sleeps.len());
        assert!(sleeps.iter().all(|length| (1..=3).contains(&length.as_millis())), "{sleeps:?}");
    }

    #[test]
    fn work_takes_its_least_or_a_little_more_most_of_the_time() {
        let mut stream = Stream::new(7, "schedule");
        let (least, most) = (Duration::from_millis(10), Duration::from_millis(110));
        let drawn: Vec<Duration> = (0..1_000).map(|_| effort(&mut stream, least, most)).collect();
        assert!(drawn.iter().all(|length| (least..=most).contains(length)));
        let short = drawn.iter().filter(|length| length.as_millis() <= 30).count();
        assert!((700..900).contains(&short), "{short}");
        assert_eq!(effort(&mut stream, least, least), least);
    }
}
