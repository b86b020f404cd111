//! Every rule of the check: its stable name, how bad a breach can be, and its page in `docs/rules/`, which is part
//! of the program. A finding can only name a rule of this table.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; does not count as a finding.
    Note,
    /// Harmless at present; one more mistake makes it harmful.
    Low,
    /// One protection is missing, others remain.
    Medium,
    /// An attacker can exploit it as it is.
    High,
}

impl Severity {
    /// The word for it, as reports and options write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What a rule is about: the part of its name before the slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What a real browser showed.
    Browser,
    /// The flags of cookies.
    Cookie,
    /// Which links the crawl did not follow.
    Crawl,
    /// The Content-Security-Policy, besides who may frame the page.
    Csp,
    /// Who may frame the page.
    Framing,
    /// Whether the server refuses requests for frames.
    Gate,
    /// What the check could not see.
    Probe,
    /// Encryption and content types.
    Transport,
    /// The headers that this program adds.
    Unframed,
    /// Disclosed versions.
    Version,
    /// The check of this program's own server.
    Walk,
}

/// Makes the enum and its table out of one list: variant, group, name, page, the worst severity, title.
macro_rules! rules {
    ($($variant:ident $group:ident $name:literal $file:literal $worst:ident $title:literal;)*) => {
        /// A rule. The variants are in the order of their names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $title] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of their names.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What the rule is about.
            #[must_use]
            pub fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)* }
            }

            /// The stable name, such as `framing/none`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What is wrong where the rule is broken, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// The worst severity that a breach can have.
            #[must_use]
            pub fn worst(self) -> Severity {
                match self { $(Self::$variant => Severity::$worst,)* }
            }

            /// Where the page of the rule is in the sources.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self { $(Self::$variant => concat!("docs/rules/", $file, ".md"),)* }
            }

            /// The page of the rule: what it finds, why that matters, and how to fix it. Markdown.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!("../../docs/rules/", $file, ".md")),)* }
            }
        }
    };
}

