//! Every migration is about one table, in statements that CockroachDB and PostgreSQL both take and that
//! can be repeated. The test reads the files and needs no database.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOption, CreateTable, ObjectType, Statement, TableConstraint,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use unframed::db::migrations::statements;

/// What one of the databases does not know or takes differently.
const DENIED: &[&str] = &[
    r"(BIG|SMALL)?SERIAL\d?",
    "INT|INTEGER|INT2|INT4|SMALLINT|JSON|CITEXT|ENUM|DOMAIN|XML",
    r"IDENTITY|SEQUENCE|TRIGGER|FUNCTION|PROCEDURE|EXTENSION|LANGUAGE\s+(SQL|PLPGSQL)",
    "DEFERRABLE|EXCLUDE|TEMP|TEMPORARY|UNLOGGED|INHERITS|TABLESPACE|CONCURRENTLY",
    "LISTEN|NOTIFY|MERGE|VACUUM|COPY|TTL|UPSERT|STORING|HASH|GIST|BRIN|LOCALITY",
    r"LOCK\s+TABLE|DO\s+\$|BEGIN|COMMIT",
    r"ALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE",
    r"pg_(try_)?advisory\w*",
];

/// The faults of a file of a folder of that name, a line each.
fn faults(folder: &str, sql: &str, metadata: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !metadata.lines().any(|line| line.trim() == "run_in_transaction = false") {
        faults.push("metadata.toml does not say run_in_transaction = false".to_owned());
    }
    let code = without_texts_and_comments(sql);
    for words in DENIED {
        let pattern = Regex::new(&format!(r"(?i)\b({words})\b")).unwrap();
        faults.extend(pattern.find_iter(&code).map(|found| format!("{} is denied", found.as_str())));
    }
    if Regex::new(r"(?is)\bCHECK\s*\([^,]*\bIN\s*\(").unwrap().is_match(&code) {
        faults.push("a CHECK that lists values must be dropped when one is added: parse them in Rust".into());
    }
    let parsed = match Parser::parse_sql(&PostgreSqlDialect {}, sql) {
        Ok(parsed) => parsed,
        Err(error) => {
            faults.push(format!("cannot be parsed: {error}"));
            return faults;
        }
    };
    if parsed.is_empty() {
        faults.push("no statement".to_owned());
    }
    let split = statements::split(sql).len();
    if split != parsed.len() {
        faults.push(format!("the migrator sees {split} statements instead of {}", parsed.len()));
    }
    let tables: BTreeSet<String> = parsed.iter().flat_map(tables_of).collect();
    if tables.len() > 1 {
        faults.push(format!("several tables: {tables:?}"));
    }
    let noun = folder.split_once('_').map_or("", |(_, noun)| noun);
    faults.extend(
        tables
            .iter()
            .filter(|table| !noun.starts_with(*table))
            .map(|table| format!("the folder's name does not begin with {table}")),
    );
    let changes_data =
        |one: &&Statement| matches!(one, Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_));
    let changes = parsed.iter().filter(changes_data).count();
    if changes > 0 && changes < parsed.len() {
        faults.push("a change of data beside a change of the schema".to_owned());
    }
    faults.extend(parsed.iter().flat_map(faults_of));
    faults
}

