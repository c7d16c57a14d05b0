//! Who gets which message: clients, their subscriptions, retained messages.
//!
//! Pure: messages go into the clients' inboxes and are never waited for. A client that does not keep up loses
//! messages (as with Mosquitto's `max_queued_messages`) instead of holding up the others.

use std::{
    cmp::{max_by_key, min_by_key},
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use mqtt_protocol_core::mqtt::packet::{Qos, RetainHandling, SubOpts};
use tokio::sync::mpsc;

use super::wire::Message;
use crate::profile::TopicFilter;

/// Messages that wait for one client.
const INBOX: usize = 1_000;
/// Topics with a retained message. On further ones messages are delivered and not kept.
const MOST_RETAINED: usize = 100;
/// Filters of one client.
const MOST_FILTERS: usize = 100;

/// A message on its way to one client.
pub(super) struct Delivery {
    pub(super) message: Rc<Message>,
    /// The lower of the publisher's and the subscription's (MQTT 5, section 3.8.4).
    pub(super) qos: Qos,
    /// Whether the client sees it as retained (MQTT 5, section 3.3.1.3).
    pub(super) retain: bool,
}

/// Everybody that is connected, and what is kept for those that come.
#[derive(Default)]
pub(super) struct Routes {
    clients: HashMap<String, Client>,
    retained: BTreeMap<String, Rc<Message>>,
    /// How many clients came so far.
    came: u64,
}

struct Client {
    number: u64,
    inbox: mpsc::Sender<Delivery>,
    subscriptions: Vec<(TopicFilter, SubOpts)>,
}

/// A client's place. Its inbox ends when another client comes with the same ID (MQTT 5, section 3.1.4).
pub(super) struct Place {
    pub(super) id: String,
    pub(super) inbox: mpsc::Receiver<Delivery>,
    number: u64,
}

/// Why there is no subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// No topic filter.
    Filter,
    /// A shared subscription.
    Shared,
    /// More than [`MOST_FILTERS`].
    Quota,
}

impl Routes {
    /// An ID that nobody has, for a client that has none.
    pub(super) fn name(&self) -> String {
        format!("demo-{}", self.came + 1)
    }

    pub(super) fn enter(&mut self, id: String) -> Place {
        self.came += 1;
        let (send, inbox) = mpsc::channel(INBOX);
        let client = Client { number: self.came, inbox: send, subscriptions: Vec::new() };
        self.clients.insert(id.clone(), client);
        Place { id, inbox, number: self.came }
    }

    pub(super) fn leave(&mut self, place: &Place) {
        if self.clients.get(&place.id).is_some_and(|client| client.number == place.number) {
            self.clients.remove(&place.id);
        }
    }

    /// Adds a subscription or replaces the one with the same filter, and delivers what is retained for it.
    pub(super) fn subscribe(&mut self, place: &Place, filter: &str, options: SubOpts) -> Result<(), Refused> {
        let filter = TopicFilter::parse(filter).map_err(|_| Refused::Filter)?;
        if filter.share_group().is_some() {
            return Err(Refused::Shared);
        }
        let Some(client) = self.clients.get_mut(&place.id) else { return Ok(()) };
        let known = client.subscriptions.iter().position(|(other, _)| *other == filter);
        if known.is_none() && client.subscriptions.len() == MOST_FILTERS {
            return Err(Refused::Quota);
        }
        let wants_retained = match options.rh() {
            RetainHandling::SendRetained => true,
            RetainHandling::SendRetainedIfNotExists => known.is_none(),
            RetainHandling::DoNotSendRetained => false,
        };
        if wants_retained {
            for message in self.retained.values().filter(|message| filter.matches_text(&message.topic)) {
                client.deliver(message, options.qos(), true);
            }
        }
        match known {
            Some(at) => client.subscriptions[at].1 = options,
            None => client.subscriptions.push((filter, options)),
        }
        Ok(())
    }

    /// Whether there was one.
    pub(super) fn unsubscribe(&mut self, place: &Place, filter: &str) -> bool {
        let Some(client) = self.clients.get_mut(&place.id) else { return false };
        let before = client.subscriptions.len();
        client.subscriptions.retain(|(other, _)| other.as_str() != filter);
        client.subscriptions.len() < before
    }

    /// Keeps the message if it is retained, and delivers it: once to a client, however many of its filters match.
    pub(super) fn publish(&mut self, from: &Place, message: Message) {
        let message = Rc::new(message);
        if message.retain {
            self.keep(&message);
        }
        for (id, client) in &self.clients {
            let mut best: Option<(Qos, bool)> = None;
            for (filter, options) in &client.subscriptions {
                let own = options.nl() && *id == from.id;
                if !own && filter.matches_text(&message.topic) {
                    let (qos, retain) = best.unwrap_or((Qos::AtMostOnce, false));
                    best = Some((
                        max_by_key(qos, options.qos(), rank),
                        retain || (options.rap() && message.retain),
                    ));
                }
            }
            if let Some((qos, retain)) = best {
                client.deliver(&message, qos, retain);
            }
        }
    }

    /// An empty message removes the retained one (MQTT 5, section 3.3.1.3).
    fn keep(&mut self, message: &Rc<Message>) {
        if message.payload.is_empty() {
            self.retained.remove(&message.topic);
        } else if self.retained.len() < MOST_RETAINED || self.retained.contains_key(&message.topic) {
            self.retained.insert(message.topic.clone(), Rc::clone(message));
        }
    }
}

