//! Every migration keeps to what CockroachDB and PostgreSQL both take, as one statement that may be
//! run again. A CockroachDB is not needed to see it.

use std::path::Path;

use regex::Regex;
use sqlparser::ast::{AlterTableOperation, ColumnDef, ColumnOption, CreateTable, Statement, TableConstraint};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// What one of the databases does not know or takes differently.
const DENIED: &[&str] = &[
    r"(BIG|SMALL)?SERIAL\d?",
    "INT|INTEGER|INT2|INT4|SMALLINT|JSON|CITEXT|ENUM|DOMAIN|XML",
    "IDENTITY|SEQUENCE|TRIGGER|FUNCTION|PROCEDURE|EXTENSION|LANGUAGE",
    "DEFERRABLE|EXCLUDE|TEMP|TEMPORARY|UNLOGGED|INHERITS|TABLESPACE|CONCURRENTLY",
    "LISTEN|NOTIFY|MERGE|VACUUM|COPY|TTL|UPSERT|STORING|HASH|GIST|BRIN|LOCALITY",
    r"LOCK\s+TABLE|DO\s+\$|BEGIN|COMMIT",
    r"ALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE",
    r"pg_(try_)?advisory\w*",
];

/// What is wrong with a statement file, a line each.
fn faults(sql: &str, metadata: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !metadata.lines().any(|line| line.trim() == "run_in_transaction = false") {
        faults.push("metadata.toml does not say run_in_transaction = false".to_owned());
    }
    let code = without_texts_and_comments(sql);
    for words in DENIED {
        let pattern = Regex::new(&format!(r"(?i)\b({words})\b")).unwrap();
        faults.extend(pattern.find_iter(&code).map(|found| format!("{} is denied", found.as_str())));
    }
    let statements = match Parser::parse_sql(&PostgreSqlDialect {}, sql) {
        Ok(statements) => statements,
        Err(error) => {
            faults.push(format!("cannot be parsed: {error}"));
            return faults;
        }
    };
    // Comments change no data and may be set again: several are as good as one.
    let (all, comments) =
        (statements.len(), statements.iter().filter(|one| matches!(one, Statement::Comment { .. })).count());
    if all != 1 && (all == 0 || comments < all) {
        faults.push(format!("{all} statements instead of one"));
    }
    faults.extend(statements.iter().flat_map(faults_of));
    faults
}

fn faults_of(statement: &Statement) -> Vec<String> {
    let unless = |good: bool, words: &str| (!good).then(|| words.to_owned()).into_iter();
    match statement {
        Statement::CreateTable(table) => unless(table.if_not_exists, "CREATE TABLE without IF NOT EXISTS")
            .chain(unless(has_primary_key(table), "CREATE TABLE without a primary key"))
            .chain(unless(!has_inline_unique(table), "UNIQUE inside CREATE TABLE: make a named unique index"))
            .collect(),
        Statement::CreateIndex(index) => unless(index.if_not_exists, "CREATE INDEX without IF NOT EXISTS")
            .chain(unless(index.name.is_some(), "CREATE INDEX without a name"))
            .collect(),
        Statement::AlterTable(table) => table.operations.iter().flat_map(faults_of_change).collect(),
        Statement::Drop { if_exists, .. } => unless(*if_exists, "DROP without IF EXISTS").collect(),
        Statement::Comment { .. } | Statement::Update(_) | Statement::Delete(_) | Statement::Insert(_) => {
            Vec::new()
        }
        other => vec![format!("a statement that no migration needs: {other}")],
    }
}

fn faults_of_change(operation: &AlterTableOperation) -> Vec<String> {
    match operation {
        AlterTableOperation::AddColumn { if_not_exists: true, column_def, .. } => {
            let filled = |option: &ColumnOption| matches!(option, ColumnOption::Default(_));
            let options = || column_def.options.iter().map(|option| &option.option);
            let fits = !options().any(|option| *option == ColumnOption::NotNull) || options().any(filled);
            (!fits).then(|| format!("{} is NOT NULL without DEFAULT", column_def.name)).into_iter().collect()
        }
        AlterTableOperation::DropColumn { if_exists: true, .. } | AlterTableOperation::AlterColumn { .. } => {
            Vec::new()
        }
        other => vec![format!("not re-runnable on both databases: ALTER TABLE .. {other}")],
    }
}

