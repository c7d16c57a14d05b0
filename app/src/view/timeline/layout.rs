//! Where the arrows of the timeline stand. Pure: journal and geometry in, arrows out.

use std::time::Duration;

use eframe::egui::{Pos2, pos2};

use crate::{
    model::{Entry, Fate, Journal, Way},
    view::axis::paint::Frame,
};

/// The two lanes between which arrows go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes {
    /// Time from left to right.
    pub frame: Frame,
    /// Height of the board's lane.
    pub board: f32,
    /// Height of the host's lane.
    pub host: f32,
    /// How far an arrow leans, in points: its way takes time that nobody can measure with one clock.
    pub lean: f32,
}

/// A message on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arrow {
    /// Its journal entry.
    pub entry: u64,
    /// Where it begins.
    pub tail: Pos2,
    /// Where it ends.
    pub head: Pos2,
    /// What became of it.
    pub kind: Kind,
}

/// What an arrow tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The board's message.
    Board,
    /// The board's message, which was not echoed.
    NotEchoed,
    /// Our echo.
    Echo,
    /// Our echo, which the board did not take.
    Lost,
}

/// Room between an echo and the board's message that carries it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LoopRoom {
    /// Its left end.
    pub from: f32,
    /// Its right end.
    pub to: f32,
    /// The loop.
    pub time: Duration,
}

/// An echo leaves a little beside the message it answers: the residence is too short to see.
const BESIDE: f32 = 3.0;

/// Fills `arrows` and `loops` with what the frame shows. Entries whose arrow only reaches into it are among them.
pub(super) fn lay_out(journal: &Journal, lanes: &Lanes, arrows: &mut Vec<Arrow>, loops: &mut Vec<LoopRoom>) {
    arrows.clear();
    loops.clear();
    let span = lanes.frame.span;
    let reach = f64::from((lanes.lean + BESIDE) / lanes.frame.area.width()) * span.length();
    let seen =
        super::entries(journal, span.moved(-reach)).start..super::entries(journal, span.moved(reach)).end;
    for number in seen {
        let Some(entry) = journal.get(number) else { continue };
        arrows.push(arrow(number, entry, lanes));
        if let Some(time) = entry.loop_time.filter(|_| entry.way == Way::Board) {
            loops.push(loop_room(entry, time, lanes));
        }
    }
}

fn arrow(number: u64, entry: &Entry, lanes: &Lanes) -> Arrow {
    let x = lanes.frame.x(entry.at.as_secs_f64());
    let middle = lanes.board.midpoint(lanes.host);
    let (kind, tail, head) = match (entry.way, entry.fate) {
        (Way::Board, fate) => {
            let kind = if matches!(fate, Fate::Failed(_)) { Kind::NotEchoed } else { Kind::Board };
            (kind, pos2(x - lanes.lean, lanes.board), pos2(x, lanes.host))
        }
        (Way::Echo, Fate::Lost) => {
            (Kind::Lost, pos2(x + BESIDE, lanes.host), pos2(x + BESIDE + lanes.lean / 2.0, middle))
        }
        (Way::Echo, _) => {
            (Kind::Echo, pos2(x + BESIDE, lanes.host), pos2(x + BESIDE + lanes.lean, lanes.board))
        }
    };
    Arrow { entry: number, tail, head, kind }
}

fn loop_room(entry: &Entry, time: Duration, lanes: &Lanes) -> LoopRoom {
    let x = |at: Duration| lanes.frame.x(at.as_secs_f64());
    LoopRoom {
        from: x(entry.at.saturating_sub(time)) + BESIDE + lanes.lean,
        to: x(entry.at) - lanes.lean,
        time,
    }
}

impl Arrow {
    /// How far a place on the screen is from it.
    #[must_use]
    pub(super) fn distance(&self, place: Pos2) -> f32 {
        let way = self.head - self.tail;
        let along = ((place - self.tail).dot(way) / way.length_sq()).clamp(0.0, 1.0);
        (self.tail + along * way).distance(place)
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Rect, vec2};

    use super::{super::tests::told, *};
    use crate::view::axis::Span;

    /// Ten points a second, from 0 to 10 s.
    fn laid_out(words: &[&str]) -> (Vec<Arrow>, Vec<LoopRoom>) {
        let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 60.0));
        let frame = Frame { area, strip: area, span: Span { from: 0.0, to: 10.0 } };
        let lanes = Lanes { frame, board: 10.0, host: 50.0, lean: 2.0 };
        let (mut arrows, mut loops) = (Vec::new(), Vec::new());
        lay_out(&told(words).journal, &lanes, &mut arrows, &mut loops);
        (arrows, loops)
    }

    fn kinds(arrows: &[Arrow]) -> Vec<Kind> {
        arrows.iter().map(|arrow| arrow.kind).collect()
    }

    #[test]
    fn a_message_arrives_at_its_time_and_its_echo_leaves_then() {
        let (arrows, _) = laid_out(&["ab"]);
        assert_eq!((arrows[0].tail, arrows[0].head), (pos2(8.0, 10.0), pos2(10.0, 50.0)));
        assert_eq!((arrows[1].tail, arrows[1].head), (pos2(13.0, 50.0), pos2(15.0, 10.0)));
    }

    #[test]
    fn a_lost_echo_ends_half_way_and_a_failed_one_never_leaves() {
        let (arrows, _) = laid_out(&["ab", "xy", "!no"]);
        assert_eq!(kinds(&arrows), [Kind::Board, Kind::Lost, Kind::Board, Kind::Lost, Kind::NotEchoed]);
        assert_eq!(arrows[1].head, pos2(14.0, 30.0));
    }

    #[test]
    fn a_loop_has_the_room_between_its_arrows() {
        let (_, loops) = laid_out(&["ab", "ba"]);
        assert_eq!(loops, [LoopRoom { from: 15.0, to: 18.0, time: Duration::from_secs(1) }]);
    }

    #[test]
    fn what_only_reaches_into_the_view_is_among_the_arrows() {
        let words = vec!["ab"; 12];
        let (arrows, _) = laid_out(&words);
        assert_eq!(arrows.first().map(|arrow| arrow.entry), Some(0));
        assert_eq!(
            arrows.last().map(|arrow| arrow.entry),
            Some(19),
            "the message at 10 s and its echo, none after"
        );
    }

    #[test]
    fn the_distance_to_an_arrow_is_that_to_its_line() {
        let arrow = Arrow { entry: 0, tail: pos2(0.0, 0.0), head: pos2(0.0, 10.0), kind: Kind::Board };
        assert_eq!(arrow.distance(pos2(3.0, 5.0)), 3.0);
        assert_eq!(arrow.distance(pos2(0.0, 14.0)), 4.0);
    }
}
