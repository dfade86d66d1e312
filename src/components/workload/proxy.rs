//! The properties of a web interface behind a proxy.

use super::Properties;
use crate::components::offers::Route;

impl Properties {
    /// Has a web interface redirect to the host by which browsers reach it.
    ///
    /// Spark takes the scheme of a redirect from its own connection, whatever a proxy says in `X-Forwarded-Proto`:
    /// behind TLS it would send browsers to `http` (seen on 3.5.7 and 4.1.4).
    pub fn behind_a_proxy(&mut self, routes: Option<&Vec<Route>>) {
        if let Some(route) = routes.and_then(|it| it.first()) {
            self.choose(&route.origins, |it| {
                it.set(
                    "spark.ui.proxyRedirectUri",
                    route.url(),
                    "it follows from the route to it",
                );
                it.forbid("spark.ui.enabled", "a route leads to the web interface");
            });
        }
    }
}