impl Client {
    fn deliver(&self, message: &Rc<Message>, granted: Qos, retain: bool) {
        let qos = min_by_key(granted, message.qos, rank);
        let _ = self.inbox.try_send(Delivery { message: Rc::clone(message), qos, retain });
    }
}

const fn rank(qos: &Qos) -> u8 {
    *qos as u8
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use mqtt_protocol_core::mqtt::IntoPayload as _;

    use super::*;

    fn message(topic: &str, text: &str) -> Message {
        Message {
            topic: topic.to_owned(),
            payload: text.into_payload(),
            qos: Qos::AtLeastOnce,
            retain: false,
            properties: Vec::new(),
        }
    }

    fn retained(topic: &str, text: &str) -> Message {
        Message { retain: true, ..message(topic, text) }
    }

    fn texts(place: &mut Place) -> Vec<(String, Qos, bool)> {
        std::iter::from_fn(|| place.inbox.try_recv().ok())
            .map(|got| {
                (String::from_utf8(got.message.payload.as_slice().to_vec()).unwrap(), got.qos, got.retain)
            })
            .collect()
    }

    #[test]
    fn a_message_comes_once_with_the_highest_of_the_granted_qos_up_to_its_own() {
        let mut routes = Routes::default();
        let (from, mut to) = (routes.enter("from".into()), routes.enter("to".into()));
        routes.subscribe(&to, "a/#", SubOpts::new()).unwrap();
        routes.subscribe(&to, "a/+", SubOpts::new().set_qos(Qos::ExactlyOnce)).unwrap();
        routes.subscribe(&to, "b", SubOpts::new()).unwrap();
        routes.publish(&from, message("a/b", "twice matched"));
        routes.publish(&from, message("b", "granted 0"));
        routes.publish(&from, message("c", "not asked for"));
        assert!(routes.unsubscribe(&to, "b") && !routes.unsubscribe(&to, "b"));
        routes.publish(&from, message("b", "no longer asked for"));
        let expected =
            [("twice matched".into(), Qos::AtLeastOnce, false), ("granted 0".into(), Qos::AtMostOnce, false)];
        assert_eq!(texts(&mut to), expected);
    }

    #[test]
    fn whoever_wants_no_messages_of_its_own_gets_none() {
        let mut routes = Routes::default();
        let mut one = routes.enter("one".into());
        routes.subscribe(&one, "a", SubOpts::new().set_nl(true)).unwrap();
        routes.publish(&one, message("a", "own"));
        assert_eq!(texts(&mut one), []);
        routes.subscribe(&one, "a", SubOpts::new()).unwrap();
        routes.publish(&one, message("a", "own"));
        assert_eq!(texts(&mut one).len(), 1);
    }

    #[test]
    fn what_is_retained_is_told_as_the_subscription_wants_it() {
        let mut routes = Routes::default();
        let from = routes.enter("from".into());
        routes.publish(&from, retained("a/b", "first"));
        routes.publish(&from, retained("a/b", "second"));
        let mut to = routes.enter("to".into());
        let options = |handling| SubOpts::new().set_rh(handling);
        routes.subscribe(&to, "a/+", options(RetainHandling::DoNotSendRetained)).unwrap();
        assert_eq!(texts(&mut to), []);
        routes.subscribe(&to, "a/+", options(RetainHandling::SendRetainedIfNotExists)).unwrap();
        assert_eq!(texts(&mut to), [], "it has this subscription already");
        routes.subscribe(&to, "a/+", options(RetainHandling::SendRetained)).unwrap();
        assert_eq!(texts(&mut to), [("second".into(), Qos::AtMostOnce, true)]);
        routes.publish(&from, retained("a/b", ""));
        texts(&mut to);
        routes.subscribe(&to, "a/+", SubOpts::new()).unwrap();
        assert_eq!(texts(&mut to), [], "an empty message took it away");
    }

    #[test]
    fn limits_hold_and_a_slow_client_holds_nobody_up() {
        let mut routes = Routes::default();
        let (from, mut slow) = (routes.enter("from".into()), routes.enter("slow".into()));
        assert_eq!(routes.subscribe(&slow, "a/#/b", SubOpts::new()), Err(Refused::Filter));
        assert_eq!(routes.subscribe(&slow, "$share/group/a", SubOpts::new()), Err(Refused::Shared));
        for number in 0..MOST_FILTERS {
            routes.subscribe(&slow, &format!("a/{number}"), SubOpts::new()).unwrap();
        }
        assert_eq!(routes.subscribe(&slow, "one/more", SubOpts::new()), Err(Refused::Quota));
        for _ in 0..INBOX + 10 {
            routes.publish(&from, message("a/1", "much"));
        }
        assert_eq!(texts(&mut slow).len(), INBOX);
        for number in 0..MOST_RETAINED + 10 {
            routes.publish(&from, retained(&format!("kept/{number}"), "kept"));
        }
        assert_eq!(routes.retained.len(), MOST_RETAINED);
    }

    #[test]
    fn the_place_of_a_client_is_taken_by_the_next_with_its_id() {
        let mut routes = Routes::default();
        let first = routes.enter("twin".into());
        let second = routes.enter("twin".into());
        assert!(first.inbox.is_closed() && !second.inbox.is_closed());
        routes.leave(&first);
        assert!(!second.inbox.is_closed(), "the first no longer has a place to leave");
    }
}
