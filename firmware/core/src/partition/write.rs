//! From [`Partition`] to the image that is written into flash.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use super::{
    DIRECTIONS, Field, HEADER, MAGIC, Network, PROTOCOLS, Partition, Problem, QOS, VERSION, checksum, parse,
};

impl Partition<'_> {
    /// The image. It holds the key: whoever writes it to a file keeps that file from others.
    ///
    /// # Errors
    /// When the board would refuse it.
    pub fn encode(&self) -> Result<Vec<u8>, Problem> {
        let mut image = Image(Vec::with_capacity(4096));
        image.0.extend_from_slice(&[0; HEADER]);
        self.write(&mut image)?;
        let image = image.finish()?;
        // The board's own reading is the judge of what makes sense.
        parse(&image)?;
        Ok(image)
    }

    fn write(&self, image: &mut Image) -> Result<(), Problem> {
        image.add(Field::Host, self.host.as_bytes())?;
        image.add(Field::Port, &self.port.to_le_bytes())?;
        if let Some(address) = self.address {
            image.add(Field::Address, &address.octets())?;
        }
        image.network(self.network)?;
        image.choice(Field::Protocol, &PROTOCOLS, self.protocol)?;
        image.choice(Field::Qos, &QOS, self.qos)?;
        if let Some(client_id) = self.client_id {
            image.add(Field::ClientId, client_id.as_bytes())?;
        }
        if let Some((user, password)) = self.login {
            image.add(Field::User, user.as_bytes())?;
            image.add(Field::Password, password.0)?;
        }
        image.add(Field::Publish, self.publish.as_bytes())?;
        image.add(Field::Subscribe, self.subscribe.as_bytes())?;
        if let Some(status) = self.status {
            image.add(Field::Status, status.as_bytes())?;
        }
        image.choice(Field::Direction, &DIRECTIONS, self.direction)?;
        image.add(Field::First, self.first)?;
        for anchor in &self.anchors {
            image.add(Field::Anchor, anchor)?;
        }
        for certificate in &self.chain {
            image.add(Field::Certificate, certificate)?;
        }
        match &self.key {
            Some(key) => image.add(Field::Key, key.secret_der()),
            None => Ok(()),
        }
    }
}

/// An image in the making: room for the header, then the fields so far.
struct Image(Vec<u8>);

impl Image {
    fn add(&mut self, field: Field, value: &[u8]) -> Result<(), Problem> {
        let length = u16::try_from(value.len()).map_err(|_| Problem::Invalid(field))?;
        self.0.push(field as u8);
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(value);
        Ok(())
    }

    fn choice<T: Copy + PartialEq>(
        &mut self,
        field: Field,
        choices: &[(u8, T)],
        chosen: T,
    ) -> Result<(), Problem> {
        let found = choices.iter().find(|(_, choice)| *choice == chosen);
        let (code, _) = found.ok_or(Problem::Invalid(field))?;
        self.add(field, &[*code])
    }

    /// Address, prefix, and zeros for a router or a resolver that there is not. Nothing at all for DHCP.
    fn network(&mut self, network: Network) -> Result<(), Problem> {
        let Network::Static { address, prefix, gateway, resolver } = network else { return Ok(()) };
        let mut value = [0; 13];
        value[..4].copy_from_slice(&address.octets());
        value[4] = prefix;
        value[5..9].copy_from_slice(&gateway.unwrap_or(Ipv4Addr::UNSPECIFIED).octets());
        value[9..].copy_from_slice(&resolver.unwrap_or(Ipv4Addr::UNSPECIFIED).octets());
        self.add(Field::Network, &value)
    }

    fn finish(self) -> Result<Vec<u8>, Problem> {
        let Self(mut image) = self;
        let bytes = image.len() - HEADER;
        let length = u32::try_from(bytes).map_err(|_| Problem::TooLong { bytes })?;
        image[..4].copy_from_slice(&MAGIC);
        image[4..6].copy_from_slice(&VERSION.to_le_bytes());
        image[8..12].copy_from_slice(&length.to_le_bytes());
        let checksum = checksum(&image[..HEADER - 4], &image[HEADER..]);
        image[HEADER - 4..HEADER].copy_from_slice(&checksum.to_le_bytes());
        Ok(image)
    }
}
