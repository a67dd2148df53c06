"""Creates, reads, rotates, is denied, lists in pages and deletes, with boto3 as it comes."""

import time

import boto3
from botocore.exceptions import ClientError

ROTATION = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
READER = "arn:aws:iam::123456789012:role/reader"
NAME = "client/session"

client = boto3.client("secretsmanager")


def value(stage):
    return client.get_secret_value(SecretId=NAME, VersionStage=stage)["SecretString"]


def refusal(call, **arguments):
    try:
        return call(**arguments)["SecretString"]
    except ClientError as e:
        return f"{e.response['Error']['Code']}: {e.response['Error']['Message']}"


print("created", client.create_secret(Name=NAME, SecretString="first")["Name"])
print("read", value("AWSCURRENT"))

client.rotate_secret(SecretId=NAME, RotationLambdaARN=ROTATION, RotationRules={"AutomaticallyAfterDays": 30})
deadline = time.monotonic() + 60
while value("AWSCURRENT") == "first" and time.monotonic() < deadline:
    time.sleep(0.05)
print("rotated: AWSPREVIOUS is", value("AWSPREVIOUS") + ", AWSCURRENT is", "first" if value("AWSCURRENT") == "first" else "another")

for i in range(12):
    client.create_secret(Name=f"client/page-{i}", SecretString="page")

keys = boto3.client("sts").assume_role(RoleArn=READER, RoleSessionName="session")["Credentials"]
reader = boto3.client(
    "secretsmanager",
    aws_access_key_id=keys["AccessKeyId"],
    aws_secret_access_key=keys["SecretAccessKey"],
    aws_session_token=keys["SessionToken"],
)
print("as the role:", reader.get_secret_value(SecretId="client/page-7")["SecretString"])
print("denied:", refusal(reader.get_secret_value, SecretId=NAME))

pages = client.get_paginator("list_secrets").paginate(
    Filters=[{"Key": "name", "Values": ["client/page-"]}], PaginationConfig={"PageSize": 5}
)
sizes = [len(page["SecretList"]) for page in pages]
print("listed", sum(sizes), "secrets on", len(sizes), "pages")

client.delete_secret(SecretId=NAME)
print("deleted:", refusal(client.get_secret_value, SecretId=NAME))
