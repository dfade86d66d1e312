//! The ports on which Spark, its operator and MinIO listen. `{{CONNECT_PORT}}` in a template is [`CONNECT`].

/// On which a driver listens for its executors (`DEFAULT_DRIVER_PORT` in Spark's
/// `resource-managers/kubernetes/core/src/main/scala/org/apache/spark/deploy/k8s/Constants.scala`).
pub const DRIVER: u16 = 7078;
/// On which drivers and executors exchange blocks (`DEFAULT_BLOCKMANAGER_PORT`, in the same file).
pub const BLOCK_MANAGER: u16 = 7079;
/// Of a driver's web interface (`spark.ui.port`).
pub const DRIVER_UI: u16 = 4040;
/// Of a Spark Connect server (`spark.connect.grpc.binding.port`).
pub const CONNECT: u16 = 15002;
/// Of a History Server (`spark.history.ui.port`).
pub const HISTORY: u16 = 18080;
/// Of a standalone master, and of its web interface.
pub const MASTER: u16 = 7077;
/// See [`MASTER`].
pub const MASTER_UI: u16 = 8080;
/// Of a standalone worker, which takes a random one unless it is told.
pub const WORKER: u16 = 7080;
/// Of a standalone worker's web interface.
pub const WORKER_UI: u16 = 8081;

/// Of the operator's webhook (`--webhook-port`).
pub const OPERATOR_WEBHOOK: u16 = 9443;
/// Of the operator's metrics (`--metrics-bind-address`).
pub const OPERATOR_METRICS: u16 = 8080;
/// Of the operator's probes (`--health-probe-bind-address`).
pub const OPERATOR_HEALTH: u16 = 8081;

/// Of MinIO's API.
pub const MINIO: u16 = 9000;
/// Of MinIO's console.
pub const MINIO_CONSOLE: u16 = 9001;
