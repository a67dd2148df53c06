"""What a caller may do."""

from rows import ACCOUNT, GUIDE, IAM_GUIDE, caller, policy, role, row, said, secret, session, trust

READ = "secretsmanager:GetSecretValue"
LOGIC = IAM_GUIDE + "Policy evaluation logic"
DENIALS = IAM_GUIDE + "Troubleshoot access denied error messages"
RESOURCES = IAM_GUIDE + "IAM JSON policy elements: Resource"
CONDITIONS = IAM_GUIDE + "IAM JSON policy elements: Condition"
ASSUME = "STS API reference, AssumeRole"
WHAT = GUIDE + "What's in a Secrets Manager secret?"
DENIED = "AccessDeniedException"
ARN = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:"


def denied(name, because):
    """The denial of a role that reads the secret of its own name."""
    user = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"
    return f"{DENIED}: User: {user} is not authorized to perform: {READ} on resource: {name} {because}"


def read(aws, name, **arguments):
    return said(aws.secretsmanager.get_secret_value, "SecretString", SecretId=name, **arguments)


@row(
    "a role that nothing is allowed reads a secret",
    aws=denied("no_policy", "because no identity-based policy allows the secretsmanager:GetSecretValue action"),
    source=DENIALS,
)
def no_policy(aws):
    secret(aws, "no_policy")
    return read(session(aws, role(aws, "no_policy")), "no_policy")


@row("an allow for one secret, and another is read", aws=DENIED, source=RESOURCES)
def narrow_allow(aws):
    one = secret(aws, "narrow_allow/one")
    secret(aws, "narrow_allow/other")
    return read(session(aws, role(aws, "narrow_allow", {"Action": READ, "Resource": one})), "narrow_allow/other")


@row("an allow for one secret by its name and six wildcards, and it is read", aws="S1", source=WHAT)
def wildcards(aws):
    secret(aws, "wildcards")
    return read(session(aws, role(aws, "wildcards", {"Action": READ, "Resource": f"{ARN}wildcards-??????"})), "wildcards")


@row("a deny for one secret, and another is read", aws="S1", source=RESOURCES)
def narrow_deny(aws):
    secret(aws, "narrow_deny/one")
    other = secret(aws, "narrow_deny/other")
    deny = {"Effect": "Deny", "Action": READ, "Resource": other}
    return read(session(aws, role(aws, "narrow_deny", {"Action": READ}, deny)), "narrow_deny/one")


@row(
    "a deny for one secret, which is read",
    aws=denied("deny_one", "with an explicit deny in an identity-based policy"),
    source=DENIALS,
)
def deny_one(aws):
    deny = {"Effect": "Deny", "Action": READ, "Resource": secret(aws, "deny_one")}
    return read(session(aws, role(aws, "deny_one", {"Action": READ}, deny)), "deny_one")


@row("an allow for the ARN without its six last characters", aws=DENIED, source=WHAT)
def without_suffix(aws):
    secret(aws, "without_suffix")
    statement = {"Action": READ, "Resource": ARN + "without_suffix"}
    return read(session(aws, role(aws, "without_suffix", statement)), "without_suffix")


def conditioned(aws, name, condition, **arguments):
    secret(aws, name, Tags=[{"Key": "team", "Value": "data"}])
    return read(session(aws, role(aws, name, {"Action": READ, "Condition": condition})), name, **arguments)


@row("an allow on condition of another region", aws=DENIED, source=CONDITIONS)
def other_region(aws):
    return conditioned(aws, "other_region", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})


@row("an allow on condition of another tag of the secret", aws=DENIED, source=CONDITIONS)
def other_tag(aws):
    return conditioned(aws, "other_tag", {"StringEquals": {"aws:ResourceTag/team": "web"}})


@row("an allow on condition of the secret's tag", aws="S1", source=CONDITIONS)
def same_tag(aws):
    return conditioned(aws, "same_tag", {"StringEquals": {"aws:ResourceTag/team": "data"}})


@row("an allow on condition of another address", aws=DENIED, source=CONDITIONS)
def other_address(aws):
    return conditioned(aws, "other_address", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})


