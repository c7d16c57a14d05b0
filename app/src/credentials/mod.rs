//! What a connection needs to prove who is who. Stub.