fn has_primary_key(table: &CreateTable) -> bool {
    let of_column = |column: &ColumnDef| {
        column.options.iter().any(|option| matches!(option.option, ColumnOption::PrimaryKey(_)))
    };
    table.columns.iter().any(of_column)
        || table.constraints.iter().any(|constraint| matches!(constraint, TableConstraint::PrimaryKey(_)))
}

fn has_inline_unique(table: &CreateTable) -> bool {
    let of_column = |column: &ColumnDef| {
        column.options.iter().any(|option| matches!(option.option, ColumnOption::Unique(_)))
    };
    table.columns.iter().any(of_column)
        || table.constraints.iter().any(|constraint| matches!(constraint, TableConstraint::Unique(_)))
}

fn without_texts_and_comments(sql: &str) -> String {
    Regex::new(r"(?s)'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/").unwrap().replace_all(sql, "''").into_owned()
}

#[test]
fn every_migration_is_one_statement_that_both_databases_take_twice() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let (mut files, mut found) = (0, Vec::new());
    for folder in
        std::fs::read_dir(tree).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let metadata = std::fs::read_to_string(folder.join("metadata.toml")).unwrap_or_default();
        for file in ["up.sql", "down.sql"] {
            let path = folder.join(file);
            let sql =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            found.extend(faults(&sql, &metadata).into_iter().map(|fault| format!("{name}/{file}: {fault}")));
            files += 1;
        }
    }
    assert!(files > 0, "no migrations");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_must_not_be_in_a_migration_is_found() {
    let good = "run_in_transaction = false";
    let fine =
        "CREATE TABLE IF NOT EXISTS t (id UUID PRIMARY KEY, note TEXT DEFAULT 'SERIAL; INT' -- no INT\n)";
    assert_eq!(faults(fine, good), Vec::<String>::new());
    assert_eq!(faults("COMMENT ON TABLE t IS 'a'; COMMENT ON TABLE u IS 'b;'", good), Vec::<String>::new());
    for (sql, fault) in [
        ("CREATE TABLE IF NOT EXISTS t (id SERIAL PRIMARY KEY)", "SERIAL is denied"),
        ("CREATE TABLE IF NOT EXISTS t (id bigserial PRIMARY KEY)", "bigserial is denied"),
        ("CREATE TABLE IF NOT EXISTS t (id UUID PRIMARY KEY, n INT)", "INT is denied"),
        ("CREATE TABLE t (id UUID PRIMARY KEY)", "CREATE TABLE without IF NOT EXISTS"),
        ("CREATE TABLE IF NOT EXISTS t (id UUID)", "CREATE TABLE without a primary key"),
        ("CREATE TABLE IF NOT EXISTS t (id UUID PRIMARY KEY, n TEXT UNIQUE)", "UNIQUE inside CREATE TABLE"),
        ("CREATE INDEX i ON t (id)", "CREATE INDEX without IF NOT EXISTS"),
        ("DROP TABLE t", "DROP without IF EXISTS"),
        ("DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u", "2 statements instead of one"),
        ("", "0 statements instead of one"),
        ("ALTER TABLE t ADD COLUMN n INT8", "not re-runnable"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS n INT8 NOT NULL", "n is NOT NULL without DEFAULT"),
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)", "not re-runnable"),
        ("ALTER TABLE t ALTER COLUMN n TYPE TEXT", "ALTER COLUMN n TYPE is denied"),
        ("SELECT pg_advisory_lock(1)", "pg_advisory_lock is denied"),
    ] {
        let found = faults(sql, good);
        assert!(found.iter().any(|one| one.contains(fault)), "{sql}: {found:?} lacks {fault:?}");
    }
    assert!(faults(fine, "run_in_transaction = true")[0].contains("run_in_transaction"));
}
