//! Who gets which message: clients, their subscriptions, retained messages.
//!
//! Pure: messages go into the clients' inboxes and are never waited for. A client that does not keep up loses
//! messages (as with Mosquitto's `max_queued_messages`) instead of holding up the others.

use std::{
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
            None if client.subscriptions.len() == MOST_FILTERS => return Err(Refused::Quota),
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
                    best = Some((higher(qos, options.qos()), retain || (options.rap() && message.retain)));
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
        let qos = if higher(granted, message.qos) == granted { message.qos } else { granted };
        let _ = self.inbox.try_send(Delivery { message: Rc::clone(message), qos, retain });
    }
}

fn higher(one: Qos, other: Qos) -> Qos {
    if one as u8 >= other as u8 { one } else { other }
}
