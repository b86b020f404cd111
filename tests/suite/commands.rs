//! Commands of the operator, run as processes beside the server.

mod admin_apps;
mod admin_import;
mod admin_users;
mod admin_users_races;
mod alone;
mod serve;
