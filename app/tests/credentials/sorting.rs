//! Dropped files find their rows by their content.

use std::path::PathBuf;

use echo_monitor::{
    credentials::{Content, ReadProblem, sort, sort::Role},
    profile::Field,
};

use crate::{
    file,
    formats::pkcs12,
    making::{client_params, ed25519, issued_for, pem, pki},
};

fn roles(files: &[Content]) -> Vec<Role> {
    let numbered = files
        .iter()
        .enumerate()
        .map(|(number, content)| (PathBuf::from(number.to_string()), content.clone()));
    let sorted = sort(numbered.collect());
    assert!(sorted.iter().enumerate().all(|(number, (path, _))| path.to_str() == Some(&number.to_string())));
    sorted.into_iter().map(|(_, role)| role).collect()
}

#[test]
fn three_files_in_any_order() {
    let (ca, client, key) = (pki().ca_file(), pki().client_file(), pki().key_file());
    assert_eq!(roles(&[ca.clone(), client.clone(), key.clone()]), [Role::Ca, Role::Certificate, Role::Key]);
    assert_eq!(roles(&[key.clone(), ca.clone(), client.clone()]), [Role::Key, Role::Ca, Role::Certificate]);
    assert_eq!(roles(std::slice::from_ref(&client)), [Role::Certificate]);
    assert_eq!(roles(&[ca]), [Role::Ca]);
    assert_eq!(roles(&[key]), [Role::Key]);
}

#[test]
fn other_combinations() {
    let client = &pki().client;
    let both = file("both", client.pem.clone() + &client.key_pem());
    let container = file("p12", pkcs12(client, &[], false, "secret"));
    let locked = file("locked", pem("ENCRYPTED PRIVATE KEY", &encrypted_shape()));
    let gone = Content::Unreadable { name: "x".to_owned(), problem: ReadProblem::Missing };
    // A client whose certificate is not told from a CA's by its constraints, but by the key that fits.
    let mut params = client_params("as CA");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let odd = issued_for(params, ed25519(), &pki().ca);
    assert_eq!(roles(&[both]), [Role::CertificateAndKey]);
    assert_eq!(roles(&[container]), [Role::Pkcs12]);
    assert_eq!(roles(&[locked]), [Role::Key]);
    assert_eq!(roles(&[file("x", "junk"), gone, Content::NotChosen]), [Role::Unknown; 3]);
    assert_eq!(roles(&[file("c", &odd.pem), file("k", odd.key_pem())]), [Role::Certificate, Role::Key]);
    assert_eq!(roles(&[file("c", &odd.pem)]), [Role::Ca]);
    assert_eq!(Role::Pkcs12.fields(), [Field::Certificate, Field::Key]);
}

/// An AlgorithmIdentifier and an OCTET STRING.
fn encrypted_shape() -> Vec<u8> {
    use crate::making::tlv;
    let pbes2 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D];
    tlv(0x30, &[&tlv(0x30, &[&tlv(6, &[&pbes2]), &tlv(0x30, &[])]), &tlv(4, &[&[0; 16]])])
}
