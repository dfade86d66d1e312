//! Catalogs on real Spark, with the properties that a case of kiln's compiles to.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread::sleep,
    time::Duration,
};

/// What the first server of the case `catalogs` is told.
const COMPILED: &str =
    "tests/cases/catalogs/out/test/3-platform/jobs/configmap-spark-connect-analytics.yaml";

const PORT: u16 = 18181;

/// Whether tables are written and read through a catalog that asks who one is, beside those of Delta, with the jars
/// that kiln names.
#[test]
#[ignore = "needs java, pip and a network; run by `make conformance`"]
fn tables_are_written_through_catalogs() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = installed(&repository.join("target/catalogs"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let programs = repository.join("tests/catalogs");
    let _server = Server::start(
        Command::new(&python)
            .arg(programs.join("rest_catalog.py"))
            .arg(PORT.to_string())
            .arg(folder.path().join("catalog")),
    );
    let compiled = fs::read_to_string(repository.join(COMPILED)).expect("the case compiles");
    fs::write(
        folder.path().join("spark-defaults.conf"),
        of_catalogs(&compiled, folder.path()),
    )
    .expect("a file can be written");
    let output = Command::new(&python)
        .arg(programs.join("write_tables.py"))
        .current_dir(folder.path())
        .env("SPARK_CONF_DIR", folder.path())
        .env("CATALOG_LAKE_CREDENTIAL", "root:s3cr3t")
        .output()
        .expect("Python runs");
    let rows = String::from_utf8_lossy(&output.stdout);
    assert!(
        rows.contains("lake.sales.orders [(1, 'new'), (2, 'paid')]\norders [(2, 'paid')]"),
        "{rows}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The properties of catalogs, with the server of this test in place of the one in the cluster.
fn of_catalogs(compiled: &str, folder: &Path) -> String {
    let wanted = ["spark.sql.", "spark.jars.packages"];
    let lines = compiled.lines().map(str::trim);
    let lines = lines.filter(|it| wanted.iter().any(|prefix| it.starts_with(prefix)));
    let lines = lines.filter(|it| !it.starts_with("spark.sql.catalog.shared"));
    let url = format!("http://127.0.0.1:{PORT}/api/catalog");
    // Small, for tables of two rows.
    let own = format!(
        "spark.master=local[1]\nspark.ui.enabled=false\nspark.sql.shuffle.partitions=1\n\
         spark.databricks.delta.snapshotPartitions=1\nspark.sql.warehouse.dir={}\n",
        folder.join("warehouse").display()
    );
    lines.fold(own, |text, line| {
        let line = line
            .replace("http://polaris.catalogs.svc/api/catalog", &url)
            // An extension that no jar has.
            .replace("com.example.Own,", "");
        text + &line + "\n"
    })
}

/// A Python with Spark and with the library that the catalog is made of.
fn installed(folder: &Path) -> PathBuf {
    let python = folder.join("bin/python");
    if !folder.join("ready").exists() {
        let succeeds = |command: &mut Command| {
            let status = command.status().expect("Python and pip are needed");
            assert!(status.success(), "{command:?}");
        };
        succeeds(Command::new("python3").args(["-m", "venv"]).arg(folder));
        succeeds(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "pyspark==4.1.4",
            "pyiceberg[pyarrow,sql-sqlite]==0.12.0",
        ]));
        fs::write(folder.join("ready"), "").expect("a file can be written");
    }
    python
}

/// A program that listens, until the test ends.
struct Server(Child);

impl Server {
    fn start(command: &mut Command) -> Self {
        let server = Self(command.spawn().expect("Python runs"));
        for _ in 0..300 {
            if TcpStream::connect(("127.0.0.1", PORT)).is_ok() {
                return server;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("the catalog listens within half a minute");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
