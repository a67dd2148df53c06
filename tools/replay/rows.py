"""What the rows of docs/compare.md are made of: things to ask of an AWS, with what AWS answers and where that is written.

A row is a function below compared/ that asks an AWS (local.AWS, with an administrator's keys) and returns what a client sees, as text:

    @row("what is asked", aws="what AWS answers", source="where it says so")
    def any_name(aws):
        return said(aws.secretsmanager.get_secret_value, "SecretString", SecretId="x")

An error is written "Code: message". Where the source has a code without words, aws= is the code alone, and only codes are compared. The
function's name is the row's in moto.json, and a prefix for what it makes, as all rows of a run share one AWS.
"""

import dataclasses
import json
import re
from collections.abc import Callable

import botocore.exceptions

ROWS = []

ACCOUNT = "123456789012"

# Sources that many rows have.
RECORDED = "recorded"  # an answer recorded from AWS
API = "Secrets Manager API reference, "
GUIDE = "Secrets Manager user guide, "
IAM_GUIDE = "IAM user guide, "


@dataclasses.dataclass
class Row:
    title: str
    aws: str
    source: str
    ask: Callable

    @property
    def name(self):
        return self.ask.__name__

    @property
    def area(self):
        return self.ask.__module__.rpartition(".")[2]

    def same(self, answer):
        """Whether the answer is AWS's."""
        code, separator, _ = answer.partition(": ")
        return answer == self.aws or (bool(separator) and code == self.aws)


def row(title, *, aws, source):
    def add(ask):
        if any(r.name == ask.__name__ for r in ROWS):
            raise ValueError(f"two rows have the name {ask.__name__}")
        ROWS.append(Row(title, aws, source, ask))
        return ask

    return add


def said(call, *members, **arguments):
    """Makes a call and returns what it says: the error, or the members of the answer, or "done"."""
    try:
        answer = call(**arguments)
    except botocore.exceptions.ClientError as e:
        return f"{e.response['Error']['Code']}: {e.response['Error'].get('Message', '')}".removesuffix(": ")
    return ", ".join(text(answer.get(member)) for member in members) or "done"


def text(value):
    if isinstance(value, bytes):
        value = value.decode()
    return value if isinstance(value, str) else json.dumps(value)


def plain(answer):
    """Replaces what is another in each run: suffixes of secrets, version and key ids, moments. Shortens pages of another format."""
    if page := re.search(r"<Code>(\w+)</Code>", answer):
        return f"HTTP {answer[:3]}, in XML that the client cannot read: {page[1]}"
    if "<title>500 Internal Server Error" in answer:
        return "HTTP 500"
    answer = re.sub(r"(:secret:[\w/+=.@-]*?)-[A-Za-z0-9]{6}(?![\w/+=@-])", r"\1-??????", answer)
    answer = re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>", answer)
    return re.sub(r"\b(?!2015)\d{8}T\d{6}Z", "<now>", answer)


def policy(*statements):
    """A policy document. Statements that do not say allow."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"} | s for s in statements]})


def trust(principal, **more):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | more
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def caller(aws):
    return aws.sts.get_caller_identity()["Arn"]


def role(aws, name, *statements, trusts=None, **settings):
    """Makes a role with an inline policy, which the caller may assume, and returns its ARN."""
    trusts = trusts or trust({"AWS": caller(aws)})
    arn = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusts, **settings)["Role"]["Arn"]
    if statements:
        aws.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*statements))
    return arn


def session(aws, arn, **arguments):
    """Returns the same AWS with the keys of a session of the role."""
    keys = aws.sts.assume_role(RoleArn=arn, RoleSessionName="session", **arguments)["Credentials"]
    return aws.other(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def secret(aws, name, value="S1", **arguments):
    """Makes a secret and returns its ARN."""
    return aws.secretsmanager.create_secret(Name=name, SecretString=value, **arguments)["ARN"]
