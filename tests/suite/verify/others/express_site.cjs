// A site on Express with Helmet's defaults: a page with a form, a page that fails, and static files.
"use strict";

const [, , port, helmetFile] = process.argv;
const express = require("express");
const helmet = require(helmetFile).default;

const page = (body) => `<!doctype html><html lang="en"><title>Shop</title><body>${body}</body></html>`;
const app = express();
app.use(helmet());
app.use("/static", express.static(__dirname));
app.get("/", (_request, response) => {
  response.send(page('<form method="post" action="/buy"><button>Buy</button></form><a href="/account">Account</a> <a href="/broken">Orders</a>'));
});
app.get("/account", (_request, response) => {
  response.cookie("session", "1", { httpOnly: true, sameSite: "lax" });
  response.send(page('<form method="post"><button>Close the account</button></form>'));
});
app.get("/broken", () => {
  throw new Error("on purpose");
});
app.listen(Number(port), "127.0.0.1");
