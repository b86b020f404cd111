//! The recipe of a sign-in: which page to open, and what to fill in. Errors never quote a value.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The steps of a sign-in. It has no `Debug`: it holds passwords.
#[derive(Clone)]
pub struct Recipe {
    pub(super) steps: Vec<Step>,
}

/// One form.
#[derive(Clone)]
pub(super) struct Step {
    /// The path of the page with the form. `None`: the page to which the step before has led.
    pub(super) page: Option<String>,
    /// Where the form leads, or its id. `None`: the first form that has all the fields.
    pub(super) form: Option<String>,
    /// Names and values of the fields that are filled in.
    pub(super) fields: Vec<(String, String)>,
}

/// Why a recipe cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeProblem {
    /// It is not TOML, or not a recipe.
    #[error("line {line}: {what}")]
    Malformed {
        /// The line.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// There is no step.
    #[error("the recipe has no `[[step]]`")]
    NoStep,
    /// The first step does not say where it begins.
    #[error("the first `[[step]]` needs `page = \"/sign-in\"`: the path of the page with the form")]
    NoPage,
    /// A path is not a path.
    #[error("`page = \"{0}\"`: write the path of a page of the site, such as \"/sign-in\"")]
    Path(String),
    /// A step fills in nothing.
    #[error("`[[step]]` number {0} fills in no field: add a table `[step.fields]`")]
    NoField(usize),
    /// A secret is not there.
    #[error("the field `{field}` takes its value from the environment variable {variable}, which is not set")]
    NotSet {
        /// The field.
        field: String,
        /// The variable.
        variable: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRecipe {
    #[serde(default)]
    step: Vec<WrittenStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    page: Option<String>,
    form: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, WrittenValue>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a value is a text in quotes, or { env = \"NAME_OF_A_VARIABLE\" }")]
enum WrittenValue {
    Text(String),
    Variable(Variable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    env: String,
}

impl Recipe {
    /// Reads a recipe. `lookup` reads the environment variables that it names.
    ///
    /// # Errors
    /// A [`RecipeProblem`], if it is malformed, or if a variable is not set.
    pub fn parse(text: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, RecipeProblem> {
        let written: WrittenRecipe = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let what = error.message().lines().next().unwrap_or_default().to_owned();
            RecipeProblem::Malformed { line: before.matches('\n').count() + 1, what }
        })?;
        match written.step.first() {
            None => return Err(RecipeProblem::NoStep),
            Some(WrittenStep { page: None, .. }) => return Err(RecipeProblem::NoPage),
            Some(_) => {}
        }
        let steps = written.step.into_iter().enumerate().map(|(at, step)| step.read(at + 1, &lookup));
        Ok(Self { steps: steps.collect::<Result<_, _>>()? })
    }

    /// Every value that is filled in.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| step.fields.iter().map(|(_, value)| value.as_str()))
    }
}

impl WrittenStep {
    fn read(self, number: usize, lookup: impl Fn(&str) -> Option<String>) -> Result<Step, RecipeProblem> {
        let is_path =
            |page: &String| page.starts_with('/') && !page.starts_with("//") && !page.contains('\\');
        if let Some(page) = self.page.as_ref().filter(|page| !is_path(page)) {
            return Err(RecipeProblem::Path(page.clone()));
        }
        if self.fields.is_empty() {
            return Err(RecipeProblem::NoField(number));
        }
        let fields = self.fields.into_iter().map(|(field, value)| match value {
            WrittenValue::Text(text) => Ok((field, text)),
            WrittenValue::Variable(Variable { env: variable }) => match lookup(&variable) {
                Some(value) => Ok((field, value)),
                None => Err(RecipeProblem::NotSet { field, variable }),
            },
        });
        Ok(Step { page: self.page, form: self.form, fields: fields.collect::<Result<_, _>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Recipe, RecipeProblem> {
        Recipe::parse(text, |name| (name == "CHECK_PASSWORD").then(|| "hunter22".to_owned()))
    }

    #[test]
    fn a_recipe_takes_secrets_from_the_environment() {
        let recipe = parse(
            "[[step]]\npage = \"/in\"\nform = \"login\"\n[step.fields]\nemail = \"ada@example.com\"\n\
             password = { env = \"CHECK_PASSWORD\" }\n[[step]]\n[step.fields]\ncode = \"1\"\n",
        );
        let recipe = recipe.unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(recipe.values().collect::<Vec<_>>(), ["ada@example.com", "hunter22", "1"]);
        let [first, second] = &recipe.steps[..] else { panic!("{} steps", recipe.steps.len()) };
        assert_eq!((first.page.as_deref(), first.form.as_deref()), (Some("/in"), Some("login")));
        assert_eq!((&second.page, &second.form), (&None, &None));
    }

    #[test]
    fn a_recipe_that_cannot_be_used_says_why_and_quotes_no_value() {
        let step = "[[step]]\npage = \"/in\"\n[step.fields]\n";
        for (text, word) in [
            (String::new(), "has no `[[step]]`"),
            ("[[step]]\nfields = { a = \"hunter22\" }".to_owned(), "needs `page"),
            (
                "[[step]]\npage = \"https://other.example/\"\nfields = { a = \"b\" }".to_owned(),
                "write the path",
            ),
            ("[[step]]\npage = \"//other.example\"\nfields = { a = \"b\" }".to_owned(), "write the path"),
            ("[[step]]\npage = \"/in\"".to_owned(), "number 1 fills in no field"),
            (format!("{step}password = {{ env = \"NONE\" }}"), "variable NONE, which is not set"),
            (format!("{step}password = 5550123"), "line 4: a value is a text in quotes"),
            (format!("{step}password = {{ evn = \"hunter22\" }}"), "line 4: a value is a text in quotes"),
            (format!("{step}password = hunter22"), "line 4: "),
            (format!("{step}password = \"hunter22"), "line 4: "),
            ("[[step]]\npgae = \"/in\"".to_owned(), "unknown field `pgae`"),
        ] {
            let problem = parse(&text).err().unwrap_or_else(|| panic!("{text}")).to_string();
            assert!(problem.contains(word), "{text}: {problem}");
            assert!(!problem.contains("hunter22") && !problem.contains("5550123"), "{text}: {problem}");
        }
    }
}
