//! How clouds tell pods apart: what a ServiceAccount or a pod carries, and where its token is exchanged.
//!
//! - aws/amazon-eks-pod-identity-webhook, README.md
//! - aws/eks-pod-identity-agent
//! - <https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity>
//! - Azure/azure-workload-identity v1.6.0, pkg/webhook/consts.go

/// Of a ServiceAccount: the role of AWS that its pods take (IRSA).
pub const AWS_ROLE: &str = "eks.amazonaws.com/role-arn";

/// Of a ServiceAccount: for whom its tokens are made, when not for `sts.amazonaws.com`.
pub const AWS_AUDIENCE: &str = "eks.amazonaws.com/audience";

/// Of a ServiceAccount: whether tokens are exchanged at the endpoint of the region.
pub const AWS_REGIONAL: &str = "eks.amazonaws.com/sts-regional-endpoints";

/// Of a ServiceAccount: the account of Google Cloud that its pods are.
pub const GOOGLE_ACCOUNT: &str = "iam.gke.io/gcp-service-account";

/// Of a ServiceAccount: the client of Entra that its pods are.
pub const AZURE_CLIENT: &str = "azure.workload.identity/client-id";

/// Of a ServiceAccount: the tenant of that client, when not that of the cluster.
pub const AZURE_TENANT: &str = "azure.workload.identity/tenant-id";

/// Of a pod: without this label, which has to say `true`, the webhook of Azure leaves it alone.
pub const AZURE_USE: &str = "azure.workload.identity/use";

/// What the webhook of Azure puts into the environment of such a pod.
pub const AZURE_VARIABLES: [&str; 4] = [
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
];

/// What the webhook of EKS puts into the environment of a pod whose ServiceAccount has a role.
pub const AWS_VARIABLES: [&str; 4] = [
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_REGION",
    "AWS_STS_REGIONAL_ENDPOINTS",
];

/// The agent of EKS Pod Identity on each node: addresses, and the port.
pub const POD_IDENTITY_AGENT: ([&str; 2], u16) = (["169.254.170.23/32", "fd00:ec2::23/128"], 80);

/// The metadata server of a node, on Google Cloud that of the pod: addresses, and the port.
pub const METADATA_SERVER: ([&str; 1], u16) = (["169.254.169.254/32"], 80);

/// What stands behind it on each node of GKE, for networks that evaluate after translation (all but Dataplane V2).
pub const GKE_METADATA_SERVER: ([&str; 1], u16) = (["169.254.169.252/32"], 988);