rules! {
    BrowserBusts Browser "browser/busts" "browser-busts" Note "The page replaces the page that frames it";
    BrowserClicked Browser "browser/clicked" "browser-clicked" High "Clicks reach the page in a frame";
    BrowserCookies Browser "browser/cookies" "browser-cookies" Note "The SameSite attribute of given cookies is unknown";
    BrowserDisagrees Browser "browser/disagrees" "browser-disagrees" High "The browser does not do what the headers say";
    BrowserFramed Browser "browser/framed" "browser-framed" Medium "A browser shows the page in a frame";
    BrowserLeftOut Browser "browser/left-out" "browser-left-out" Note "The browser cannot check everything";
    BrowserListed Browser "browser/listed" "browser-listed" Note "A listed origin shows the page in a frame";
    BrowserNoSandbox Browser "browser/no-sandbox" "browser-no-sandbox" Note "Chromium ran without its sandbox";
    CookieHttponly Cookie "cookie/httponly" "cookie-httponly" Low "Scripts can read a cookie";
    CookieMany Cookie "cookie/many" "cookie-many" Low "One response sets very many cookies";
    CookiePrefix Cookie "cookie/prefix" "cookie-prefix" Medium "A cookie breaks the rules of its prefix";
    CookieSamesite Cookie "cookie/samesite" "cookie-samesite" Medium "Other sites can send requests with a cookie";
    CookieSecure Cookie "cookie/secure" "cookie-secure" Medium "A cookie travels without encryption";
    CrawlAction Crawl "crawl/action" "crawl-action" Note "Links that sound like an action were not followed";
    CrawlLeft Crawl "crawl/left" "crawl-left" Note "More links than were followed";
    CrawlRobots Crawl "crawl/robots" "crawl-robots" Note "robots.txt disallows links of the site";
    CspBroadSource Csp "csp/broad-source" "csp-broad-source" Medium "A policy loads code from many sites";
    CspDoubled Csp "csp/doubled" "csp-doubled" Low "The policy is sent more than once";
    CspMissing Csp "csp/missing" "csp-missing" Medium "A directive is missing or allows every site";
    CspNone Csp "csp/none" "csp-none" Medium "There is no Content-Security-Policy";
    CspNotAscii Csp "csp/not-ascii" "csp-not-ascii" Low "A directive contains characters that browsers refuse";
    CspRepeated Csp "csp/repeated" "csp-repeated" Low "One policy contains a directive twice";
    CspReportTo Csp "csp/report-to" "csp-report-to" Low "Refused frames are not reported";
    CspUnknown Csp "csp/unknown" "csp-unknown" Low "A policy contains an unknown directive";
    CspUnsafeEval Csp "csp/unsafe-eval" "csp-unsafe-eval" Low "Scripts may run text as code";
    CspUnsafeInline Csp "csp/unsafe-inline" "csp-unsafe-inline" Medium "Injected inline code runs";
    FramingContradiction Framing "framing/contradiction" "framing-contradiction" Low "The two framing headers disagree";
    FramingDoubledFrameAncestors Framing "framing/doubled-frame-ancestors" "framing-doubled-frame-ancestors" Low "Several policies say who may frame a page";
    FramingDoubledXFrameOptions Framing "framing/doubled-x-frame-options" "framing-doubled-x-frame-options" Medium "X-Frame-Options has several values";
    FramingListed Framing "framing/listed" "framing-listed" High "Listed sites may frame a page";
    FramingMalformedLines Framing "framing/malformed-lines" "framing-malformed-lines" High "Browsers read header lines differently";
    FramingMeta Framing "framing/meta" "framing-meta" Low "A meta tag tries to forbid frames";
    FramingMisspelt Framing "framing/misspelt" "framing-misspelt" High "frame-ancestors is misspelt";
    FramingNoFrameAncestors Framing "framing/no-frame-ancestors" "framing-no-frame-ancestors" Medium "Only X-Frame-Options forbids frames";
    FramingNoXFrameOptions Framing "framing/no-x-frame-options" "framing-no-x-frame-options" Medium "Only frame-ancestors forbids frames";
    FramingNone Framing "framing/none" "framing-none" High "Any site can frame a page";
    FramingNoneBesideOthers Framing "framing/none-beside-others" "framing-none-beside-others" High "'none' stands beside other sources";
    FramingNotAValue Framing "framing/not-a-value" "framing-not-a-value" High "X-Frame-Options has a value that browsers ignore";
    FramingNotAscii Framing "framing/not-ascii" "framing-not-ascii" High "frame-ancestors contains characters that browsers refuse";
    FramingOddSource Framing "framing/odd-source" "framing-odd-source" Low "frame-ancestors contains a source that is not an exact origin";
    FramingOwnOrigin Framing "framing/own-origin" "framing-own-origin" High "The site's own pages may frame a page of unframed";
    FramingRepeatedFrameAncestors Framing "framing/repeated-frame-ancestors" "framing-repeated-frame-ancestors" High "One policy contains frame-ancestors twice";
    FramingSwitchedOff Framing "framing/switched-off" "framing-switched-off" High "frame-ancestors switches X-Frame-Options off";
    FramingWide Framing "framing/wide" "framing-wide" High "frame-ancestors lets every site frame a page";
    GateNone Gate "gate/none" "gate-none" Note "The server answers requests for frames";
    GateOpen Gate "gate/open" "gate-open" High "The frame gate does not see what browsers send";
    GateShut Gate "gate/shut" "gate-shut" Medium "The frame gate refuses what it must let through";
    ProbeCompressed Probe "probe/compressed" "probe-compressed" Note "A body is compressed although the request refuses that";
    ProbeElsewhere Probe "probe/elsewhere" "probe-elsewhere" Note "The entry page redirects to another site";
    ProbeEntry Probe "probe/entry" "probe-entry" Medium "The entry page is an error page";
    ProbeInternationalName Probe "probe/international-name" "probe-international-name" Note "The name of the site is in another script";
    ProbeNoLinks Probe "probe/no-links" "probe-no-links" Note "The entry page links to no other page";
    ProbeProxy Probe "probe/proxy" "probe-proxy" Note "Malformed requests were not sent because of a proxy";
    ProbeSilence Probe "probe/silence" "probe-silence" Note "The server did not answer a request";
    TransportHsts Transport "transport/hsts" "transport-hsts" Medium "Browsers may use plain http";
    TransportHstsDoubled Transport "transport/hsts-doubled" "transport-hsts-doubled" Low "Strict-Transport-Security is sent more than once";
    TransportNosniff Transport "transport/nosniff" "transport-nosniff" Low "Browsers may guess the type of a file";
    TransportPlain Transport "transport/plain" "transport-plain" High "The site answers without encryption";
    UnframedHeader Unframed "unframed/header" "unframed-header" Medium "A header of unframed is missing or replaced";
    VersionServer Version "version/server" "version-server" Low "The server discloses its version";
    VersionSoftware Version "version/software" "version-software" Low "A header discloses the software of the site";
    WalkSilence Walk "walk/silence" "walk-silence" Low "This program's own server did not answer";
}

impl Rule {
    /// The rule of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| serde::de::Error::custom(format!("there is no rule `{name}`")))
    }
}
