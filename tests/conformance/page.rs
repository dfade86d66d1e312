//! The pages of `kiln graph` and `kiln diff` in a browser, driven as a person would: with a mouse, with keys, at the width of a
//! phone, in both schemes, and without scripts.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::repository::root;

/// A browser with one window, driven by the protocol of the W3C (<https://www.w3.org/TR/webdriver2/>). Closed when dropped.
struct Browser {
    driver: Child,
    port: u16,
    session: String,
    folder: TempDir,
}

/// By which that protocol marks a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

impl Browser {
    fn new() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed");
        let output = driver.stdout.take().expect("the output is a pipe");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, port) = line.rsplit_once("successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let mut browser = Self {
            driver,
            port: port.expect("chromedriver says its port"),
            session: String::new(),
            folder: TempDir::new().expect("a folder can be made"),
        };
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--force-device-scale-factor=1",
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let made = browser.call("POST", "/session", &wanted);
        let session = made["sessionId"]
            .as_str()
            .expect("a session has an identifier");
        browser.session = format!("/session/{session}");
        browser
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, mut answer) = self
            .exchange(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        assert!(status.contains(" 200 "), "{method} {path} {body}: {answer}");
        answer["value"].take()
    }

    /// The first line and the body of what the driver answers.
    fn exchange(&self, method: &str, path: &str, body: &Value) -> io::Result<(String, Value)> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        let mut reader = BufReader::new(stream);
        let (mut status, mut length) = (String::new(), 0);
        reader.read_line(&mut status)?;
        for line in reader.by_ref().lines() {
            let line = line?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(stated) = line.strip_prefix("content-length:") {
                length = stated.trim().parse().map_err(io::Error::other)?;
            }
        }
        // The driver leaves the connection open.
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        Ok((status, serde_json::from_slice(&answer)?))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("{}{path}", self.session), body)
    }

    fn devtools(&self, command: &str, parameters: &Value) {
        let body = json!({"cmd": command, "params": parameters});
        self.post("/goog/cdp/execute", &body);
    }

    /// Opens a page in a window of a width.
    fn open(&self, page: &str, width: u32) {
        let metrics =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
        let path = self.folder.path().join("page.html");
        fs::write(&path, page).expect("it can be written");
        self.post(
            "/url",
            &json!({"url": format!("file://{}", path.display())}),
        );
    }

    fn scheme(&self, scheme: &str) {
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", &feature);
    }

    /// The value of an expression of JavaScript.
    fn value(&self, expression: &str) -> Value {
        let body = json!({"script": format!("return {expression}"), "args": []});
        self.post("/execute/sync", &body)
    }

    fn count(&self, expression: &str) -> u64 {
        let found = self.value(expression);
        found
            .as_u64()
            .unwrap_or_else(|| panic!("{expression} is {found}"))
    }

    fn text(&self, selector: &str) -> String {
        let text = self.value(&format!(
            "document.querySelector({}).textContent",
            json!(selector)
        ));
        text.as_str().expect("a text").to_owned()
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post(
            "/element",
            &json!({"using": "css selector", "value": selector}),
        );
        format!("/element/{}", found[ELEMENT].as_str().expect("it is there"))
    }

    fn click(&self, selector: &str) {
        self.post(&format!("{}/click", self.element(selector)), &json!({}));
    }

    fn keys(&self, selector: &str, keys: &str) {
        self.post(
            &format!("{}/value", self.element(selector)),
            &json!({"text": keys}),
        );
    }

    fn is_shown(&self, selector: &str) -> bool {
        let query = json!(selector);
        self.value(&format!(
            "document.querySelector({query})?.checkVisibility() ?? false"
        )) == true
    }

    /// Keeps what is seen in `target/graph-pages`, for people to look at.
    fn screenshot(&self, name: &str) {
        let taken = self.call("GET", &format!("{}/screenshot", self.session), &json!({}));
        let folder = Path::new(root()).join("target/graph-pages");
        fs::create_dir_all(&folder).expect("it can be made");
        let taken = taken.as_str().expect("a picture in base64");
        let page = format!("<img src=\"data:image/png;base64,{taken}\">");
        fs::write(folder.join(format!("{name}.html")), page).expect("it can be written");
    }

    /// Fails for what a page says in the console: what its policy kept from running, or what its script did wrong.
    fn assert_quiet(&self) {
        let said = self.post("/se/log", &json!({"type": "browser"}));
        assert_eq!(said, json!([]));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends the browser, also when a test has failed. What has ended needs no end.
        let _ = self.exchange("DELETE", &self.session, &json!({}));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn page(environment: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_kiln"))
        .arg("--root")
        .arg(root())
        .args(["graph", environment, "--format", "html"])
        .output()
        .expect("kiln runs");
    String::from_utf8(output.stdout).expect("a page is text")
}

const SHOWN_ROWS: &str =
    "[...document.querySelectorAll('#facts tbody tr')].filter(it => it.checkVisibility()).length";
const SERVER: &str = "Deployment/jupyterhub-users/spark-connect-analytics";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

#[test]
#[ignore = "needs Chromium; run by make conformance"]
fn a_page_is_driven_by_mouse_and_keys() {
    let browser = Browser::new();
    browser.open(&page("prod"), 1400);
    browser.assert_quiet();
    let all = browser.count(SHOWN_ROWS);
    assert!(all > 80, "{all} rows");

    // A node is chosen: its facts are shown, and of each picture that has it its neighbours.
    let server = format!("#references .node[aria-label='{SERVER}']");
    browser.click(&server);
    assert_eq!(browser.text("#details h2"), SERVER);
    let details = browser.text("#details");
    for fact in [
        "mounts ConfigMap/jupyterhub-users/spark-connect-analytics",
        "15002",
        "environments/prod.toml:",
    ] {
        assert!(details.contains(fact), "{fact} in {details}");
    }
    assert_eq!(
        browser.value("document.querySelector('#references .chosen').getAttribute('aria-current')"),
        "true"
    );
    let near = |picture: &str, what: &str| {
        browser.count(&format!(
            "document.querySelectorAll('#{picture} .{what}.near').length"
        ))
    };
    assert!(near("references", "edge") > 1 && near("traffic", "node") > 4);
    assert_eq!(near("access", "edge"), 0);
    browser.screenshot("chosen");

    // A neighbour in the panel is chosen by its link, and a key closes it.
    browser.click("#details a");
    assert_ne!(browser.text("#details h2"), SERVER);
    browser.keys("body", ESCAPE);
    assert!(!browser.is_shown("#details"));
    assert_eq!(near("references", "edge"), 0);

    // The same without a mouse.
    browser.value(&format!("document.querySelector(\"{server}\").focus()"));
    browser.keys(&server, ENTER);
    assert_eq!(browser.text("#details h2"), SERVER);
    browser.click("#details button");
    assert!(!browser.is_shown("#details"));

    // Pictures are taken away and come back.
    browser.click("input[value=traffic]");
    assert!(!browser.is_shown("#traffic") && browser.is_shown("#access"));
    browser.click("input[value=traffic]");
    assert!(browser.is_shown("#traffic"));

    // The rest steps back for what is looked for.
    browser.keys("#text", "reporting");
    let found = browser.count(SHOWN_ROWS);
    assert!(found > 5 && found < all / 3, "{found} rows");
    assert_eq!(browser.text("#count"), format!("{found} of {all}"));
    assert!(browser.count("document.querySelectorAll('#references .node.out').length") > 40);
    browser.click("#controls button");
    assert_eq!(browser.count(SHOWN_ROWS), all);
    browser.keys("#namespace", "operators");
    let rows = browser
        .count("document.querySelectorAll(\"#facts tr[data-namespace='operators']\").length");
    assert_eq!(browser.count(SHOWN_ROWS), rows);
    browser.click("#controls button");
    browser.keys("#component", "connect.analytics");
    assert_eq!(
        browser.count(SHOWN_ROWS),
        browser.count(
            "document.querySelectorAll(\"#facts tr[data-component~='connect.analytics']\").length"
        )
    );
    browser.assert_quiet();
}

#[test]
#[ignore = "needs Chromium; run by make conformance"]
fn a_page_fits_phones_both_schemes_and_no_scripts() {
    let browser = Browser::new();
    for environment in ["dev", "prod", "staging"] {
        let page = page(environment);
        let mut papers = Vec::new();
        for scheme in ["light", "dark"] {
            browser.scheme(scheme);
            for width in [1400, 360] {
                browser.open(&page, width);
                browser.assert_quiet();
                let seen = browser.count("document.scrollingElement.scrollWidth");
                assert!(seen <= u64::from(width), "{environment}: {seen} of {width}");
                browser.screenshot(&format!("{environment}-{scheme}-{width}"));
            }
            papers.push(browser.value("getComputedStyle(document.body).backgroundColor"));
            papers.push(
                browser.value("getComputedStyle(document.querySelector('.picture .box')).fill"),
            );
        }
        assert!(
            papers[0] != papers[2] && papers[1] != papers[3],
            "{papers:?}"
        );
        // Whatever the font is, no text leaves its box.
        let outside = "[...document.querySelectorAll('.picture .node')].filter(node => {\
             const box = node.querySelector('.box').getBBox();\
             return [...node.querySelectorAll('text')].some(it => \
               it.getBBox().x + it.getBBox().width > box.x + box.width);\
           }).length";
        assert_eq!(browser.count(outside), 0);
    }
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        &json!({"value": true}),
    );
    browser.open(&page("prod"), 1400);
    assert!(!browser.is_shown("#controls") && !browser.is_shown("#details"));
    assert!(browser.is_shown("#references .picture") && browser.is_shown("#access .picture"));
    assert!(browser.count(SHOWN_ROWS) > 80);
}

