//! The payments, and the one place that decides whether one is made.

use std::collections::{HashMap, HashSet};
use std::fmt;

use uuid::Uuid;

use crate::NAME;
use crate::api::{Detail, Shown};
use crate::problem::Problem;
use crate::receipts::{Claims, Outcome};

/// An amount of money in cents of a euro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Euros(u64);

impl fmt::Display for Euros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (thousands, rest, cents) = (self.0 / 100_000, self.0 / 100 % 1000, self.0 % 100);
        match thousands {
            0 => write!(f, "{rest}.{cents:02} EUR"),
            _ => write!(f, "{thousands},{rest:03}.{cents:02} EUR"),
        }
    }
}

/// A confirmation that Payroll has asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) payment: u32,
    pub(crate) confirmation: Uuid,
    /// The account that was asked, by unframed's id.
    pub(crate) user: Uuid,
    /// The same by the email address that the user typed.
    pub(crate) email: String,
    /// The digest of what we asked unframed to show.
    pub(crate) displayed: String,
    /// Where the user decides.
    pub(crate) url: String,
}

/// The state of a payment.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// It is to be paid.
    Due,
    /// A user was asked, and has not decided.
    Waiting(Asked),
    /// It was paid, because of this receipt.
    Paid(Claims),
    /// The user declined.
    Declined,
    /// Nobody decided in time.
    Expired,
}

/// A salary.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) id: u32,
    pub(crate) payee: &'static str,
    account: &'static str,
    amount: Euros,
    pub(crate) state: State,
}

impl Payment {
    fn due(id: u32, payee: &'static str, account: &'static str, cents: u64) -> Self {
        Self { id, payee, account, amount: Euros(cents), state: State::Due }
    }

    /// The payment in one line, as the button, the confirmation and the list name it.
    pub(crate) fn title(&self) -> String {
        format!("Pay {} to {}", self.amount, self.payee)
    }

    /// What the user is to be shown at unframed: all that decides where the money goes.
    pub(crate) fn shown(&self, origin: &str) -> Shown {
        Shown {
            application: NAME,
            danger: "normal",
            details: vec![
                Detail { label: "Account", value: self.account.to_owned() },
                Detail { label: "Payment", value: format!("salary {} of November", self.id) },
            ],
            return_url: format!("{origin}/payments/{}/return", self.id),
            title: self.title(),
        }
    }
}

/// The payments, what was asked for them, and the money that has left.
pub(crate) struct Ledger {
    payments: Vec<Payment>,
    asked: HashMap<Uuid, Asked>,
    /// The receipts that were used, by `jti`.
    used: HashSet<Uuid>,
    /// Each transfer to the bank. No line may ever stand here twice.
    transfers: Vec<String>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        let payments = vec![
            Payment::due(1, "Grace", "DE89 3704 0044 0532 0130 00", 420_000),
            Payment::due(2, "Edsger", "NL91 ABNA 0417 1643 00", 395_050),
            Payment::due(3, "Barbara", "FR14 2004 1010 0505 0001 3M02 606", 87_599),
        ];
        Self { payments, asked: HashMap::new(), used: HashSet::new(), transfers: Vec::new() }
    }

    pub(crate) fn payments(&self) -> &[Payment] {
        &self.payments
    }

    pub(crate) fn transfers(&self) -> &[String] {
        &self.transfers
    }

    pub(crate) fn find(&self, id: u32) -> Result<&Payment, Problem> {
        self.payments.iter().find(|payment| payment.id == id).ok_or(Problem::NoSuchPayment)
    }

    /// The confirmation that a payment waits for.
    pub(crate) fn waiting(&self, id: u32) -> Result<Option<Asked>, Problem> {
        Ok(match &self.find(id)?.state {
            State::Waiting(asked) => Some(asked.clone()),
            _ => None,
        })
    }

    /// Notes that a user was asked. The same confirmation is noted once, because a repeated request gets the same answer.
    pub(crate) fn wait(&mut self, asked: Asked) {
        if self.asked.contains_key(&asked.confirmation) {
            return;
        }
        self.asked.insert(asked.confirmation, asked.clone());
        let payment = self.payments.iter_mut().find(|payment| payment.id == asked.payment);
        if let Some(payment) = payment.filter(|payment| !matches!(payment.state, State::Paid(_))) {
            payment.state = State::Waiting(asked);
        }
    }

    /// Notes that a confirmation has ended without a decision.
    pub(crate) fn end(&mut self, confirmation: Uuid) {
        self.change_waiting(confirmation, State::Expired);
    }

    fn change_waiting(&mut self, confirmation: Uuid, state: State) {
        let waits = |payment: &&mut Payment| matches!(&payment.state, State::Waiting(asked) if asked.confirmation == confirmation);
        if let Some(payment) = self.payments.iter_mut().find(waits) {
            payment.state = state;
        }
    }

    /// Does what a genuine receipt says, once. It comes by the browser, by the webhook and by the API, in any order and at
    /// the same time: the caller holds the lock of the ledger, and every receipt after the first changes nothing.
    ///
    /// An application with a database does all of this in one transaction.
    pub(crate) fn settle(&mut self, claims: &Claims, expected: Option<(u32, Uuid)>) -> Result<(), Problem> {
        // A valid signature alone approves nothing: the receipt must answer what we asked, of whom we asked it.
        let asked = self.asked.get(&claims.confirmation).ok_or(Problem::AboutSomethingElse)?;
        let named = expected.is_none_or(|expected| expected == (asked.payment, asked.confirmation));
        if !named || asked.user != claims.sub || asked.displayed != claims.displayed {
            return Err(Problem::AboutSomethingElse);
        }
        let payment = asked.payment;
        if !self.used.insert(claims.jti) {
            return Ok(());
        }
        if claims.outcome == Outcome::Declined {
            self.change_waiting(claims.confirmation, State::Declined);
            return Ok(());
        }
        let payment = self.payments.iter_mut().find(|found| found.id == payment);
        // Two users may have been asked about the same payment.
        if let Some(payment) = payment.filter(|payment| !matches!(payment.state, State::Paid(_))) {
            log::info!("{}: approved by {} in receipt {}", payment.title(), claims.sub, claims.jti);
            self.transfers.push(format!("{} to {}, {}", payment.amount, payment.payee, payment.account));
            payment.state = State::Paid(claims.clone());
        }
        Ok(())
    }
}
