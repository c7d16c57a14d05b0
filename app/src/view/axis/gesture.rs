//! Wheel, drag and keys on a time axis: the same on the plot and on the timeline.

use eframe::egui::{CursorIcon, EventFilter, Key, Rect, Response, Ui};

use super::{Span, Times};

/// What a person did to a view of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gesture {
    /// Drags: sees this, and nothing moves by itself meanwhile.
    Drag(Span),
    /// Wants to see this.
    Show(Span),
    /// Wants to see the newest.
    Live,
}

/// How much a notch of the wheel or a key zooms.
const ZOOM_PER_POINT: f64 = 1.0 / 200.0;
const ZOOM_PER_KEY: f64 = 1.25;
/// How far a key moves, as a share of what is seen.
const STEP_PER_KEY: f64 = 0.1;

/// Session time at a place on the screen, where `area` shows `span`.
#[must_use]
pub fn time_at(x: f32, area: Rect, span: Span) -> f64 {
    span.at(f64::from((x - area.left()) / area.width()))
}

/// Reads what was done to `response`, which shows `span` in `area`.
#[must_use]
pub fn read(ui: &Ui, response: &Response, area: Rect, span: Span) -> Option<Gesture> {
    keys(ui, response, span).or_else(|| {
        if response.double_clicked() {
            Some(Gesture::Live)
        } else if response.dragged() {
            ui.set_cursor_icon(CursorIcon::Grabbing);
            let by = f64::from(response.drag_delta().x / area.width()) * span.length();
            Some(Gesture::Drag(span.moved(-by)))
        } else if response.drag_stopped() {
            Some(Gesture::Show(span))
        } else {
            wheel(ui, response, area, span)
        }
    })
}

/// Up and down (and pinching) zooms around the pointer, left and right moves.
fn wheel(ui: &Ui, response: &Response, area: Rect, span: Span) -> Option<Gesture> {
    let pointer = response.hover_pos()?;
    let (scrolled, pinched) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
    let factor = (f64::from(-scrolled.y) * ZOOM_PER_POINT).exp() / f64::from(pinched);
    let by = -f64::from(scrolled.x / area.width()) * span.length();
    if factor == 1.0 && by == 0.0 {
        return None;
    }
    Some(Gesture::Show(span.stretched(factor, time_at(pointer.x, area, span)).moved(by)))
}

fn keys(ui: &Ui, response: &Response, span: Span) -> Option<Gesture> {
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key: Key| ui.input(|input| input.key_pressed(key));
    let step = span.length() * STEP_PER_KEY;
    if pressed(Key::ArrowLeft) {
        Some(Gesture::Show(span.moved(-step)))
    } else if pressed(Key::ArrowRight) {
        Some(Gesture::Show(span.moved(step)))
    } else if pressed(Key::Plus) || pressed(Key::Equals) {
        Some(Gesture::Show(span.stretched(1.0 / ZOOM_PER_KEY, span.at(0.5))))
    } else if pressed(Key::Minus) {
        Some(Gesture::Show(span.stretched(ZOOM_PER_KEY, span.at(0.5))))
    } else if pressed(Key::End) {
        Some(Gesture::Live)
    } else {
        None
    }
}

/// Does it to the plot.
pub fn apply_to_plot(times: &mut Times, gesture: Gesture) {
    match gesture {
        Gesture::Drag(span) => {
            times.set_plot(span);
            times.hold();
        }
        Gesture::Show(span) => times.set_plot(span),
        Gesture::Live => times.go_live(),
    }
}

/// Does it to the timeline.
pub fn apply_to_timeline(times: &mut Times, gesture: Gesture) {
    match gesture {
        Gesture::Drag(span) => {
            times.set_timeline(span);
            times.hold();
        }
        Gesture::Show(span) => times.set_timeline(span),
        Gesture::Live => times.go_live(),
    }
}