/// The tables whose schema a statement changes.
fn tables_of(statement: &Statement) -> Vec<String> {
    match statement {
        Statement::CreateTable(table) => vec![table.name.to_string()],
        Statement::CreateIndex(index) => vec![index.table_name.to_string()],
        Statement::AlterTable(table) => vec![table.name.to_string()],
        Statement::Drop { object_type: ObjectType::Table, names, .. } => {
            names.iter().map(ToString::to_string).collect()
        }
        Statement::Comment { object_name, .. } => {
            vec![object_name.to_string().split('.').next().unwrap().to_owned()]
        }
        _ => Vec::new(),
    }
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
        Statement::Insert(insert) => unless(insert.on.is_some(), "INSERT without ON CONFLICT").collect(),
        Statement::Comment { .. } | Statement::Update(_) | Statement::Delete(_) => Vec::new(),
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
fn every_folder_is_one_table_in_statements_that_both_databases_take_twice() {
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
            let faults = faults(&name, &sql, &metadata);
            found.extend(faults.into_iter().map(|fault| format!("{name}/{file}: {fault}")));
            files += 1;
        }
    }
    assert!(files > 0, "no migrations");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn faulty_migrations_are_found() {
    let good = "run_in_transaction = false";
    let (folder, table) = ("2026-11-25-000001_t", "CREATE TABLE IF NOT EXISTS t");
    let fine = format!("{table} (id UUID PRIMARY KEY, note TEXT DEFAULT 'SERIAL; INT' -- no INT\n)");
    for sql in [
        fine.as_str(),
        "COMMENT ON TABLE t IS 'a'; COMMENT ON COLUMN t.id IS 'b; IN ('",
        "CREATE TABLE IF NOT EXISTS t (id UUID PRIMARY KEY); CREATE INDEX IF NOT EXISTS i ON t (id);\n-- the end\n",
        "CREATE TABLE IF NOT EXISTS t (n INT8, CHECK (n > 0), PRIMARY KEY (n))",
        "INSERT INTO t (id) VALUES (gen_random_uuid()) ON CONFLICT (id) DO NOTHING; UPDATE t SET n = 1 WHERE n IS NULL",
        "DROP INDEX IF EXISTS i",
    ] {
        assert_eq!(faults(folder, sql, good), Vec::<String>::new(), "{sql}");
    }
    let with = |columns: &str| format!("{table} (id UUID PRIMARY KEY, {columns})");
    for (sql, fault) in [
        (format!("{table} (id SERIAL PRIMARY KEY)"), "SERIAL is denied"),
        (format!("{table} (id bigserial PRIMARY KEY)"), "bigserial is denied"),
        (with("n INT"), "INT is denied"),
        (with("n TEXT UNIQUE"), "UNIQUE inside CREATE TABLE"),
        (with("kind TEXT CHECK (kind IN ('a', 'b'))"), "a CHECK that lists values"),
        ("CREATE TABLE t (id UUID PRIMARY KEY)".into(), "CREATE TABLE without IF NOT EXISTS"),
        (format!("{table} (id UUID)"), "CREATE TABLE without a primary key"),
        ("CREATE INDEX i ON t (id)".into(), "CREATE INDEX without IF NOT EXISTS"),
        ("DROP TABLE t".into(), "DROP without IF EXISTS"),
        ("DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS t_u".into(), "several tables"),
        (format!("{fine}; CREATE INDEX IF NOT EXISTS i ON u (id)"), "several tables"),
        (format!("{fine}; COMMENT ON COLUMN u.id IS 'a'"), "several tables"),
        ("DROP TABLE IF EXISTS u".into(), "the folder's name does not begin with u"),
        (String::new(), "no statement"),
        ("-- nothing yet".into(), "no statement"),
        (format!("{fine}; UPDATE t SET n = 1 WHERE n IS NULL"), "a change of data beside"),
        ("INSERT INTO t (n) VALUES (1)".into(), "INSERT without ON CONFLICT"),
        ("ALTER TABLE t ADD COLUMN n INT8".into(), "not re-runnable"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS n INT8 NOT NULL".into(), "n is NOT NULL without DEFAULT"),
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)".into(), "not re-runnable"),
        ("ALTER TABLE t ALTER COLUMN n TYPE TEXT".into(), "ALTER COLUMN n TYPE is denied"),
        ("SELECT pg_advisory_lock(1)".into(), "pg_advisory_lock is denied"),
        ("SELECT 1".into(), "a statement that no migration needs"),
    ] {
        let found = faults(folder, &sql, good);
        assert!(found.iter().any(|one| one.contains(fault)), "{sql}: {found:?} lacks {fault:?}");
    }
    assert!(faults(folder, &fine, "run_in_transaction = true")[0].contains("run_in_transaction"));
    assert!(faults(folder, &fine, "")[0].contains("run_in_transaction"));
}
