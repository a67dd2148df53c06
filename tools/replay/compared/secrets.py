"""Secrets, versions and staging labels."""

import uuid

import botocore.config

import local
from rows import ACCOUNT, API, GUIDE, RECORDED, policy, row, said, secret

MOVE = API + "UpdateSecretVersionStage"
PUT = API + "PutSecretValue"
CREATE = API + "CreateSecret"
DELETE = API + "DeleteSecret"
NAMES = "ValidationException: Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
MARKED = "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."
ABSENT = "ResourceNotFoundException: Secrets Manager can't find the specified secret."


def put(aws, name, value, *stages, **arguments):
    """Puts a value and returns its version."""
    if stages:
        arguments["VersionStages"] = list(stages)
    return aws.secretsmanager.put_secret_value(SecretId=name, SecretString=value, **arguments)["VersionId"]


def labels(aws, name):
    """The values of the labels, such as "S1 AWSPREVIOUS, S2 AWSCURRENT"."""
    found = []
    for version, stages in aws.secretsmanager.describe_secret(SecretId=name)["VersionIdsToStages"].items():
        value = aws.secretsmanager.get_secret_value(SecretId=name, VersionId=version)["SecretString"]
        found.append(" ".join([value, *sorted(stages)]))
    return ", ".join(sorted(found))


def read(aws, name, **arguments):
    return said(aws.secretsmanager.get_secret_value, "SecretString", SecretId=name, **arguments)


def move(aws, name, label="AWSCURRENT", **arguments):
    return said(aws.secretsmanager.update_secret_version_stage, SecretId=name, VersionStage=label, **arguments)


def current(aws, name):
    return aws.secretsmanager.get_secret_value(SecretId=name)["VersionId"]


@row("AWSCURRENT moves to another version, and the secret is read", aws="S2", source=RECORDED)
def moved(aws):
    secret(aws, "moved")
    new = put(aws, "moved", "S2", "AWSPENDING")
    move(aws, "moved", RemoveFromVersionId=current(aws, "moved"), MoveToVersionId=new)
    return read(aws, "moved")


@row("AWSCURRENT moves: the labels then", aws="S1 AWSPREVIOUS, S2 AWSCURRENT AWSPENDING", source=RECORDED)
def moved_labels(aws):
    secret(aws, "moved_labels")
    new = put(aws, "moved_labels", "S2", "AWSPENDING")
    move(aws, "moved_labels", RemoveFromVersionId=current(aws, "moved_labels"), MoveToVersionId=new)
    return labels(aws, "moved_labels")


@row("AWSCURRENT moves back: the labels then", aws="S1 AWSCURRENT, S2 AWSPREVIOUS", source=MOVE)
def moved_back(aws):
    secret(aws, "moved_back")
    old = current(aws, "moved_back")
    new = put(aws, "moved_back", "S2")
    move(aws, "moved_back", RemoveFromVersionId=new, MoveToVersionId=old)
    return labels(aws, "moved_back")


@row("AWSCURRENT is taken away from the only version", aws="InvalidParameterException", source=MOVE)
def removed_current(aws):
    secret(aws, "removed_current")
    return move(aws, "removed_current", RemoveFromVersionId=current(aws, "removed_current"))


@row("a label moves without naming the version that has it", aws="InvalidParameterException", source=MOVE)
def unnamed_holder(aws):
    secret(aws, "unnamed_holder")
    return move(aws, "unnamed_holder", MoveToVersionId=put(aws, "unnamed_holder", "S2", "AWSPENDING"))


@row("a value is put with custom labels: the labels then", aws="S1 AWSCURRENT, S2 one", source=RECORDED)
def custom_labels(aws):
    secret(aws, "custom_labels")
    put(aws, "custom_labels", "S2", "one")
    return labels(aws, "custom_labels")


@row("three values are put: the labels listed then", aws='["AWSPREVIOUS"], ["AWSCURRENT"]', source=RECORDED)
def deprecated(aws):
    secret(aws, "deprecated")
    put(aws, "deprecated", "S2")
    put(aws, "deprecated", "S3")
    versions = aws.secretsmanager.list_secret_version_ids(SecretId="deprecated")["Versions"]
    return ", ".join(str(v.get("VersionStages")).replace("'", '"') for v in versions)


@row(
    "a version and a label that it does not have",
    aws="InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId.",
    source=RECORDED,
)
def mismatch(aws):
    secret(aws, "mismatch")
    return read(aws, "mismatch", VersionId=current(aws, "mismatch"), VersionStage="AWSPREVIOUS")


@row(
    "a secret without a value is read",
    aws="ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    source=RECORDED,
)
def no_value(aws):
    aws.secretsmanager.create_secret(Name="no_value")
    return read(aws, "no_value")


@row("a token is used twice with the same value: are the versions the same", aws="True", source=PUT)
def same_token(aws):
    secret(aws, "same_token")
    token = str(uuid.uuid4())
    return str(put(aws, "same_token", "S2", ClientRequestToken=token) == put(aws, "same_token", "S2", ClientRequestToken=token))


