//! Tests with hashes that the other systems made: Django 5.2 with bcrypt 4.3 and 5.0, argon2-cffi 25.1, passlib 1.7
//! and libxcrypt, each with few iterations. Keycloak's are in the format of its exports, with the digests of
//! Python's hashlib and of argon2-cffi.

use super::ImportedHashProblem::{Keycloak, NoSalt, TooExpensive, TooWeak};
use super::*;

const PASSWORD: &str = "lantern omelet drizzle \u{e9}";

/// `hashers.PBKDF2PasswordHasher().encode(PASSWORD, salt, 20000)` and likewise, in Django.
const DJANGO: [(&str, &str); 6] = [
    (
        "pbkdf2_sha256$20000$SHET5ZhOdgNLz6pXbe4KLF$UC617op9XhcdfXBvWaZzogX9CI8i+QfLaEewAN9mhKE=",
        "$pbkdf2-sha256$i=20000,l=32$U0hFVDVaaE9kZ05MejZwWGJlNEtMRg$",
    ),
    ("pbkdf2_sha1$20000$ErrEuBozxTQxf0nEKDgelD$utDKMT17M3T8PTG12PsUxgHCasM=", "$pbkdf2-sha1$i=20000,l=20$"),
    (
        "scrypt$1024$WKBHhfop1T3j8f057nKUWA$8$5$\
         IZMtV4JbbrulgUcjnuSZ53y7pFMXJVTzTiqKYk9c1tuSXxiGMxob+GqMqvAWi3HAMRvgRnwvGvTDOCEoGljYNg==",
        "$scrypt$ln=10,r=8,p=5$",
    ),
    (
        "argon2$argon2id$v=19$m=1024,t=2,p=2$bnJxZ0lzZjY1QXRkT3dnUzJYa3RubA\
         $EEHjEUaNneFbgYyzIr/zzP9dcO3fk0EyEx5BZDVPdP4",
        "$argon2id$v=19$m=1024,t=2,p=2$bnJxZ0lzZjY1QXRkT3dnUzJYa3RubA$",
    ),
    (
        "bcrypt$$2b$04$QFXU1DHWh4lmmAfMB7FczuRb1tMts30OABebZHG1c.pKZBhKCQd7q",
        "$2b$04$QFXU1DHWh4lmmAfMB7FczuRb1tMts30OABebZHG1c.pKZBhKCQd7q",
    ),
    (
        "bcrypt_sha256$$2b$04$qsqzskZUCxtvxtLIItXUu.Y5Ubs7UIJCKRwJHgLEb4Ped9RAYpC2.",
        "bcrypt_sha256$$2b$04$qsqzskZUCxtvxtLIItXUu.Y5Ubs7UIJCKRwJHgLEb4Ped9RAYpC2.",
    ),
];

