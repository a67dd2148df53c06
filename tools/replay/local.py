"""A local AWS in memory, and clients for it."""

import contextlib
import json
import subprocess
import uuid

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.httpsession

REGION = "us-east-1"
ACCOUNT = "111111111111"  # the one that stands in the recordings
ROTATOR = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"

# The first answer counts, whatever it is.
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=20)


class AWS:
    """An endpoint and the keys to use there. A client of each service is an attribute: aws.secretsmanager."""

    def __init__(self, endpoint, key, secret, token=None):
        self.endpoint = endpoint
        self.session = boto3.Session(key, secret, token, region_name=REGION)

    def __getattr__(self, service):
        client = self.client(service)
        setattr(self, service, client)
        return client

    def client(self, service, **changes):
        return self.session.client(service, **{"endpoint_url": self.endpoint, "config": CONFIG} | changes)

    def other(self, key, secret, token=None):
        """The same AWS with other keys."""
        return AWS(self.endpoint, key, secret, token)

    def post(self, service, target, body):
        """Sends a signed request that no client makes, and returns the answer's status and text."""
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        request = botocore.awsrequest.AWSRequest("POST", self.endpoint + "/", headers, json.dumps(body).encode())
        botocore.auth.SigV4Auth(self.session.get_credentials(), service, REGION).add_auth(request)
        answer = botocore.httpsession.URLLib3Session().send(request.prepare())
        return answer.status_code, answer.text


@contextlib.contextmanager
def started(aircon, account, *flags):
    """Runs local AWS while the context lasts, and gives its AWS with the administrator's keys."""
    command = [aircon, "local", "--memory", "--address", "127.0.0.1:0", "--account", account, "--output", "json", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            line = server.stdout.readline()
            if not line:
                raise SystemExit(f"{' '.join(command)} said nothing")
            ready = json.loads(line)
            yield AWS(ready["endpoint"], ready["aws_access_key_id"], ready["aws_secret_access_key"])
        finally:
            server.terminate()


def unique(prefix):
    """A name that nothing has; it does not end as an ARN's suffix does."""
    return f"{prefix}-{uuid.uuid4().hex}"