@row("a token is used twice with two values", aws="ResourceExistsException", source=PUT)
def reused_token(aws):
    secret(aws, "reused_token")
    token = put(aws, "reused_token", "S2", ClientRequestToken=str(uuid.uuid4()))
    return said(aws.secretsmanager.put_secret_value, SecretId="reused_token", SecretString="S3", ClientRequestToken=token)


@row("a token of five characters", aws="InvalidParameterException", source=PUT)
def short_token(aws):
    secret(aws, "short_token")
    client = unchecked(aws)
    return said(client.put_secret_value, SecretId="short_token", SecretString="S2", ClientRequestToken="short")


def unchecked(aws):
    """A client that leaves it to the service to check what it is sent."""
    return aws.client("secretsmanager", config=local.CONFIG.merge(botocore.config.Config(parameter_validation=False)))


@row("a name with a space", aws=NAMES, source=RECORDED)
def spaced_name(aws):
    return said(aws.secretsmanager.create_secret, Name="spaced name", SecretString="S1")


@row("a name with a space is read", aws=NAMES, source=RECORDED)
def spaced_read(aws):
    return read(aws, "spaced read")


@row("a name of 513 characters", aws="ValidationException", source=CREATE)
def long_name(aws):
    return said(aws.secretsmanager.create_secret, Name="n" * 513, SecretString="S1").replace("n" * 513, "n…n")


@row("a value of 65,537 bytes", aws="ValidationException", source=CREATE)
def long_value(aws):
    return said(aws.secretsmanager.create_secret, Name="long_value", SecretString="x" * 65537)


@row("a description of 2,049 characters", aws="ValidationException", source=CREATE)
def long_description(aws):
    answer = said(aws.secretsmanager.create_secret, Name="long_description", SecretString="S1", Description="d" * 2049)
    return answer.replace("d" * 2049, "d…d")


@row("a tag whose value has 257 characters", aws="ValidationException", source=CREATE)
def long_tag(aws):
    tags = [{"Key": "team", "Value": "v" * 257}]
    return said(aws.secretsmanager.create_secret, Name="long_tag", SecretString="S1", Tags=tags).replace("v" * 257, "v…v")


@row("a text and bytes at once", aws="InvalidParameterException", source=CREATE)
def both_values(aws):
    return said(aws.secretsmanager.create_secret, Name="both_values", SecretString="S1", SecretBinary=b"S1")


@row("a name that is taken", aws="ResourceExistsException: The operation failed because the secret taken already exists.", source=RECORDED)
def taken(aws):
    secret(aws, "taken")
    return said(aws.secretsmanager.create_secret, Name="taken", SecretString="S2")


@row("a name whose secret is marked for deletion", aws="InvalidRequestException", source=CREATE)
def pending_name(aws):
    deleted(aws, "pending_name")
    return said(aws.secretsmanager.create_secret, Name="pending_name", SecretString="S2")


def deleted(aws, name):
    secret(aws, name)
    aws.secretsmanager.delete_secret(SecretId=name)
    return aws.secretsmanager


@row("a secret that is marked for deletion is read", aws="InvalidRequestException", source=API + "GetSecretValue")
def read_deleted(aws):
    deleted(aws, "read_deleted")
    return read(aws, "read_deleted")


@row("a secret that is marked for deletion is given a value", aws="InvalidRequestException", source=PUT)
def put_deleted(aws):
    return said(deleted(aws, "put_deleted").put_secret_value, SecretId="put_deleted", SecretString="S2")


@row("a secret that is marked for deletion is updated", aws="InvalidRequestException", source=API + "UpdateSecret")
def update_deleted(aws):
    return said(deleted(aws, "update_deleted").update_secret, SecretId="update_deleted", Description="new")


@row("a secret that is marked for deletion is tagged", aws=MARKED, source=RECORDED)
def tag_deleted(aws):
    return said(deleted(aws, "tag_deleted").tag_resource, SecretId="tag_deleted", Tags=[{"Key": "a", "Value": "b"}])


@row("a secret that is marked for deletion is untagged", aws=MARKED, source=RECORDED)
def untag_deleted(aws):
    return said(deleted(aws, "untag_deleted").untag_resource, SecretId="untag_deleted", TagKeys=["a"])


@row("a secret that is marked for deletion is deleted again", aws="InvalidRequestException", source=DELETE)
def delete_deleted(aws):
    return said(deleted(aws, "delete_deleted").delete_secret, SecretId="delete_deleted")


@row("a secret is deleted at once, and an old version of a new one of its name is read", aws="ResourceNotFoundException", source=RECORDED)
def recreated(aws):
    secret(aws, "recreated")
    old = current(aws, "recreated")
    aws.secretsmanager.delete_secret(SecretId="recreated", ForceDeleteWithoutRecovery=True)
    secret(aws, "recreated", "S2")
    return read(aws, "recreated", VersionId=old)


@row("a recovery window of six days", aws="InvalidParameterException", source=DELETE)
def short_window(aws):
    secret(aws, "short_window")
    return said(aws.secretsmanager.delete_secret, SecretId="short_window", RecoveryWindowInDays=6)


