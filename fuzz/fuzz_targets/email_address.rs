//! Email addresses: one spelling each, with a domain in ASCII.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::domain::EmailAddress;

fuzz_target!(|typed: &str| {
    let Ok(address) = EmailAddress::parse(typed) else { return };
    assert_eq!(EmailAddress::parse(address.as_str()), Ok(address.clone()));
    assert!(address.domain().is_ascii() && !address.domain().contains(|c: char| c.is_ascii_uppercase()));
    assert!(address.as_str().len() <= EmailAddress::MAX_BYTES);
    assert!(!address.as_str().contains(|c: char| c.is_whitespace() || c.is_control()));
    assert!(address.mailbox().contains('@'));
});
