//! The routes whose pages may run our one script are those whose pages use it, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use unframed::routes;

use crate::harness::{PASSWORD, TestApp};

fn scripted() -> BTreeSet<String> {
    let patterns = routes::patterns().into_iter();
    patterns.filter(|route| route.script).map(|route| route.path.to_owned()).collect()
}

/// The path of each source file below a folder that says that its page uses the script.
fn sources_with_script(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources_with_script(&path, found);
        } else if std::fs::read_to_string(&path).unwrap().contains("fn uses_script(") {
            found.push(path.display().to_string());
        }
    }
}

#[test]
fn the_scripted_routes_are_those_whose_pages_use_the_script() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    sources_with_script(&root, &mut sources);
    let mut using = BTreeSet::new();
    for source in sources {
        let name = source.strip_prefix(&root.display().to_string()).unwrap().trim_start_matches('/');
        match name {
            // The trait itself.
            "view.rs" => {}
            // Of the steps of an action, the confirm page alone.
            "actions/page.rs" => drop(using.insert("/confirm/{id}".to_owned())),
            _ => {
                let page = name.strip_prefix("pages/").unwrap_or_else(|| panic!("{name} is no page"));
                using.insert(format!("/{}", page.trim_end_matches(".rs").replace('_', "-")));
            }
        }
    }
    assert_eq!(scripted(), using, "left: the URL table, right: the pages");
}

#[tokio::test]
async fn every_scripted_route_has_a_page_that_runs_the_script_and_one_form_that_uses_it() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_passkey().await;
    let half = app.guest();
    half.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    let confirm = ada.begin("/settings/export", &[]).await.path;
    let pages = BTreeMap::from([
        ("/sign-in/passkey", app.guest().get("/sign-in/passkey").await),
        ("/sign-in/second-factor", half.get("/sign-in/second-factor").await),
        ("/settings/two-factor/passkey", ada.get("/settings/two-factor/passkey").await),
        ("/confirm/{id}", ada.get(&confirm).await),
    ]);
    let shown: BTreeSet<String> = pages.keys().map(|path| (*path).to_owned()).collect();
    assert_eq!(shown, scripted(), "left: this test, right: the URL table");
    let script = format!("<script src=\"{}\" integrity=\"sha256-", app.state.view.asset_url("passkeys.js"));
    for (path, page) in pages {
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.body.matches("<script").count(), 1, "{path}: {}", page.body);
        assert!(page.body.contains(&script), "{path}: {}", page.body);
        assert_eq!(page.body.matches(" data-passkey=").count(), 1, "{path}: {}", page.body);
        let policy = page.header("content-security-policy").expect("a policy");
        let named =
            policy.split("; ").find(|directive| directive.starts_with("script-src ")).expect("scripts");
        // The header and the meta tag name the same digest.
        assert!(page.body.contains(named), "{path}: {named}");
    }
}
