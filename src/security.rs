//! Each threat and the file that answers it. Nothing here knows a page or SQL.
//!
//! | threat | answer |
//! |---|---|
//! | a page in another site's frame | `framing`, `frame_policy`: X-Frame-Options and frame-ancestors on every response |
//! | a framed page behind a proxy that strips response headers | `frame_gate`, by `fetch_metadata`: framed requests are refused unread |
//! | framing attempts that go unnoticed | `framing_attempts`: counted by embedding origin; `tally`: in bounded memory |
//! | policy violations that go unnoticed | `violation_reports`: counted by directive and route; `network_buckets`: one network cannot drown out the others |
//! | script, plugins, foreign form targets injected into a page | `content_security_policy` |
//! | content sniffing, openers, referrers, unused browser features | `headers` |
//! | clicks and keys stolen without a frame (double click, held Enter, typed through) | `form_stamp`, `extract/arrival`, `pages/confirm` |
//! | a form posted from another site | `fetch_metadata` (Origin, Sec-Fetch), `csrf` (token), SameSite |
//! | a script of another site that uses the API | `fetch_metadata`; `cors`: listed origins only, never with cookies |
//! | a stolen or guessed session | `session_cookie`, `models/session` (digests, limits, a list to end them) |
//! | guessing passwords, mail bombs | `limits`: one table; `throttle`, `network`; `password_hashing`: queues of their own |
//! | a password given to a false site; an answer to a challenge used twice; a copied authenticator | `passkeys` |
//! | a script that gets more than its page needs | `content_security_policy`: one script by its digest, on scripted routes alone |
//! | a stolen database | digests in `models`; `access_tokens`: shown once, stored nowhere; `seal` encrypts queued mails and `authenticator_secrets` |
//! | request bodies that never end | `request_body`: a time limit for each body |
//! | requests that begin and never end, responses that nobody takes | `slow_clients`: a time limit for each connection |
//! | thousands of requests at once on one connection | `pipelining`: one request at a time |
//! | another site reading a server on this machine by DNS rebinding (the inbox of `local`) | `loopback_host`: only host names of this machine are answered |
//! | a webhook to an address of our own network (SSRF, DNS rebinding) | `public_address`, `webhooks/delivery`: the checked address alone is connected to |
//! | an outcome that an application cannot tell from a forged one | `receipts`: signed, with a digest of what was shown |
//! | a header that asks for a thousand languages | `accept_language`: a long one counts as absent |
//! | the same threats to an application of your own | `walls`: the gate, the headers and a policy in one layer |
//! | a forged client address | `client_address`: only the proxies of `TRUSTED_PROXIES` are believed, in one header |

pub mod accept_language;
pub mod access_tokens;
pub mod authenticator_secrets;
pub mod client_address;
pub mod content_security_policy;
pub mod cors;
pub mod csrf;
pub mod device_cookie;
pub mod fetch_metadata;
pub mod form_stamp;
pub mod frame_gate;
pub mod frame_policy;
pub mod framing;
pub mod framing_attempts;
pub mod headers;
pub mod keys;
pub mod limits;
pub mod long_polls;
pub mod loopback_host;
pub mod network;
pub mod network_buckets;
pub mod passkeys;
pub mod password_hashing;
pub mod pipelining;
pub mod public_address;
pub mod receipts;
pub mod recovery_codes;
pub mod request_body;
pub mod seal;
pub mod session_cookie;
pub mod slow_clients;
pub mod tally;
pub mod throttle;
pub mod violation_reports;
pub mod walls;
pub mod work_queue;
