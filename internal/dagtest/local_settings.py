"""Lets each task's process name the task in the user agent of its calls to AWS, from where an audit log has it.

Airflow calls the hook get_airflow_context_vars in the task's process before the task's code (airflow.policies; task_run in 2.x, the Task
SDK's task_runner in 3.x). botocore takes the id from AWS_SDK_UA_APP_ID (botocore.configprovider) when a client is made.
"""

import hashlib
import os

__all__ = ["get_airflow_context_vars"]


def get_airflow_context_vars(context):
    ti = context["ti"]
    index = -1 if ti.map_index is None else ti.map_index
    name = "\0".join((ti.dag_id, ti.task_id, str(index)))
    os.environ["AWS_SDK_UA_APP_ID"] = hashlib.sha256(name.encode()).hexdigest()[:16]
    return {}