@row(
    "an allow on condition of a staging label, and another is asked for",
    aws=DENIED,
    source="Service Authorization Reference, AWS Secrets Manager",
)
def other_label(aws):
    return conditioned(aws, "other_label", {"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}}, VersionStage="AWSCURRENT")


@row(
    "an allow, but none in the permissions boundary",
    aws=denied("boundary", "because no permissions boundary allows the secretsmanager:GetSecretValue action"),
    source=DENIALS,
)
def boundary(aws):
    secret(aws, "boundary")
    limit = aws.iam.create_policy(PolicyName="boundary", PolicyDocument=policy({"Action": "secretsmanager:ListSecrets"}))["Policy"]["Arn"]
    return read(session(aws, role(aws, "boundary", {"Action": READ}, PermissionsBoundary=limit)), "boundary")


@row(
    "an allow, but none in the session policy",
    aws=denied("session_policy", "because no session policy allows the secretsmanager:GetSecretValue action"),
    source=DENIALS,
)
def session_policy(aws):
    secret(aws, "session_policy")
    arn = role(aws, "session_policy", {"Action": READ})
    return read(session(aws, arn, Policy=policy({"Action": "secretsmanager:ListSecrets"})), "session_policy")


def with_resource_policy(aws, name, effect, *statements):
    """Reads as a role that the secret's policy names."""
    arn = role(aws, name, *statements)
    secret(aws, name)
    aws.secretsmanager.put_resource_policy(
        SecretId=name, ResourcePolicy=policy({"Effect": effect, "Principal": {"AWS": arn}, "Action": READ})
    )
    return read(session(aws, arn), name)


@row("an allow in the secret's policy alone", aws="S1", source=LOGIC)
def resource_allow(aws):
    return with_resource_policy(aws, "resource_allow", "Allow")


@row(
    "a deny in the secret's policy",
    aws=denied("resource_deny", "with an explicit deny in a resource-based policy"),
    source=DENIALS,
)
def resource_deny(aws):
    return with_resource_policy(aws, "resource_deny", "Deny", {"Action": READ})


@row("a secret that does not exist, and no policy that covers it", aws=DENIED, source=LOGIC)
def hidden(aws):
    return read(session(aws, role(aws, "hidden")), "hidden")


@row("AssumeRole of a role whose trust policy names somebody else", aws="AccessDenied", source=ASSUME)
def not_trusted(aws):
    arn = role(aws, "not_trusted", trusts=trust({"Service": "airflow-env.amazonaws.com"}))
    return said(aws.sts.assume_role, RoleArn=arn, RoleSessionName="session")


@row("AssumeRole without the external id that the trust policy asks for", aws="AccessDenied", source=ASSUME)
def external_id(aws):
    condition = {"StringEquals": {"sts:ExternalId": "right"}}
    arn = role(aws, "external_id", trusts=trust({"AWS": caller(aws)}, Condition=condition))
    return said(aws.sts.assume_role, RoleArn=arn, RoleSessionName="session", ExternalId="wrong")


@row("AssumeRole of a role that does not exist", aws="AccessDenied", source=ASSUME)
def no_role(aws):
    return said(aws.sts.assume_role, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/no_role", RoleSessionName="session")


@row(
    "a secret under a customer key that the caller may not use",
    aws="AccessDeniedException",
    source="Secrets Manager user guide, Secret encryption and decryption",
)
def no_key(aws):
    key = aws.kms.create_key()["KeyMetadata"]["KeyId"]
    secret(aws, "no_key", KmsKeyId=key)
    return read(session(aws, role(aws, "no_key", {"Action": READ})), "no_key")


@row(
    "a key policy that shuts the whole account out",
    aws="MalformedPolicyDocumentException",
    source="KMS API reference, PutKeyPolicy (BypassPolicyLockoutSafetyCheck)",
)
def lockout(aws):
    key = aws.kms.create_key()["KeyMetadata"]["KeyId"]
    document = policy({"Principal": {"Service": "airflow-env.amazonaws.com"}, "Action": "kms:*"})
    return said(aws.kms.put_key_policy, KeyId=key, PolicyName="default", Policy=document)
