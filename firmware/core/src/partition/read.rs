//! From flash to [`Partition`].

use core::net::Ipv4Addr;

use rustls::pki_types::PrivateKeyDer;

use super::{
    DIRECTIONS, Field, HEADER, LIMIT, MAGIC, Network, PROTOCOLS, Partition, Password, Problem, QOS, VERSION,
    checksum,
};
use crate::wire::MESSAGE_LIMIT;

/// Reads an image that starts at the first byte; what lies behind it does not matter.
///
/// # Errors
/// The first [`Problem`] met.
pub fn parse(flash: &[u8]) -> Result<Partition<'_>, Problem> {
    let fields = Fields::check(whole(flash)?)?;
    let login =
        match (fields.one(Field::User, words)?, fields.one(Field::Password, |word| Some(Password(word)))?) {
            (None, None) => None,
            (Some(user), password) => Some((user, password.unwrap_or(Password(&[])))),
            (None, Some(_)) => return Err(Problem::Missing(Field::User)),
        };
    let partition = Partition {
        host: fields.needed(Field::Host, words)?,
        port: fields.needed(Field::Port, port)?,
        address: fields.one(Field::Address, address)?,
        network: fields.one(Field::Network, network)?.unwrap_or_default(),
        protocol: fields.needed(Field::Protocol, |value| choice(&PROTOCOLS, value))?,
        qos: fields.needed(Field::Qos, |value| choice(&QOS, value))?,
        client_id: fields.one(Field::ClientId, words)?,
        login,
        publish: fields.needed(Field::Publish, words)?,
        subscribe: fields.needed(Field::Subscribe, words)?,
        status: fields.one(Field::Status, words)?,
        direction: fields.needed(Field::Direction, |value| choice(&DIRECTIONS, value))?,
        first: fields.needed(Field::First, |text| (text.len() <= MESSAGE_LIMIT).then_some(text))?,
        anchors: fields.all(Field::Anchor).map(Into::into).collect(),
        chain: fields.all(Field::Certificate).map(Into::into).collect(),
        key: fields.one(Field::Key, |der| PrivateKeyDer::try_from(der).ok())?,
    };
    if partition.anchors.is_empty() {
        return Err(Problem::Missing(Field::Anchor));
    }
    match (partition.chain.is_empty(), &partition.key) {
        (false, None) => Err(Problem::Missing(Field::Key)),
        (true, Some(_)) => Err(Problem::Missing(Field::Certificate)),
        _ => Ok(partition),
    }
}

/// The bytes behind the header, after all that can be said of them as a whole was checked.
fn whole(flash: &[u8]) -> Result<&[u8], Problem> {
    let cut = |needed| Problem::Cut { needed, present: flash.len() };
    let (header, behind) = flash.split_first_chunk::<HEADER>().ok_or(cut(HEADER))?;
    if header.iter().all(|&byte| byte == 0xff) {
        return Err(Problem::Erased);
    }
    let [m0, m1, m2, m3, v0, v1, 0, 0, l0, l1, l2, l3, c0, c1, c2, c3] = *header else {
        return Err(Problem::Foreign);
    };
    if [m0, m1, m2, m3] != MAGIC {
        return Err(Problem::Foreign);
    }
    let found = u16::from_le_bytes([v0, v1]);
    if found != VERSION {
        return Err(Problem::OtherVersion { found });
    }
    let bytes = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if bytes > LIMIT {
        return Err(Problem::TooLong { bytes });
    }
    let fields = behind.get(..bytes).ok_or(cut(HEADER + bytes))?;
    if checksum(&header[..HEADER - 4], fields) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Err(Problem::Damaged);
    }
    Ok(fields)
}

/// The fields, which were walked through once without finding one that is unknown or cut.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn check(bytes: &'a [u8]) -> Result<Self, Problem> {
        let mut rest = bytes;
        while let Some(field) = split(&mut rest) {
            field?;
        }
        Ok(Self(bytes))
    }

    fn all(self, wanted: Field) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.0;
        core::iter::from_fn(move || split(&mut rest)?.ok())
            .filter_map(move |(field, value)| (field == wanted).then_some(value))
    }

    fn one<T>(self, field: Field, read: impl FnOnce(&'a [u8]) -> Option<T>) -> Result<Option<T>, Problem> {
        let mut all = self.all(field);
        let Some(value) = all.next() else { return Ok(None) };
        if all.next().is_some() {
            return Err(Problem::Twice(field));
        }
        read(value).map(Some).ok_or(Problem::Invalid(field))
    }

    fn needed<T>(self, field: Field, read: impl FnOnce(&'a [u8]) -> Option<T>) -> Result<T, Problem> {
        self.one(field, read)?.ok_or(Problem::Missing(field))
    }
}

/// Takes one field off the front; `None` when there are no more.
fn split<'a>(rest: &mut &'a [u8]) -> Option<Result<(Field, &'a [u8]), Problem>> {
    let (&tag, behind) = rest.split_first()?;
    let Some(field) = Field::of(tag) else { return Some(Err(Problem::Unknown { tag })) };
    let value = behind
        .split_first_chunk()
        .and_then(|(length, behind)| behind.split_at_checked(u16::from_le_bytes(*length).into()));
    let Some((value, behind)) = value else { return Some(Err(Problem::Invalid(field))) };
    *rest = behind;
    Some(Ok((field, value)))
}

impl Field {
    fn of(tag: u8) -> Option<Self> {
        Some(match tag {
            1 => Self::Host,
            2 => Self::Port,
            3 => Self::Address,
            4 => Self::Network,
            5 => Self::Protocol,
            6 => Self::Qos,
            7 => Self::ClientId,
            8 => Self::User,
            9 => Self::Password,
            10 => Self::Publish,
            11 => Self::Subscribe,
            12 => Self::Status,
            13 => Self::Direction,
            14 => Self::First,
            15 => Self::Anchor,
            16 => Self::Certificate,
            17 => Self::Key,
            _ => return None,
        })
    }
}

/// Text that is not empty and has nothing unprintable in it.
fn words(value: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(value).ok()?;
    (!text.is_empty() && !text.contains(char::is_control)).then_some(text)
}

fn port(value: &[u8]) -> Option<u16> {
    value.try_into().ok().map(u16::from_le_bytes).filter(|&port| port != 0)
}

fn address(value: &[u8]) -> Option<Ipv4Addr> {
    <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from)
}

fn network(value: &[u8]) -> Option<Network> {
    let &[a0, a1, a2, a3, prefix, g0, g1, g2, g3, r0, r1, r2, r3] = value else { return None };
    let given = |octets: [u8; 4]| Some(Ipv4Addr::from(octets)).filter(|address| !address.is_unspecified());
    let (gateway, resolver) = (given([g0, g1, g2, g3]), given([r0, r1, r2, r3]));
    let address = [a0, a1, a2, a3].into();
    (prefix <= 32).then_some(Network::Static { address, prefix, gateway, resolver })
}

fn choice<T: Copy>(choices: &[(u8, T)], value: &[u8]) -> Option<T> {
    let &[value] = value else { return None };
    choices.iter().find_map(|&(code, choice)| (code == value).then_some(choice))
}