@row("the ARN of a secret without its suffix", aws="S1", source=RECORDED)
def partial_arn(aws):
    return read(aws, secret(aws, "partial_arn")[: -len("-AbCdEf")])


@row("the ARN without suffix of a name that ends like one", aws=ABSENT, source=RECORDED)
def ambiguous_arn(aws):
    return read(aws, secret(aws, "ambiguous_arn-a1b2c3")[: -len("-AbCdEf")])


@row("the ARN without suffix, of another region", aws="ResourceNotFoundException", source=API + "GetSecretValue")
def other_regions_arn(aws):
    return read(aws, secret(aws, "other_regions_arn")[: -len("-AbCdEf")].replace("us-east-1", "eu-west-1"))


@row("the ARN with another suffix", aws="ResourceNotFoundException", source=API + "GetSecretValue")
def other_suffix(aws):
    return read(aws, secret(aws, "other_suffix")[: -len("AbCdEf")] + "AbCdEf")


@row("a policy for everybody, with BlockPublicPolicy", aws="PublicPolicyException", source=API + "PutResourcePolicy")
def public_policy(aws):
    secret(aws, "public_policy")
    document = policy({"Principal": "*", "Action": "secretsmanager:GetSecretValue"})
    return said(aws.secretsmanager.put_resource_policy, SecretId="public_policy", ResourcePolicy=document, BlockPublicPolicy=True)


@row("a policy that is no JSON", aws="MalformedPolicyDocumentException", source=API + "PutResourcePolicy")
def broken_policy(aws):
    secret(aws, "broken_policy")
    return said(aws.secretsmanager.put_resource_policy, SecretId="broken_policy", ResourcePolicy="{")


@row("a list that is asked for 101 at a time", aws="ValidationException", source=API + "ListSecrets")
def long_page(aws):
    return said(aws.secretsmanager.list_secrets, MaxResults=101)


@row("a secret that is not there, in a batch: what stands in Errors", aws="ResourceNotFoundException", source=API + "BatchGetSecretValue")
def batch(aws):
    return ", ".join(e["ErrorCode"] for e in aws.secretsmanager.batch_get_secret_value(SecretIdList=["batch"])["Errors"])


@row(
    "a rotation by a function that is not there",
    aws="AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function. "
    "Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
    source=RECORDED,
)
def no_function(aws):
    secret(aws, "no_function")
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:no_function"
    rules = {"AutomaticallyAfterDays": 1}
    return said(aws.secretsmanager.rotate_secret, SecretId="no_function", RotationLambdaARN=function, RotationRules=rules)


@row("a rotation is asked for where none is set up", aws="InvalidRequestException", source=API + "RotateSecret")
def no_rotation(aws):
    secret(aws, "no_rotation")
    return said(aws.secretsmanager.rotate_secret, SecretId="no_rotation")


@row("the members of DescribeSecret for a new secret", aws="ARN CreatedDate LastChangedDate Name VersionIdsToStages", source=RECORDED)
def described(aws):
    secret(aws, "described")
    return members(aws.secretsmanager.describe_secret(SecretId="described"))


@row(
    "the members of DescribeSecret after the secret was read",
    aws="ARN CreatedDate LastAccessedDate LastChangedDate Name VersionIdsToStages",
    source=RECORDED,
)
def described_read(aws):
    secret(aws, "described_read")
    read(aws, "described_read")
    return members(aws.secretsmanager.describe_secret(SecretId="described_read"))


@row("the members of a version in ListSecretVersionIds", aws="CreatedDate KmsKeyIds VersionId VersionStages", source=RECORDED)
def listed_version(aws):
    secret(aws, "listed_version")
    return members(aws.secretsmanager.list_secret_version_ids(SecretId="listed_version")["Versions"][0])


def members(answer):
    return " ".join(sorted(answer.keys() - {"ResponseMetadata"}))


@row("the time of a secret's last reading: is it a whole day", aws="True", source=API + "DescribeSecret (LastAccessedDate)")
def access_day(aws):
    secret(aws, "access_day")
    read(aws, "access_day")
    day = aws.secretsmanager.describe_secret(SecretId="access_day").get("LastAccessedDate")
    return str(day is not None and day.timestamp() % 86400 == 0)


@row("secrets whose name begins with a filter's value in another case", aws="none", source=API + "Filter (name: case-sensitive)")
def filter_case(aws):
    secret(aws, "filter_case")
    found = aws.secretsmanager.list_secrets(Filters=[{"Key": "name", "Values": ["FILTER_case"]}])["SecretList"]
    return ", ".join(s["Name"] for s in found) or "none"


@row(
    "secrets whose description has a filter's value in another case",
    aws="filter_description",
    source=API + "Filter (description: not case-sensitive)",
)
def filter_description(aws):
    secret(aws, "filter_description", Description="Warehouse of Analytics")
    found = aws.secretsmanager.list_secrets(Filters=[{"Key": "description", "Values": ["warehouse"]}])["SecretList"]
    return ", ".join(s["Name"] for s in found) or "none"