/// By argon2-cffi, bcrypt (`hashpw`), libxcrypt (`crypt` of Perl), passlib and hashlib, in this order.
const OTHERS: [(&str, &str); 12] = [
    (
        "$argon2id$v=19$m=1024,t=2,p=1$pCRtXiFq/ByW8M2sRekqJQ$LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs",
        "$argon2id$v=19$m=1024,t=2,p=1$pCRtXiFq/ByW8M2sRekqJQ$LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs",
    ),
    (
        "$argon2i$v=19$m=1024,t=2,p=1$ak1dX8oX3UYrHqezzcH4cA$O9rItB4gLF3tu8bflkbfN0ip6p852HMX5n3kLaG9odQ",
        "$argon2i$v=19$",
    ),
    (
        "$argon2d$v=19$m=1024,t=2,p=1$uLm7LdXAiCW9sxkPGSO4cA$Mja5X2j3CK+D4CpaQHLR/VCoHTVQmkObzB8p7kn8uNA",
        "$argon2d$v=19$",
    ),
    // Version 1.0, which the oldest releases left out of the text.
    (
        "$argon2i$m=1024,t=2,p=1$bCRWp4By5W7FRU9jOWX88g$tUJeYXEIRuvgo5JxzXW1NF7AhSvMKp2oinKZU15yP4A",
        "$argon2i$v=16$m=1024,t=2,p=1$bCRWp4By5W7FRU9jOWX88g$",
    ),
    ("$2a$04$jXHgYEoWnAXfyfdfDEQTIedwBnQpJrHPUlAkYHGlTV1mXhVC8LZam", "$2b$04$jXHgYEoWnAXfyfdfDEQTIe"),
    ("$2b$04$lEpg7iNSo4Q2Xcp/Wm2.1.kPU0JumiuanVSRTG4jlYXlhUCIDHtf.", "$2b$04$lEpg7iNSo4Q2Xcp/Wm2.1."),
    ("$2y$04$abcdefghijklmnopqrstuuq20Vcz2GOov4cI.tlcgomfFD.zqB8FW", "$2b$04$abcdefghijklmnopqrstuu"),
    (
        "$pbkdf2-sha256$29000$SAnhfE.pFcJYCwGgVAqB0A$yGoZi8/34eRlvD2eeVdhfcOZQewPH3Wg6yhEcnrmHAE",
        "$pbkdf2-sha256$i=29000,l=32$SAnhfE+pFcJYCwGgVAqB0A$yGoZi8/34eRlvD2eeVdhfcOZQewPH3Wg6yhEcnrmHAE",
    ),
    (
        "$pbkdf2-sha512$5000$eG8Nwdhby7lXqjVGiLGWsg\
         $LyQHIPpPxg/eeBZBJbu/QJa1V9uVPAAUiUQ1W7kbhYLdBeB8AiAgHaq/hj0P6fSaXJHkGKcZqDgy568N8fUR0g",
        "$pbkdf2-sha512$i=5000,l=64$",
    ),
    ("$pbkdf2$5000$GsO4V0rJWcuZ0xqjtJZyrg$wvurWdhUnZdFSYkvq.ouGo06NUk", "$pbkdf2-sha1$i=5000,l=20$"),
    (
        "$scrypt$ln=10,r=8,p=2$6J1T6j2ndI7R+p9zjjEmZA$ubJy7Oz6iRx/+7uFyikB3xgLPyDzh7gk/QkMug5Stqc",
        "$scrypt$ln=10,r=8,p=2$6J1T6j2ndI7R+p9zjjEmZA$ubJy7Oz6iRx/+7uFyikB3xgLPyDzh7gk/QkMug5Stqc",
    ),
    (
        "$pbkdf2-sha256$i=1000,l=32$x4f7IJ1qjW9uOc2HeAGwVw$3BmDVurLkN5nudodjkAYIRkuikgL8eeR9h/K5fRVlEg",
        "$pbkdf2-sha256$i=1000,l=32$x4f7IJ1qjW9uOc2HeAGwVw$",
    ),
];

/// Salt, digest and credentialData.
const KEYCLOAK: [(&str, &str, &str); 4] = [
    (
        "OzWylCAytF0rc+f87gl6Ow==",
        "kd9ngz/wKySbeVgjkk6Y3VDBGcVTj/vpF0k8ROqbdOWvcKmnH3ZYcMsT9sMc0VAznqeMJOtHFSqG7dgG66inhA==",
        r#"{"hashIterations":20000,"algorithm":"pbkdf2","additionalParameters":{}}"#,
    ),
    (
        "wiIpwxh8QS6NVRj6om76Bw==",
        "HdE69bpnqvp6ApvPuXMbvR8SYjvYIye5/MKK4yc3Qhm1NG6ujjh7DyZoS1y8zTVLduFaF8HfyoW9DwYwfRjlUA==",
        r#"{"hashIterations":27500,"algorithm":"pbkdf2-sha256","additionalParameters":{}}"#,
    ),
    (
        "hH5SPelRZdhgWH0FEgpWHQ==",
        "V/eblIA3p+raC4U8o/qpKXzj2Yr5Vjq6IoE8CBecHimAt2JPfysXj3vb2sukaosF+R46O0wIkz5HRA4uizOgCQ==",
        r#"{"hashIterations":21000,"algorithm":"pbkdf2-sha512"}"#,
    ),
    (
        "kUPaf23oXoSqUeysk4VqiQ==",
        "CNdJ0Jg36GQAX0OAjM8bZWQjRP7DGHcWrKNy8ImR83k=",
        r#"{"hashIterations":5,"algorithm":"argon2","additionalParameters":{"hashLength":["32"],"memory":["1024"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}"#,
    ),
];

