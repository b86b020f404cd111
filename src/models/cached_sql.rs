//! Queries of frequent requests, whose SQL each thread puts together once. diesel-async does that at each call, also when it
//! finds the prepared statement by the query's type.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AstPass, Query, QueryBuilder as _, QueryFragment, QueryId};
use diesel::result::QueryResult;

thread_local! {
    static TEXTS: RefCell<HashMap<TypeId, Rc<str>>> = RefCell::default();
}

/// A query whose SQL depends on its type alone, as that of every query with a static [`QueryId`] does. Its values are
/// bound at each call.
#[derive(Clone, Copy, Debug)]
pub(super) struct CachedSql<Q>(Q);

impl<Q: QueryId> CachedSql<Q> {
    /// Keeps the SQL of this query. It does not compile for a query that may have different SQL at each call.
    pub(super) const fn new(query: Q) -> Self {
        const { assert!(Q::HAS_STATIC_QUERY_ID, "the SQL of this query depends on its values") }
        Self(query)
    }
}

impl<Q: QueryId> QueryId for CachedSql<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for CachedSql<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Pg> + QueryId> QueryFragment<Pg> for CachedSql<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn to_sql(&self, out: &mut PgQueryBuilder, backend: &Pg) -> QueryResult<()> {
        let Some(id) = Q::query_id() else { return self.0.to_sql(out, backend) };
        let text = match TEXTS.with_borrow(|texts| texts.get(&id).cloned()) {
            Some(text) => text,
            None => {
                let mut builder = PgQueryBuilder::default();
                self.0.to_sql(&mut builder, backend)?;
                let text: Rc<str> = builder.finish().into();
                TEXTS.with_borrow_mut(|texts| texts.insert(id, Rc::clone(&text)));
                text
            }
        };
        out.push_sql(&text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;

    use super::*;
    use crate::schema::users;

    #[test]
    fn the_text_is_that_of_the_query_and_the_values_are_those_of_the_call() {
        let query = |name: &'static str| users::table.filter(users::display_name.eq(name)).count().limit(1);
        let plain = |name| diesel::debug_query::<Pg, _>(&query(name)).to_string();
        let cached = |name| diesel::debug_query::<Pg, _>(&CachedSql::new(query(name))).to_string();
        for name in ["Ada", "Grace"] {
            assert_eq!(cached(name), plain(name));
            assert!(cached(name).contains(name), "the values are shown behind the text");
        }
        assert_eq!(TEXTS.with_borrow(HashMap::len), 1);
    }
}
