//! One load of the attacker's page: a target through several vectors at once, what each frame shows, and whether
//! clicks reach it.

use std::time::{Duration, Instant};

use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;

use super::attacker::through;
use super::frame::{self, Control, Shown};
use super::input::{self, Place};
use super::problem::BrowserProblem;
use super::screenshot::Screenshot;
use super::server::Server;
use super::vectors::{BACKGROUND, HISTORY_BACK, VECTORS, region};

/// The longest that frames may take after the attacker's page has loaded: those with a page of ours, which must
/// all load, and others. For others, also how long nothing may change.
const SETTLE_OURS: Duration = Duration::from_secs(60);
const SETTLE: Duration = Duration::from_secs(10);
const QUIET: Duration = Duration::from_secs(3);
/// How long a click may take to reach a frame.
const CLICK: Duration = Duration::from_millis(500);
/// The most dialogs of a page that are dismissed.
const MOST_DIALOGS: usize = 20;
/// A frame in which so many pixels differ from an empty one shows something.
const VISIBLE: usize = 50;

/// What one frame shows.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    pub(super) vector: usize,
    pub(super) shown: Shown,
    /// Whether its pixels differ from those of an empty frame.
    pub(super) visible: bool,
    /// A control that a click can hit.
    pub(super) control: Option<Control>,
    /// Whether a click reached the page; `None` if none was made.
    pub(super) clicked: Option<bool>,
}

impl Sight {
    fn of(vector: usize, shown: Shown) -> Self {
        Self { vector, shown, visible: false, control: None, clicked: None }
    }
}

/// What a load shows.
#[derive(Debug)]
pub(super) struct View {
    pub(super) sights: Vec<Sight>,
    pub(super) picture: Screenshot,
    /// The framed page replaced the attacker's page in the window.
    pub(super) busts: bool,
}

/// A browser before the attacker's page.
pub(super) struct Scene<'a> {
    pub(super) browser: &'a WebDriver,
    pub(super) server: &'a Server,
    /// The origin of the attacker's page.
    pub(super) attacker: &'a str,
}