/// The page of what differs between two environments: enough of everything.
fn review() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_kiln"))
        .arg("--root")
        .arg(root())
        .args(["diff", "staging", "prod", "--format", "html"])
        .output()
        .expect("kiln runs");
    String::from_utf8(output.stdout).expect("a page is text")
}

const SHOWN_CHANGES: &str =
    "[...document.querySelectorAll('details.change')].filter(it => it.checkVisibility()).length";
const OPEN_CHANGES: &str = "document.querySelectorAll('details.change[open]').length";

#[test]
#[ignore = "needs Chromium; run by make conformance"]
fn the_page_of_a_review_is_driven_and_fits() {
    let browser = Browser::new();
    let page = review();
    let mut papers = Vec::new();
    for scheme in ["light", "dark"] {
        browser.scheme(scheme);
        for width in [1400, 360] {
            browser.open(&page, width);
            browser.assert_quiet();
            let seen = browser.count("document.scrollingElement.scrollWidth");
            assert!(seen <= u64::from(width), "{seen} of {width}");
            browser.screenshot(&format!("review-{scheme}-{width}"));
        }
        papers.push(browser.value("getComputedStyle(document.body).backgroundColor"));
    }
    assert_ne!(papers[0], papers[1]);

    browser.open(&page, 1400);
    let all = browser.count(SHOWN_CHANGES);
    assert!(all > 20, "{all} changes");
    // Folded at first; a click shows what is in one, and a button what is in all.
    assert_eq!(browser.count(OPEN_CHANGES), 0);
    browser.click("details.change summary");
    assert_eq!(browser.count(OPEN_CHANGES), 1);
    browser.click("#unfold");
    assert_eq!(browser.count(OPEN_CHANGES), all);
    browser.click("#unfold");
    assert_eq!(browser.count(OPEN_CHANGES), 0);
    // What is looked for stays, and the rest comes back.
    browser.keys("#find", "networkpolicy");
    let found = browser.count(SHOWN_CHANGES);
    assert!(found > 0 && found < all, "{found} of {all}");
    assert_eq!(browser.text("#count"), format!("{found} of {all}"));
    browser.click("#controls button[type=reset]");
    browser.keys("#rule", "sessions-ended");
    let found = browser.count(SHOWN_CHANGES);
    let meant = browser
        .count("document.querySelectorAll(\"details[data-rules~='sessions-ended']\").length");
    assert!(found == meant && found > 0, "{found} of {meant}");
    browser.assert_quiet();
}

#[test]
#[ignore = "needs Chromium; run by make conformance"]
fn the_page_of_a_review_shows_everything_without_scripts() {
    let browser = Browser::new();
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        &json!({"value": true}),
    );
    browser.open(&review(), 1400);
    browser.devtools(
        "Emulation.setScriptExecutionDisabled",
        &json!({"value": false}),
    );
    assert!(!browser.is_shown("#controls"));
    assert!(browser.count(SHOWN_CHANGES) > 20);
    assert!(browser.is_shown("svg"));
}
