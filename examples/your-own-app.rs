//! An Actix application of your own behind unframed's walls: `/user/settings`, whose form changes an account, cannot be
//! shown in a frame of another site. Run it, and open http://localhost:8090/user/settings.

use std::net::{SocketAddr, TcpListener};

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::error::ErrorServiceUnavailable;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, HttpServer, web};
use clap::Parser;
use unframed::security::walls::{Walls, WallsProblem};

/// An application with walls.
#[derive(Clone, Parser)]
struct Arguments {
    /// The IP address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

/// The walls: every path is a page that nobody may frame, but for what is listed here.
fn walls(origin: &str) -> Result<Walls, WallsProblem> {
    Walls::new(origin)?
        .directive("script-src", "'self'")?
        .directive("connect-src", "'self'")?
        // For scripts that use innerHTML without a policy of Trusted Types, drop the two directives about them:
        // .directive("require-trusted-types-for", "")?.directive("trusted-types", "")?
        .assets("/assets/{file}*")?
        .api("/api/{rest}*")?
        .embeddable("/badge", &["https://partner.example"])
}

async fn settings(walls: web::Data<Walls>) -> HttpResponse {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n<title>Settings</title>\n\
         <h1>Settings</h1>\n<form method=\"post\">\n<label>Name <input name=\"name\" value=\"Ada\"></label>\n\
         <button>Save</button>\n</form>\n</html>\n",
        walls.meta_policy()
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

async fn save() -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("Location", "/user/settings")).finish()
}

async fn badge() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body("<!DOCTYPE html>\n<title>Badge</title>\n")
}

/// A layer of the application itself, to show that its errors get the headers, too.
async fn maintenance(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.path() == "/closed" {
        return Err(ErrorServiceUnavailable("closed for maintenance"));
    }
    next.call(request).await
}

/// The server on a socket, whose site is `http://localhost` at its port.
pub fn serve(listener: TcpListener) -> anyhow::Result<Server> {
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let walls = walls(&origin)?;
    println!("{origin}/user/settings");
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(walls.clone()))
            .route("/user/settings", web::get().to(settings))
            .route("/user/settings", web::post().to(save))
            .route("/badge", web::get().to(badge))
            .wrap(from_fn(maintenance))
            // The last layer is the outermost one: it sees each request first and each response last.
            .wrap(walls.clone())
    });
    Ok(server.workers(1).listen(listener)?.run())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    serve(TcpListener::bind(Arguments::parse().listen)?)?.await?;
    Ok(())
}
