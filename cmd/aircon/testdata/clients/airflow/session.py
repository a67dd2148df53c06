"""Reads variables through Airflow's search path as the execution role, while an administrator rotates and deletes them."""

import os
import time

import boto3

home = os.path.join(os.getcwd(), "airflow")
administrator = boto3.Session().client("secretsmanager")
session = boto3.client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/analytics-execution", RoleSessionName="task")["Credentials"]
os.environ.update({
    "AIRFLOW_HOME": home, "HOME": home, "LANG": "C.UTF-8", "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__SECRETS__BACKEND": "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
    "AIRFLOW_CONN_AWS_DEFAULT": "aws://", "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
    "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"], "AWS_SESSION_TOKEN": session["SessionToken"],
})  # fmt: skip
from airflow.configuration import ensure_secrets_loaded  # noqa: E402: it reads the environment

backend = ensure_secrets_loaded()[0]
greeting = "airflow/variables/greeting"
print("read", backend.get_variable("greeting"))

administrator.rotate_secret(SecretId=greeting, RotationLambdaARN="arn:aws:lambda:us-east-1:123456789012:function:rotate")
deadline = time.monotonic() + 60
while backend.get_variable("greeting") == "first" and time.monotonic() < deadline:
    time.sleep(0.05)
print("rotated:", "first" if backend.get_variable("greeting") == "first" else "another")

try:
    print("denied:", backend.get_variable("other"))
except Exception as e:  # whatever the backend lets through
    print("denied:", e)

administrator.delete_secret(SecretId=greeting)
print("deleted:", backend.get_variable("greeting"))
