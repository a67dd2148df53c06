"""A rotation function such as users write, behind an HTTP endpoint that is sent the Lambda event.

Its four steps are those of AWS's template: createSecret puts a new value as AWSPENDING, setSecret and testSecret would change and try
the password of a database and have none here, finishSecret moves AWSCURRENT.
"""

import contextlib
import http.server
import json
import threading


def create_secret(client, secret, token):
    client.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")
    try:
        client.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    except client.exceptions.ResourceNotFoundException:
        password = client.get_random_password()["RandomPassword"]
        client.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString=password, VersionStages=["AWSPENDING"])


def finish_secret(client, secret, token):
    versions = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    if current != token:
        client.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)


STEPS = {"createSecret": create_secret, "setSecret": None, "testSecret": None, "finishSecret": finish_secret}


@contextlib.contextmanager
def started(calls):
    """Serves the function while the context lasts and gives its URL. calls is a list: its last element is the AWS to rotate in."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            step = STEPS[event["Step"]]
            if step:
                step(calls[-1].secretsmanager, event["SecretId"], event["ClientRequestToken"])
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"null")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/2015-03-31/functions/function/invocations"
        finally:
            server.shutdown()
