"""Who asks."""

import datetime
import json
import unittest.mock

from rows import row, said

SIGV4 = "IAM user guide, Troubleshoot Signature Version 4 signing for AWS API requests"
COMMON = "Secrets Manager API reference, Common Errors"


@row(
    "a request signed in 2015",
    aws="InvalidSignatureException: Signature expired: 20150830T123600Z is now earlier than <now> (<now> - 5 min.)",
    source=SIGV4,
)
def signed_years_ago(aws):
    then = datetime.datetime(2015, 8, 30, 12, 36)
    with unittest.mock.patch("botocore.auth.get_current_datetime", lambda: then):
        return said(aws.secretsmanager.list_secrets)


@row(
    "a request signed with another secret key",
    aws="InvalidSignatureException: The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    source=SIGV4,
)
def another_secret_key(aws):
    key = aws.session.get_credentials().access_key
    return said(aws.other(key, "x" * 40).secretsmanager.list_secrets)


@row(
    "a request signed with keys that were never made",
    aws="UnrecognizedClientException",
    source=COMMON,
)
def unknown_key(aws):
    return said(aws.other("AKIAIOSFODNN7EXAMPLE", "x" * 40).secretsmanager.list_secrets)


@row(
    "a request to Secrets Manager signed for KMS",
    aws="InvalidSignatureException: Credential should be scoped to correct service: 'secretsmanager'.",
    source=SIGV4,
)
def another_service(aws):
    return answered(*aws.post("kms", "secretsmanager.ListSecrets", {}))


@row("an operation that the service does not have", aws="UnknownOperationException", source=COMMON)
def unknown_operation(aws):
    return answered(*aws.post("secretsmanager", "secretsmanager.NoSuchOperation", {}))


def answered(status, text):
    """What said() would say of an answer."""
    try:
        answer = json.loads(text)
        message = answer.get("Message") or answer.get("message")
        return answer["__type"] + (f": {message.strip()}" if message else "")
    except (ValueError, KeyError):
        return "done" if status == 200 else f"HTTP {status}"