impl Scene<'_> {
    /// Frames the target by each vector. `patient`: the target is ours, and every frame must load.
    pub(super) async fn view(
        &self,
        target: &str,
        vectors: &[usize],
        patient: bool,
    ) -> Result<View, BrowserProblem> {
        self.server.forget();
        let at = format!("{}{}", self.attacker, through(vectors, target, ""));
        open(self.browser, &at).await?;
        let mut sights = self.settle(target, vectors, patient).await?;
        let mut busts = !self.is_still_here(&at).await?;
        let picture = Screenshot::read(&self.browser.screenshot_as_png().await?)?;
        for sight in &mut sights {
            let page = matches!(sight.shown, Shown::Page(_));
            sight.visible =
                page && !busts && picture.count_others(region(sight.vector), BACKGROUND) >= VISIBLE;
        }
        if !busts {
            busts = self.click(&mut sights, &at).await?;
        }
        self.close_other_windows().await?;
        Ok(View { sights, picture, busts })
    }

    /// Waits until each frame has loaded what it shows, and puts the shields in.
    async fn settle(&self, target: &str, vectors: &[usize], patient: bool) -> WebDriverResult<Vec<Sight>> {
        let mut sights: Vec<Option<Sight>> = vec![None; vectors.len()];
        let (start, mut changed) = (Instant::now(), Instant::now());
        loop {
            for (slot, &vector) in sights.iter_mut().zip(vectors).filter(|(slot, _)| slot.is_none()) {
                *slot = self.look(target, vector).await?;
                if slot.is_some() {
                    changed = Instant::now();
                }
            }
            let over = if patient {
                start.elapsed() > SETTLE_OURS
            } else {
                start.elapsed() > SETTLE || changed.elapsed() > QUIET
            };
            if over || sights.iter().all(Option::is_some) {
                let sights = sights.into_iter().zip(vectors);
                return Ok(sights
                    .map(|(sight, vector)| sight.unwrap_or(Sight::of(*vector, Shown::Nothing)))
                    .collect());
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// What a frame shows for good, with a shield over a control; `None` while that may still change.
    async fn look(&self, target: &str, vector: usize) -> WebDriverResult<Option<Sight>> {
        let known = VECTORS.get(vector);
        if known.is_some_and(|known| known.name == HISTORY_BACK) && !self.server.went_back() {
            return Ok(None);
        }
        if !frame::enter(self.browser, vector).await? {
            // An `object` without a page has no frame. An inner frame may still come.
            let nested = known.is_some_and(|known| known.nested);
            return Ok((!nested).then(|| Sight::of(vector, Shown::Nothing)));
        }
        let origin = |url: &str| url::Url::parse(url).map(|url| url.origin()).ok();
        Ok(match frame::document(self.browser, self.attacker).await? {
            None | Some(Shown::Nothing) => None,
            Some(Shown::Page(url)) if origin(&url) != origin(target) => {
                Some(Sight::of(vector, Shown::Elsewhere))
            }
            Some(page @ Shown::Page(_)) => {
                let control = frame::shield_control(self.browser).await?;
                Some(Sight { control, ..Sight::of(vector, page) })
            }
            Some(shown) => Some(Sight::of(vector, shown)),
        })
    }

    /// Clicks where the shields are, one frame after the other. A page that is not sandboxed can use a click to
    /// replace the attacker's page, and a further click could then hit a real control: so only the last click
    /// goes to such a page. Returns whether the attacker's page was replaced.
    async fn click(&self, sights: &mut [Sight], at: &str) -> Result<bool, BrowserProblem> {
        let sandboxed = |sight: &Sight| VECTORS.get(sight.vector).is_some_and(|vector| vector.sandboxed);
        let (first, last): (Vec<_>, Vec<_>) =
            sights.iter_mut().filter(|sight| sight.control.is_some()).partition(|sight| sandboxed(sight));
        for sight in first.into_iter().chain(last.into_iter().take(1)) {
            let entered = frame::enter(self.browser, sight.vector).await?;
            if !entered || !frame::shield_is_on_top(self.browser).await? {
                continue;
            }
            self.browser.enter_default_frame().await?;
            input::press(self.browser, "mouse", &Vec::from_iter(place(sight))).await?;
            let start = Instant::now();
            while sight.clicked != Some(true) && start.elapsed() < CLICK {
                if !self.is_still_here(at).await? {
                    // It could only do so because the click reached it.
                    sight.clicked = Some(true);
                    return Ok(true);
                }
                let entered = frame::enter(self.browser, sight.vector).await?;
                sight.clicked = Some(entered && frame::shield_was_clicked(self.browser).await?);
            }
        }
        Ok(!self.is_still_here(at).await?)
    }

    /// Whether the window still shows the attacker's page.
    async fn is_still_here(&self, at: &str) -> WebDriverResult<bool> {
        self.browser.enter_default_frame().await?;
        Ok(self.browser.current_url().await?.as_str() == at)
    }

    /// Closes what a page has opened.
    async fn close_other_windows(&self) -> WebDriverResult<()> {
        let windows = self.browser.windows().await?;
        if windows.len() > 1 {
            let own = self.browser.window().await?;
            for window in windows.into_iter().filter(|window| *window != own) {
                self.browser.switch_to_window(window).await?;
                self.browser.close_window().await?;
            }
            self.browser.switch_to_window(own).await?;
        }
        Ok(())
    }
}

/// Opens a URL in the window. A page that has not loaded in time is taken as it is.
pub(super) async fn open(browser: &WebDriver, url: &str) -> WebDriverResult<()> {
    match past_dialogs(async || browser.goto(url).await).await {
        Err(error) if matches!(error.as_inner(), WebDriverErrorInner::WebDriverTimeout(_)) => Ok(()),
        result => result,
    }
}

/// Repeats a command that a dialog of the page has stopped. The driver has dismissed the dialog by then.
pub(super) async fn past_dialogs<T>(command: impl AsyncFn() -> WebDriverResult<T>) -> WebDriverResult<T> {
    for _ in 0..MOST_DIALOGS {
        match command().await {
            Err(error) if matches!(error.as_inner(), WebDriverErrorInner::UnexpectedAlertOpen(_)) => {}
            result => return result,
        }
    }
    command().await
}

/// Where in the window the control of a frame is.
fn place(sight: &Sight) -> Option<Place> {
    let (left, top, ..) = region(sight.vector);
    let (x, y) = sight.control.as_ref()?.place;
    Some((i64::try_from(left).ok()? + x, i64::try_from(top).ok()? + y))
}
