"""KMS, IAM and STS."""

from rows import ACCOUNT, API, IAM_GUIDE, RECORDED, policy, role, row, said, trust

KMS = "KMS API reference, "
QUOTAS = IAM_GUIDE + "IAM and AWS STS quotas"
STS = "STS API reference, AssumeRole"


def key(aws):
    return aws.kms.create_key()["KeyMetadata"]["KeyId"]


@row("a ciphertext is decrypted with another encryption context", aws="InvalidCiphertextException", source=RECORDED)
def other_context(aws):
    sealed = aws.kms.encrypt(KeyId=key(aws), Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    return said(aws.kms.decrypt, "Plaintext", CiphertextBlob=sealed)


@row("a ciphertext is decrypted after one bit of it changed", aws="InvalidCiphertextException", source=RECORDED)
def changed_ciphertext(aws):
    sealed = aws.kms.encrypt(KeyId=key(aws), Plaintext=b"plaintext")["CiphertextBlob"]
    return said(aws.kms.decrypt, "Plaintext", CiphertextBlob=sealed[:-1] + bytes([sealed[-1] ^ 1]))


@row(
    "a plaintext of 4,097 bytes",
    aws="ValidationException: 1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    source=RECORDED,
)
def long_plaintext(aws):
    return said(aws.kms.encrypt, KeyId=key(aws), Plaintext=b"x" * 4097)


@row("51 tags for a key", aws="TagException: Too many tags", source=RECORDED)
def many_tags(aws):
    return said(aws.kms.create_key, Tags=[{"TagKey": f"tag{i}", "TagValue": "v"} for i in range(51)])


@row("a disabled key encrypts", aws="DisabledException", source=KMS + "Encrypt")
def disabled(aws):
    id = key(aws)
    aws.kms.disable_key(KeyId=id)
    return said(aws.kms.encrypt, KeyId=id, Plaintext=b"x")


@row("a secret under a disabled key is read", aws="DecryptionFailure", source=API + "GetSecretValue")
def disabled_secret(aws):
    id = key(aws)
    aws.secretsmanager.create_secret(Name="disabled_secret", SecretString="S1", KmsKeyId=id)
    aws.kms.disable_key(KeyId=id)
    return said(aws.secretsmanager.get_secret_value, "SecretString", SecretId="disabled_secret")


@row("a policy is attached by an ARN that is none", aws="ValidationError: Invalid ARN:  Could not be parsed!", source=RECORDED)
def malformed_arn(aws):
    role(aws, "malformed_arn")
    return said(aws.iam.attach_role_policy, RoleName="malformed_arn", PolicyArn="this-is-the-arn-of-nothing")


@row("an eleventh managed policy for a role", aws="LimitExceeded", source=QUOTAS)
def eleventh_policy(aws):
    role(aws, "eleventh_policy")
    for i in range(11):
        arn = aws.iam.create_policy(PolicyName=f"eleventh_policy{i}", PolicyDocument=policy({"Action": "s3:*"}))["Policy"]["Arn"]
        answer = said(aws.iam.attach_role_policy, RoleName="eleventh_policy", PolicyArn=arn)
    return answer


@row("a policy document of 6,145 characters", aws="LimitExceeded", source=QUOTAS)
def long_policy(aws):
    document = policy({"Action": "s3:" + "x" * 6100})
    return said(aws.iam.create_policy, PolicyName="long_policy", PolicyDocument=document)


@row("a policy with an effect that is none", aws="MalformedPolicyDocument", source="IAM API reference, CreatePolicy")
def malformed_policy(aws):
    return said(aws.iam.create_policy, PolicyName="malformed_policy", PolicyDocument=policy({"Effect": "Maybe", "Action": "s3:*"}))


@row("a sixth version of a policy", aws="LimitExceeded", source=QUOTAS)
def sixth_version(aws):
    document = policy({"Action": "s3:*"})
    arn = aws.iam.create_policy(PolicyName="sixth_version", PolicyDocument=document)["Policy"]["Arn"]
    for _ in range(5):
        answer = said(aws.iam.create_policy_version, PolicyArn=arn, PolicyDocument=document)
    return answer


@row("a role with an inline policy is deleted", aws="DeleteConflict", source="IAM API reference, DeleteRole")
def delete_conflict(aws):
    role(aws, "delete_conflict", {"Action": "s3:*"})
    return said(aws.iam.delete_role, RoleName="delete_conflict")


@row("a session longer than the role's maximum", aws="ValidationError", source=STS)
def long_session(aws):
    return said(aws.sts.assume_role, RoleArn=role(aws, "long_session"), RoleSessionName="session", DurationSeconds=7200)


@row(
    "a session's name with a colon",
    aws="ValidationError: 1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    source=RECORDED,
)
def session_name(aws):
    return said(aws.sts.assume_role, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody", RoleSessionName="a:b")


@row(
    "session tags that differ in case only",
    aws="InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    source=RECORDED,
)
def session_tags(aws):
    tags = [{"Key": "team", "Value": "a"}, {"Key": "TEAM", "Value": "b"}]
    return said(aws.sts.assume_role, RoleArn=role(aws, "session_tags"), RoleSessionName="session", Tags=tags)


@row(
    "a ciphertext is decrypted, and another key is named",
    aws="IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation.",
    source=RECORDED,
)
def other_key(aws):
    sealed = aws.kms.encrypt(KeyId=key(aws), Plaintext=b"x")["CiphertextBlob"]
    return said(aws.kms.decrypt, "Plaintext", CiphertextBlob=sealed, KeyId=key(aws))


@row("a key for encryption makes a MAC", aws="InvalidKeyUsageException", source=RECORDED)
def wrong_usage(aws):
    return said(aws.kms.generate_mac, KeyId=key(aws), Message=b"x", MacAlgorithm="HMAC_SHA_256")


@row("a dry run", aws="DryRunOperationException: The request would have succeeded, but the DryRun option is set.", source=RECORDED)
def dry_run(aws):
    return said(aws.kms.generate_data_key_pair_without_plaintext, KeyId=key(aws), KeyPairSpec="RSA_2048", DryRun=True)


@row("a tag key twice in one request", aws="TagException: Duplicate tag keys", source=RECORDED)
def duplicate_tags(aws):
    tag = {"TagKey": "team", "TagValue": "a"}
    return said(aws.kms.tag_resource, KeyId=key(aws), Tags=[tag, tag])


@row("a key that waits for its deletion encrypts", aws="KMSInvalidStateException", source=KMS + "Encrypt")
def pending_key(aws):
    id = key(aws)
    aws.kms.schedule_key_deletion(KeyId=id)
    return said(aws.kms.encrypt, KeyId=id, Plaintext=b"x")


@row(
    "a policy is attached that does not exist",
    aws=f"NoSuchEntity: Policy arn:aws:iam::{ACCOUNT}:policy/no_such_policy does not exist or is not attachable.",
    source=RECORDED,
)
def missing_policy(aws):
    role(aws, "missing_policy")
    return said(aws.iam.attach_role_policy, RoleName="missing_policy", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/no_such_policy")


@row("the members of a role that CreateRole answers", aws="Arn AssumeRolePolicyDocument CreateDate Path RoleId RoleName", source=RECORDED)
def created_role(aws):
    made = aws.iam.create_role(RoleName="created_role", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    return " ".join(sorted(made["Role"]))


@row(
    "a transitive tag that is not among a session's tags",
    aws="InvalidParameterValue: The specified transitive tag key must be included in the requested tags.",
    source=RECORDED,
)
def transitive_tag(aws):
    arn = role(aws, "transitive_tag")
    tags = [{"Key": "team", "Value": "a"}]
    return said(aws.sts.assume_role, RoleArn=arn, RoleSessionName="session", Tags=tags, TransitiveTagKeys=["other"])