fn keycloak((salt, digest, credential): (&str, &str, &str)) -> Result<ImportedHash, ImportedHashProblem> {
    let secret = format!(r#"{{"value":"{digest}","salt":"{salt}","additionalParameters":{{}}}}"#);
    ImportedHash::from_keycloak(&secret, credential)
}

fn every_kind() -> Vec<ImportedHash> {
    let parsed = DJANGO.into_iter().chain(OTHERS).map(|(text, _)| ImportedHash::parse(text).unwrap());
    parsed.chain(KEYCLOAK.map(|parts| keycloak(parts).unwrap())).collect()
}

#[test]
fn the_password_of_each_system_matches_and_no_other() {
    // One wrong password each: PBKDF2 is slow without optimization.
    let wrong = ["", "lantern omelet drizzle e", "lantern omelet drizzle \u{e9} "];
    for (hash, wrong) in every_kind().into_iter().zip(wrong.into_iter().cycle()) {
        assert!(hash.verify(PASSWORD), "{}", hash.as_str());
        assert!(!hash.verify(wrong), "{}: {wrong}", hash.as_str());
    }
}

#[test]
fn each_scheme_has_one_stored_form() {
    for (text, stored) in DJANGO.into_iter().chain(OTHERS) {
        let hash = ImportedHash::parse(&format!(" {text}\n")).unwrap();
        assert!(hash.as_str().starts_with(stored), "{}", hash.as_str());
    }
    assert!(keycloak(KEYCLOAK[1]).unwrap().as_str().starts_with("$pbkdf2-sha256$i=27500,l=64$wiIpwxh8"));
}

#[test]
fn the_stored_form_reads_back_as_the_same_hash() {
    for hash in every_kind() {
        let again = ImportedHash::parse(hash.as_str()).unwrap();
        assert_eq!((again.as_str(), again.scheme()), (hash.as_str(), hash.scheme()));
        assert!(again.verify(PASSWORD) && hash.as_str().len() < 300, "{}", hash.as_str());
        assert_eq!(format!("{again:?}"), format!("ImportedHash({}, ..)", hash.scheme()));
    }
}

/// By Django's `BCryptPasswordHasher` with bcrypt 4.3. From 5.0, the library refuses such a password.
#[test]
fn bcrypt_ignores_what_follows_72_bytes() {
    let hash = "bcrypt$$2b$04$73CneB6XClsxX/Cz4IApH.CHxrmBRLqT9ZyT9AbrPHT8IQirUvJWi";
    let (hash, long) = (ImportedHash::parse(hash).unwrap(), "lantern omelet drizzle ".repeat(4));
    assert!(hash.verify(&long) && hash.verify(&long[..72]));
    assert!(!hash.verify(&long[..71]));
}

/// Cuts and alters each hash at each place.
#[test]
fn an_altered_hash_is_refused_or_reads_back() {
    for (text, _) in DJANGO.into_iter().chain(OTHERS) {
        for place in 0..text.len() {
            let (head, tail) = text.split_at(place);
            let altered =
                ["$", "", "9", "\u{e9}", "=", ",", "\0"].map(|new| format!("{head}{new}{}", &tail[1..]));
            for altered in altered.into_iter().chain([head.to_owned()]) {
                if let Ok(hash) = ImportedHash::parse(&altered) {
                    assert_eq!(ImportedHash::parse(hash.as_str()), Ok(hash), "{altered}");
                }
            }
        }
    }
}

#[test]
fn a_hash_that_is_expensive_to_check_is_refused() {
    let (salt, digest) = ("pCRtXiFq/ByW8M2sRekqJQ", "LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs");
    for parameters in [
        "$argon2id$v=19$m=262145,t=2,p=1$",
        "$argon2id$v=19$m=1024,t=17,p=1$",
        "$argon2id$v=19$m=1024,t=1,p=17$",
        "$scrypt$ln=19,r=8,p=1$",
        "$scrypt$ln=10,r=8,p=17$",
        "$scrypt$ln=10,r=65,p=1$",
        "$scrypt$ln=255,r=1,p=1$",
        "$pbkdf2-sha256$i=5000001$",
        "$pbkdf2-sha1$i=2500001$", // the digest has two blocks of SHA-1
    ] {
        let refused = ImportedHash::parse(&format!("{parameters}{salt}${digest}"));
        assert!(matches!(refused, Err(TooExpensive { .. })), "{parameters}: {refused:?}");
    }
    for parameters in
        ["$argon2id$v=19$m=262144,t=16,p=16$", "$scrypt$ln=18,r=8,p=16$", "$pbkdf2-sha256$i=5000000$"]
    {
        assert!(ImportedHash::parse(&format!("{parameters}{salt}${digest}")).is_ok(), "{parameters}");
    }
    let bcrypt = |cost| ImportedHash::parse(&OTHERS[5].0.replace("$04$", cost));
    assert!(bcrypt("$15$").is_ok() && matches!(bcrypt("$16$"), Err(TooExpensive { most: 15, .. })));
}

#[test]
fn a_weak_or_truncated_hash_is_refused() {
    let digest = "LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs";
    let short = "LA8tSgXEJsXMSEu225WE"; // 15 bytes
    let parse = |text: &str| ImportedHash::parse(text).map(|_| ());
    for scheme in ["$pbkdf2-sha256$i=1000$", "$scrypt$ln=10,r=8,p=1$"] {
        assert!(matches!(parse(&format!("{scheme}${digest}")), Err(NoSalt(_))), "{scheme}");
        assert!(matches!(parse(&format!("{scheme}c2FsdA${short}")), Err(ShortDigest(_))), "{scheme}");
    }
    let argon2 = "$argon2id$v=19$m=1024,t=1,p=1$pCRtXiFq/ByW8M2sRekqJQ$";
    assert_eq!(parse(&format!("{argon2}{short}")), Err(ShortDigest("argon2")));
    for weak in
        ["$pbkdf2-sha256$i=999$c2FsdA$", "$scrypt$ln=9,r=8,p=1$c2FsdA$", "$scrypt$ln=10,r=0,p=1$c2FsdA$"]
    {
        assert!(matches!(parse(&format!("{weak}{digest}")), Err(TooWeak { .. })), "{weak}");
    }
    for malformed in [
        "$argon2id$v=19$m=1024,t=1,p=1$$LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs",
        "$argon2id$v=20$m=1024,t=1,p=1$pCRtXiFq/ByW8M2sRekqJQ$LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs",
        "$argon2id$v=19$m=1024,t=1,p=1$pCRtXiFq/ByW8M2sRekqJQ",
        "scrypt$1025$salt$8$5$IZMtV4JbbrulgUcjnuSZ53y7pFMXJVTzTiqKYk9c1tuSXxiGMxob",
        "pbkdf2_sha256$20000$SHET5ZhOdgNLz6pXbe4KLF$not base64",
        "bcrypt$$2x$04$QFXU1DHWh4lmmAfMB7FczuRb1tMts30OABebZHG1c.pKZBhKCQd7q",
        "$2b$04$QFXU1DHWh4lmmAfMB7FczuRb1tMts30OABebZHG1c.pKZBhKCQd7",
    ] {
        assert!(matches!(parse(malformed), Err(Malformed(_))), "{malformed}: {:?}", parse(malformed));
    }
}

#[test]
fn another_format_is_refused_without_showing_the_hash() {
    let long = format!("$2b$04${}", "a".repeat(600));
    for unknown in [
        "",
        "$",
        "hunter2",
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
        "$6$salt$IxDD3jeSOb",
        "!x",
        "$2x$04$a",
        &long,
    ] {
        let refused = ImportedHash::parse(unknown).unwrap_err();
        assert_eq!(refused, Unknown, "{unknown}");
        assert!(unknown.len() < 3 || !refused.to_string().contains(unknown));
    }
    let (salt, digest, _) = KEYCLOAK[1];
    for (credential, problem) in [
        ("", Keycloak),
        ("{}", Keycloak),
        (r#"{"hashIterations":-1,"algorithm":"pbkdf2"}"#, Keycloak),
        (r#"{"hashIterations":5,"algorithm":"argon2"}"#, Keycloak),
        (r#"{"hashIterations":5,"algorithm":"bcrypt"}"#, Unknown),
    ] {
        assert_eq!(keycloak((salt, digest, credential)), Err(problem), "{credential}");
    }
    let secret = r#"{"value":"!","salt":"!"}"#;
    assert_eq!(ImportedHash::from_keycloak(secret, KEYCLOAK[0].2), Err(Malformed("PBKDF2")));
}
