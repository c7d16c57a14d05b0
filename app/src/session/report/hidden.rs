//! Messages that became mere counts.

use crate::model::event::What;

/// What was not shown.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    received: u64,
    echoed: u64,
    failed: u64,
    bytes: u64,
}

impl Hidden {
    pub(super) fn any(&self) -> bool {
        self.received + self.echoed + self.failed > 0
    }

    /// Counts what is about a message; `false` where it is not.
    pub(super) fn add(&mut self, what: &What) -> bool {
        match what {
            What::Received(message) => {
                self.received += 1;
                self.bytes += message.payload.len() as u64;
            }
            What::Echoed(_) => self.echoed += 1,
            What::EchoFailed { .. } => self.failed += 1,
            What::NotShown { received, echoed, failed, bytes } => {
                self.received += received;
                self.echoed += echoed;
                self.failed += failed;
                self.bytes += bytes;
            }
            What::BrokerRoundTrip { .. } => {}
            What::Started { .. }
            | What::Attempt { .. }
            | What::StageStarted(_)
            | What::StageDone { .. }
            | What::Secured(_)
            | What::Connected(_)
            | What::Disconnected { .. }
            | What::Stopped => return false,
        }
        true
    }

    pub(super) fn told(self) -> What {
        let Self { received, echoed, failed, bytes } = self;
        What::NotShown { received, echoed, failed, bytes }
    }
}
